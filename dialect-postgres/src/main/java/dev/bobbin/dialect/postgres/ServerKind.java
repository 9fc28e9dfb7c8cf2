package dev.bobbin.dialect.postgres;

/**
 * What a server is.
 *
 * @param version see {@link PostgresVersion}
 * @param standby whether it replays what a primary has logged
 */
record ServerKind(int version, boolean standby) {

  /** Of which nothing is known. */
  static final ServerKind UNKNOWN = new ServerKind(0, false);

  /** Whether it can tell which server and which of its histories it is: pg_control_system(). */
  boolean tellsItsHistory() {
    return version >= PostgresVersion.V9_6;
  }

  /** Whether it finds rows by a range of places: TID range scans. */
  boolean findsPlaces() {
    return version >= PostgresVersion.V14;
  }

  /** Whether several connections can read under one snapshot. */
  boolean sharesSnapshots() {
    return !standby || version >= PostgresVersion.V10;
  }
}
