/**
 * What goes wrong between a host application and a PostgreSQL server, done on purpose to real
 * servers, and what must happen then. Faults are numbered so that a report can name them.
 */
package dev.bobbin.dialect.postgres.faults;
