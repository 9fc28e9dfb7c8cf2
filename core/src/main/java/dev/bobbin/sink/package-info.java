/** What the host implements to receive batches. */
@NullMarked
package dev.bobbin.sink;

import org.jspecify.annotations.NullMarked;
