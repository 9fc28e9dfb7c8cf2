/** SSH tunnels through which sources are reached. */
@NullMarked
package dev.bobbin.ssh;

import org.jspecify.annotations.NullMarked;
