/** What was found when the way to a source was tried, as values that can be printed. */
@NullMarked
package dev.bobbin.check;

import org.jspecify.annotations.NullMarked;
