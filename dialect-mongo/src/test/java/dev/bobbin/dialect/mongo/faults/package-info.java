/** What goes wrong, and what must happen then. */
package dev.bobbin.dialect.mongo.faults;
