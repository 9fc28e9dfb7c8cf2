/**
 * Contract tests for dialects and sinks, an in-memory source, collecting and failing sinks, and a
 * way to let the process 'die' at any step.
 */
@NullMarked
package dev.bobbin.testkit;

import org.jspecify.annotations.NullMarked;
