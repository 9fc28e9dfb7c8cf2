/** Loads by ranges of a table's key, each read in a snapshot of its own. */
@NullMarked
package dev.bobbin.dialect.jdbc.load;

import org.jspecify.annotations.NullMarked;
