/** The SQL Server and Babelfish dialect. */
@NullMarked
package dev.bobbin.dialect.sqlserver;

import org.jspecify.annotations.NullMarked;
