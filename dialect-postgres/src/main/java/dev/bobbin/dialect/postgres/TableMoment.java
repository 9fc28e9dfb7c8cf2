package dev.bobbin.dialect.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What a transaction sees of the server's history, and of the table that it reads.
 *
 * @param system the system identifier
 * @param line see {@link ReadPoint}
 * @param replayed see {@link ReadPoint}
 * @param database the database's oid
 * @param snapshot the transaction's snapshot
 * @param leaves a digest of the oids of the table and of all that its rows come from
 * @param fit whether all of these are tables of PostgreSQL's own that show this user all rows, so
 *     that a row's xmin tells when it was made
 * @param kept see {@link ReadPoint}
 * @param written up to which byte a primary's log was written when the snapshot had been taken; 0
 *     on a standby, which replays only what is on the primary's disk
 * @param flushed up to which byte it was on disk after that
 */
record TableMoment(
    String system,
    String line,
    long replayed,
    long database,
    TransactionSnapshot snapshot,
    String leaves,
    boolean fit,
    long kept,
    long written,
    long flushed) {

  /** Partitions and children at any depth, without temporary ones, which no other session reads. */
  private static final String FAMILY =
      """
      WITH RECURSIVE family(oid) AS (
        SELECT c.oid
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ?::name AND c.relname = ?::name
        UNION
        SELECT i.inhrelid
        FROM pg_catalog.pg_inherits i
        JOIN family f ON f.oid = i.inhparent
        JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
        WHERE c.relpersistence <> 't' %s
      )
      """;

  /**
   * Extensions that keep rows of what looks like an ordinary table elsewhere, such as compressed or
   * on other servers.
   */
  static final String FOREIGN_STORAGE =
      "EXISTS (SELECT 1 FROM pg_catalog.pg_extension WHERE extname IN ('citus', 'timescaledb'))";

  /** Whether this user may call what {@link #sql} and a load call. */
  static final String MAY_BE_ASKED =
      """
      (SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE'))
       FROM pg_catalog.pg_proc p
       JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace
       WHERE s.nspname = 'pg_catalog'
         AND p.proname IN (
           'txid_current_snapshot', 'pg_control_system', 'pg_postmaster_start_time',
           'pg_stat_get_bgwriter_stat_reset_time',
           'pg_export_snapshot', 'pg_relation_filenode', 'pg_relation_size',
           'pg_walfile_name', 'pg_current_wal_lsn', 'pg_last_wal_replay_lsn',
           'pg_current_wal_insert_lsn', 'pg_current_wal_flush_lsn',
           'pg_xlogfile_name', 'pg_current_xlog_location', 'pg_last_xlog_replay_location',
           'pg_current_xlog_insert_location', 'pg_current_xlog_flush_location'))
      """;

  /**
   * A query with two parameters, schema and table. The first expression takes the snapshot; where
   * the log stands comes later.
   */
  static String sql(int version) {
    // CASE evaluates one branch: the others fail on the wrong kind of server.
    return family(version)
        + """
        SELECT txid_current_snapshot()::text,
               (SELECT system_identifier::text FROM pg_control_system()),
               CASE WHEN pg_is_in_recovery()
                    THEN 'standby-'
                      || (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8
                    ELSE 'timeline-' || left(%s, 8) END,
               CASE WHEN pg_is_in_recovery()
                    THEN coalesce((%s - '0/0'::pg_lsn)::int8, 0) ELSE -1 END,
               (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()),
               (SELECT md5(string_agg(f.oid::text, ' ' ORDER BY f.oid)) FROM family f),
               (SELECT bool_and(c.relkind IN ('r', 'p') AND c.relam IN (0, 2)
                                AND NOT row_security_active(c.oid))
                FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid) AND NOT %s,
               (extract(epoch FROM coalesce(
                  pg_stat_get_bgwriter_stat_reset_time(), 'epoch')) * 1000000)::int8,
               CASE WHEN pg_is_in_recovery() THEN 0 ELSE (%s - '0/0'::pg_lsn)::int8 END,
               CASE WHEN pg_is_in_recovery() THEN 0 ELSE (%s - '0/0'::pg_lsn)::int8 END
        """
            .formatted(
                version >= PostgresVersion.V10
                    ? "pg_walfile_name(pg_current_wal_lsn())"
                    : "pg_xlogfile_name(pg_current_xlog_location())",
                replayed(version),
                FOREIGN_STORAGE,
                version >= PostgresVersion.V10
                    ? "pg_current_wal_insert_lsn()"
                    : "pg_current_xlog_insert_location()",
                flushed(version));
  }

  /** The beginning of a query over the oids of a table and of all that its rows come from. */
  static String family(int version) {
    return FAMILY.formatted(version >= PostgresVersion.V14 ? "AND NOT i.inhdetachpending" : "");
  }

  /** Up to where a primary's log is on disk. */
  static String flushed(int version) {
    return version >= PostgresVersion.V10
        ? "pg_current_wal_flush_lsn()"
        : "pg_current_xlog_flush_location()";
  }

  /** Up to where a standby has replayed the log. */
  static String replayed(int version) {
    return version >= PostgresVersion.V10
        ? "pg_last_wal_replay_lsn()"
        : "pg_last_xlog_replay_location()";
  }

  static TableMoment of(ResultSet row) throws SQLException {
    return new TableMoment(
        row.getString(2),
        row.getString(3),
        row.getLong(4),
        row.getLong(5),
        TransactionSnapshot.of(row.getString(1)),
        String.valueOf(row.getString(6)),
        row.getBoolean(7),
        row.getLong(8),
        row.getLong(9),
        row.getLong(10));
  }

  /** The same as a point in the history of a table. */
  ReadPoint at(long table) {
    return new ReadPoint(system, line, kept, isLogged(), replayed, database, table, snapshot);
  }

  /** Whether all that had ended is in the log on disk. */
  boolean isLogged() {
    return flushed >= written;
  }

  /** The same moment, with a later look at the log. */
  TableMoment flushedTo(long later) {
    return new TableMoment(
        system, line, replayed, database, snapshot, leaves, fit, kept, written, later);
  }
}
