/** What the dialects that speak JDBC share. */
@NullMarked
package dev.bobbin.dialect.jdbc;

import org.jspecify.annotations.NullMarked;
