/** The planner and the runner. Not exported: everything here may change. */
@NullMarked
package dev.bobbin.internal;

import org.jspecify.annotations.NullMarked;
