/** Which tables and columns to copy, and how. */
@NullMarked
package dev.bobbin.select;

import org.jspecify.annotations.NullMarked;
