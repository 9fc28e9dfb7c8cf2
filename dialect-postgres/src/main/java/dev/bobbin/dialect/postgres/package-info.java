/** The PostgreSQL dialect. */
@NullMarked
package dev.bobbin.dialect.postgres;

import org.jspecify.annotations.NullMarked;
