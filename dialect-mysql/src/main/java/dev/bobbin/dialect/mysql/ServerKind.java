package dev.bobbin.dialect.mysql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server is.
 *
 * @param mariaDb whether it is MariaDB and not MySQL
 * @param version major * 10000 + minor * 100 + patch, so 80015 for 8.0.15
 */
record ServerKind(boolean mariaDb, int version) {

  /** What MariaDB before 11 puts before its version, for clients that know MySQL alone. */
  private static final String DISGUISE = "5.5.5-";

  private static final int INVISIBLE_INDEXES = 80_000;
  private static final int IGNORED_INDEXES = 100_600;

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)(?:\\.(\\d+))?.*");

  /** The kind of the server at the other end, as it said in its greeting. */
  static ServerKind of(Connection connection) throws SQLException {
    return parse(connection.getMetaData().getDatabaseProductVersion());
  }

  /** Reads the server's own text, such as {@code 11.4.5-MariaDB-log}. */
  static ServerKind parse(String text) throws SQLException {
    boolean mariaDb = text.contains("MariaDB");
    Matcher version =
        VERSION.matcher(
            mariaDb && text.startsWith(DISGUISE) ? text.substring(DISGUISE.length()) : text);
    if (!version.matches()) {
      throw new SQLException("the server's version cannot be read: " + text, "08004");
    }
    int patch = version.group(3) == null ? 0 : Integer.parseInt(version.group(3));
    return new ServerKind(
        mariaDb,
        Integer.parseInt(version.group(1)) * 10_000
            + Integer.parseInt(version.group(2)) * 100
            + Math.min(patch, 99));
  }

  /** For example {@code MySQL 8.0.15}. */
  String describe() {
    return (mariaDb ? "MariaDB " : "MySQL ")
        + version / 10_000
        + '.'
        + version / 100 % 100
        + '.'
        + version % 100;
  }

  /** Whether it is MySQL of this version or later. */
  boolean isMySqlSince(int least) {
    return !mariaDb && version >= least;
  }

  /** Whether it is MariaDB of this version or later. */
  boolean isMariaDbSince(int least) {
    return mariaDb && version >= least;
  }

  /**
   * The condition on INFORMATION_SCHEMA.STATISTICS that the optimizer uses an index: no other
   * serves an ORDER BY.
   */
  String usedIndexes() {
    return isMySqlSince(INVISIBLE_INDEXES)
        ? "IS_VISIBLE = 'YES'"
        : isMariaDbSince(IGNORED_INDEXES) ? "IGNORED = 'NO'" : "TRUE";
  }
}
