/** What a run will do, as plain values that can be printed before anything is read. */
@NullMarked
package dev.bobbin.plan;

import org.jspecify.annotations.NullMarked;
