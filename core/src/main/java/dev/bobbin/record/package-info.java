/**
 * Rows on their way: batches that hold a vector per column, and records as a view of their rows.
 */
@NullMarked
package dev.bobbin.record;

import org.jspecify.annotations.NullMarked;
