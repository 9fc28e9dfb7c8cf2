/**
 * Copies data out of databases into a sink of the host application. Begin at {@link
 * dev.bobbin.Replicator}.
 */
@NullMarked
package dev.bobbin;

import org.jspecify.annotations.NullMarked;
