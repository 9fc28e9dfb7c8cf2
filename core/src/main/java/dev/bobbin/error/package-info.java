/**
 * The sealed family of exceptions: every failure says what failed, in which state things are left,
 * and what to do about it.
 */
@NullMarked
package dev.bobbin.error;

import org.jspecify.annotations.NullMarked;
