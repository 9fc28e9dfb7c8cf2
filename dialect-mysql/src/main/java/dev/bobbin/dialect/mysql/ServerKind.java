package dev.bobbin.dialect.mysql;

/**
 * What a server is.
 *
 * @param mariaDb whether it is MariaDB and not MySQL
 * @param version major * 10000 + minor * 100 + patch, so 80015 for 8.0.15
 */
record ServerKind(boolean mariaDb, int version) {

  /** Whether it is MySQL of this version or later. */
  boolean isMySqlSince(int least) {
    return !mariaDb && version >= least;
  }

  /** Whether it is MariaDB of this version or later. */
  boolean isMariaDbSince(int least) {
    return mariaDb && version >= least;
  }
}
