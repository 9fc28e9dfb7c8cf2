/** Measures how fast Bobbin copies, beside what else could copy the same rows. */
@NullMarked
package dev.bobbin.benchmarks;

import org.jspecify.annotations.NullMarked;
