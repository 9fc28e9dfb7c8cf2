/** What is remembered between runs: checkpoints, and the stores that keep them. */
@NullMarked
package dev.bobbin.state;

import org.jspecify.annotations.NullMarked;
