/**
 * What structure sync finds: databases, tables, columns, keys and indexes, and how they differ from
 * what was found before.
 *
 * <p>All types are immutable and serialisable.
 */
@NullMarked
package dev.bobbin.catalog;

import org.jspecify.annotations.NullMarked;
