/** The MongoDB dialect. */
@NullMarked
package dev.bobbin.dialect.mongo;

import org.jspecify.annotations.NullMarked;
