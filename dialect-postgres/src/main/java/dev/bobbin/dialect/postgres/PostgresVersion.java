package dev.bobbin.dialect.postgres;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;

/** Versions of servers, as major × 100 + minor: 903 is 9.3, 1800 is 18. */
final class PostgresVersion {

  static final int V9_3 = 903;
  static final int V9_5 = 905;
  static final int V9_6 = 906;
  static final int V10 = 1000;
  static final int V11 = 1100;
  static final int V12 = 1200;
  static final int V13 = 1300;
  static final int V14 = 1400;
  static final int V17 = 1700;
  static final int V18 = 1800;

  private PostgresVersion() {}

  /** The version that the server told at the beginning of the connection; asks nothing. */
  static int of(Connection connection) throws SQLException {
    DatabaseMetaData server = connection.getMetaData();
    int major = server.getDatabaseMajorVersion();
    return major * 100 + (major < 10 ? server.getDatabaseMinorVersion() : 0);
  }

  /** As people write it, such as {@code 18.0} or {@code 9.3.5}, without the packager's part. */
  static String text(Connection connection) throws SQLException {
    String told = connection.getMetaData().getDatabaseProductVersion();
    int end = told.indexOf(' ');
    return end < 0 ? told : told.substring(0, end);
  }
}
