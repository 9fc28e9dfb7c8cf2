package dev.bobbin.dialect.postgres;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The tables that the rows of one are in, as a transaction sees them.
 *
 * @param all by oid
 * @param bytes their size
 * @param readable whether this user may read each of them by itself
 */
record Leaves(List<Leaf> all, long bytes, boolean readable) {

  private static final String LOCKED =
      """
      SELECT l.relation
      FROM pg_catalog.pg_locks l
      WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted
        AND l.mode = 'AccessShareLock'
      """;

  Leaves {
    all = List.copyOf(all);
  }

  /** A query with two parameters, schema and table. */
  static String sql(int version) {
    return TableMoment.family(version)
        + """
        SELECT c.oid, n.nspname, c.relname, pg_relation_filenode(c.oid),
               pg_relation_size(c.oid), current_setting('block_size')::int8,
               has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
        FROM family f
        JOIN pg_catalog.pg_class c ON c.oid = f.oid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind <> 'p'
        ORDER BY c.oid
        """;
  }

  static Leaves of(PreparedStatement query) throws SQLException {
    List<Leaf> all = new ArrayList<>();
    long bytes = 0;
    boolean readable = true;
    try (ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        long size = rows.getLong(5);
        all.add(
            new Leaf(
                rows.getLong(1),
                rows.getString(2),
                rows.getString(3),
                rows.getLong(4),
                size / rows.getLong(6)));
        bytes += size;
        readable &= rows.getBoolean(7);
      }
    }
    return new Leaves(all, bytes, readable);
  }

  /**
   * Whether each is locked. One that was attached between the lock and the snapshot is not, and
   * could be emptied behind the snapshot's back.
   */
  boolean locked(ReadOnlyTransaction transaction) throws SQLException {
    if (all.size() == 1) {
      return true;
    }
    Set<Long> locked = new HashSet<>();
    try (PreparedStatement query = transaction.connection().prepareStatement(LOCKED);
        ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        locked.add(rows.getLong(1));
      }
    }
    return all.stream().allMatch(leaf -> locked.contains(leaf.oid()));
  }
}
