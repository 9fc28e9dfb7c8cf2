package dev.bobbin.testkit;

import dev.bobbin.catalog.TableId;
import dev.bobbin.spi.SourceDialect;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@link SourceDialectContract} and {@link SourceLoadContract} need of a source: the dialect,
 * and a way to make tables and rows in the database behind it, past the dialect. One fixture serves
 * one test and begins with none of the test's tables.
 *
 * <p>Every table that {@link #createTable} makes has, in this order, the columns {@value #ID} (a
 * whole number of 64 bits, the primary key), {@value #UPDATED} (a time exact to the millisecond or
 * better; where it has no zone, it is in UTC), {@value #VERSION} (a whole number of 64 bits) and
 * {@value #PAYLOAD} (a text without limit); the last three may be NULL, and the second and third
 * have an index each.
 */
public interface SourceFixture extends AutoCloseable {

  /** The primary key's column, unless {@link #idColumn()} says otherwise. */
  String ID = "id";

  /** The column of the time of change. */
  String UPDATED = "updated";

  /** The column of the counter of changes. */
  String VERSION = "version";

  /** The column of the text. */
  String PAYLOAD = "payload";

  /**
   * What not every kind of source can do. A dialect declares what its source lacks; the tests of it
   * are then skipped, and say so.
   */
  enum Behaviour {
    /** Two transactions are open at the same time, and the older commits later. */
    LATE_COMMITS,
    /** There are views. */
    VIEWS,
    /** Columns are added to tables that have rows. */
    ADDED_COLUMNS,
    /** Columns are dropped from tables that have rows. */
    DROPPED_COLUMNS,
    /** A whole number's column becomes a text's. */
    RETYPED_COLUMNS,
    /** Table names hold quotes, dots, blanks and whatever else. */
    ODD_NAMES,
    /** Two names that differ in case only are two tables. */
    CASE_TWINS,
    /** A scan sees one moment of the table, whatever is written meanwhile. */
    CONSISTENT_SCANS,
    /**
     * All scans of a load see one snapshot. Where they do not, each sees one of its own, and other
     * tests take the place of those that speak of one.
     */
    SHARED_SNAPSHOTS,
    /** A table is told from another one that was made later under the same name. */
    REMADE_TABLES,
    /** The database's connections can be broken from outside. */
    KILLED_CONNECTIONS
  }

  /** The dialect, as its users make it. */
  SourceDialect dialect();

  /** The primary key's column, where the source has a name of its own for it. */
  default String idColumn() {
    return ID;
  }

  /** The names of a table's columns as structure sync finds them, in order. */
  default List<String> columns() {
    return List.of(idColumn(), UPDATED, VERSION, PAYLOAD);
  }

  /**
   * The values of a delivered row by the names of the columns that the test has put them into. A
   * source that delivers rows as documents takes them out of these.
   *
   * @param delivered by the names of the delivered columns
   */
  default Map<String, @Nullable Object> values(Map<String, @Nullable Object> delivered) {
    return delivered;
  }

  /** Whether the source can do that; a dialect declares what it lacks. */
  default boolean supports(Behaviour behaviour) {
    return true;
  }

  /**
   * Odd names that tables and columns of this source can have, of those that the tests would give
   * them.
   *
   * @param names some names
   * @return those of them that the source allows; all unless overridden
   */
  default List<String> oddNames(List<String> names) {
    return names;
  }

  /**
   * Creates a table without rows, with the columns said above.
   *
   * @param name its own name, any text
   * @return its full name, as the dialect's catalog has it
   */
  TableId createTable(String name);

  /**
   * Creates a view of all columns and rows of a table.
   *
   * @return its full name
   */
  TableId createView(String name, TableId of);

  /**
   * Adds a column for texts, at the end; it is NULL in the rows that there are.
   *
   * @param column its name, any text
   */
  void addColumn(TableId table, String column);

  /** Drops a column. */
  void dropColumn(TableId table, String column);

  /** Makes a text of a column of whole numbers; its values stay, as texts. */
  void retypeColumn(TableId table, String column);

  /** Drops a table. */
  void dropTable(TableId table);

  /**
   * Deletes all rows of a table at once, in the way that gives their space back.
   *
   * @return false if the source has no such way
   */
  default boolean truncate(TableId table) {
    return false;
  }

  /**
   * Gives the rows of a table other places, and changes nothing else: what an administrator does to
   * a table that has become too large for its rows.
   *
   * @return false if the source has no such way
   */
  default boolean rewrite(TableId table) {
    return false;
  }

  /** Begins a transaction. */
  Changes begin();

  /**
   * Returns once all transactions have ended that were running when it was called, also those of
   * others who use the same server. Asked for while the test holds none open, where the source
   * would tell rows by the oldest one that is running. Does nothing unless overridden.
   */
  default void awaitQuiet() {}

  /** Breaks all connections that the dialect has open at this moment. */
  void killConnections();

  /**
   * Returns once the database shows no connection of the dialect any more; connections that a pool
   * of the dialect keeps after its session was closed count as open.
   *
   * @throws AssertionError if there still are some after a time that the fixture finds reasonable
   */
  void awaitNothingOpen();

  /** Drops everything that the fixture has made. */
  @Override
  void close();

  /** A transaction that changes rows. */
  interface Changes extends AutoCloseable {

    /** Inserts a row. */
    void insert(TableId table, SourceRow row);

    /** Gives the row of that id these values. */
    void update(TableId table, SourceRow row);

    /**
     * Sets a column that {@link SourceFixture#addColumn} added.
     *
     * @param id the row
     */
    void set(TableId table, long id, String column, String value);

    /** Deletes a row. */
    void delete(TableId table, long id);

    /** Commits. */
    void commit();

    /** Ends the transaction; undoes the changes unless they were committed. */
    @Override
    void close();
  }
}
