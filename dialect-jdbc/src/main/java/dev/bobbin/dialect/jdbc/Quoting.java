package dev.bobbin.dialect.jdbc;

import java.util.List;
import java.util.stream.Collectors;

/**
 * How a database's SQL quotes identifiers. A quoted identifier is data whatever characters it
 * holds.
 */
public enum Quoting {
  /** {@code "name"}: the SQL standard, PostgreSQL. */
  DOUBLE_QUOTES('"', '"'),
  /** {@code `name`}: MySQL and MariaDB. */
  BACKTICKS('`', '`'),
  /** {@code [name]}: SQL Server. */
  BRACKETS('[', ']');

  private final char open;
  private final char close;

  Quoting(char open, char close) {
    this.open = open;
    this.close = close;
  }

  /**
   * The quoted form of a name.
   *
   * @throws IllegalArgumentException if no database can have that name: it is empty, or holds the
   *     character U+0000, at which drivers written in C would cut it off
   */
  public String quote(String name) {
    if (name.isEmpty() || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("an identifier that is empty or holds U+0000");
    }
    return open + name.replace(String.valueOf(close), "" + close + close) + close;
  }

  /** The quoted form of a name of several parts, outermost first, with dots between. */
  public String quote(List<String> parts) {
    return parts.stream().map(this::quote).collect(Collectors.joining("."));
  }
}
