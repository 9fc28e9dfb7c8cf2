/** What the author of a dialect or a tunnel implements. */
@NullMarked
package dev.bobbin.spi;

import org.jspecify.annotations.NullMarked;
