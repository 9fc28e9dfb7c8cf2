/** Contract tests for dialects, sinks, state stores and tunnels. */
@NullMarked
package dev.bobbin.testkit;

import org.jspecify.annotations.NullMarked;
