/**
 * Rows on their way: batches that hold a vector per column, records as a view of their rows, and
 * documents as a view of their BSON.
 */
@NullMarked
package dev.bobbin.record;

import org.jspecify.annotations.NullMarked;
