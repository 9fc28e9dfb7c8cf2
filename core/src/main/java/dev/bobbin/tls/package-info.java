/** How connections to sources are encrypted, and how servers are verified. */
@NullMarked
package dev.bobbin.tls;

import org.jspecify.annotations.NullMarked;
