/** Runnable examples. */
@NullMarked
package dev.bobbin.examples;

import org.jspecify.annotations.NullMarked;
