/** The MySQL and MariaDB dialect. */
@NullMarked
package dev.bobbin.dialect.mysql;

import org.jspecify.annotations.NullMarked;
