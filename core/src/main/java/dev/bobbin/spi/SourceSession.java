package dev.bobbin.spi;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.check.Finding;
import dev.bobbin.plan.TableScan;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A connected source. Thread-safe: several readers can be open at the same time, each used by one
 * thread at a time.
 *
 * <p>Failures are {@link dev.bobbin.error.SourceException}s whose kind says whether trying again
 * may help, and never hold values of rows.
 */
public interface SourceSession extends AutoCloseable {

  /**
   * Structure sync: reads what tables there are. Takes a constant number of queries per database.
   *
   * @param databases which databases to look into; all others are left out of the catalog
   */
  Catalog discover(Predicate<String> databases);

  /**
   * What a shorter table name is completed with, outermost part first; the same as {@link
   * Catalog#defaultNamespace()}.
   */
  List<String> defaultNamespace();

  /**
   * The share of rows whose key is NULL, from the source's own statistics; empty where it has none.
   * Takes one query per database at most. Unless overridden, what the columns are declared as: none
   * of those that are never NULL.
   *
   * @param keys tables and their replication keys
   * @return one answer for each, in the same order
   */
  default List<OptionalDouble> estimateNullKeys(List<TableKey> keys) {
    List<OptionalDouble> shares = new ArrayList<>();
    for (TableKey key : keys) {
      boolean nullable = key.table().column(key.key()).map(Column::nullable).orElse(true);
      shares.add(nullable ? OptionalDouble.empty() : OptionalDouble.of(0));
    }
    return shares;
  }

  /**
   * A table and its replication key.
   *
   * @param table the table
   * @param key the column
   */
  record TableKey(Table table, String key) {}

  /**
   * Tells what the host should know of the server itself: whether it is a primary or a replica, and
   * how its clock stands. Changes nothing. Does nothing unless overridden.
   *
   * @param clock this machine's
   * @param findings is told, in order
   */
  default void check(Clock clock, Consumer<Finding> findings) {}

  /**
   * The statements, for an administrator, that let this session's user read columns of a table,
   * whether or not the session can see them; identifiers are quoted, each statement stands on a
   * line of its own. May ask the source. Empty, unless overridden, where a source has no users,
   * where no privilege is missing, and where the table or column is certainly not there.
   *
   * @param table its full name
   * @param columns which of them; empty for the whole table
   */
  default String grant(TableId table, List<String> columns) {
    return "";
  }

  /**
   * The statement, for an administrator, that makes an index in the order of a column; identifiers
   * are quoted. Takes no query. Empty, unless overridden, where there can be none, as on a view.
   *
   * @param table as structure sync found it
   * @param column one of its columns
   */
  default String createIndex(Table table, String column) {
    return "";
  }

  /**
   * A column that structure sync did not list and that the table has all the same, such as a field
   * of a document that no sampled document had. Asked for columns that a selection names. May ask
   * the source. Empty unless overridden.
   *
   * @param table as structure sync found it
   * @param name the name that the selection has
   */
  default Optional<Column> column(Table table, String name) {
    return Optional.empty();
  }

  /**
   * The families of replication keys that a table has at this moment, each with a name of letters
   * of its own: a source that compares keys only with others of their type has one for each type.
   * Each is a scan of its own, named by {@link dev.bobbin.plan.TableScan#key(String)}, with a
   * bookmark of its own. May ask the source. One without a name, unless overridden: all keys are
   * compared with each other.
   *
   * @param table the table with just the columns to read
   * @param key the replication key
   * @throws dev.bobbin.error.SourceException on every failure
   */
  default List<String> keyFamilies(Table table, String key) {
    return List.of("");
  }

  /**
   * Begins a scan: takes the locks and the snapshot, and checks that the table still has the
   * structure that the scan says.
   *
   * @throws dev.bobbin.error.SourceException of kind {@code STRUCTURE_CHANGED} if it has not
   */
  BatchReader open(TableScan scan);

  /**
   * How well this source can read a table. Takes no query. {@link TableAbilities#PLAIN} unless
   * overridden.
   */
  default TableAbilities abilities(Table table) {
    return TableAbilities.PLAIN;
  }

  /**
   * Begins a load, or goes on with one: takes the locks and, where the source's connections can
   * share one, the snapshot for all its scans, checks that the table still has the structure that
   * the request says, and cuts it into scans.
   *
   * <p>Does nothing unless overridden: a table that is not cut is read by {@link #open}, from its
   * beginning and, where it is incremental, in the order of its key.
   *
   * @return empty where this table cannot be cut
   * @throws dev.bobbin.error.SourceException of kind {@code STRUCTURE_CHANGED} if it has another
   *     structure; of other kinds on every other failure
   */
  default Optional<SourceLoad> beginLoad(LoadRequest request) {
    return Optional.empty();
  }

  /**
   * Makes all calls fail soon that wait for the source on other threads, such as an {@link #open}
   * that waits for a lock, and all later ones. Any thread may call it, and again; {@link #close()}
   * still follows. Does nothing unless overridden: calls then last as long as their timeouts.
   */
  default void cancel() {}

  /** Ends all scans and gives back all connections. Closing twice does nothing. */
  @Override
  void close();
}
