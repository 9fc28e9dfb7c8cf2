package dev.bobbin.select;

import dev.bobbin.catalog.TableId;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.ReplicationMethod.FullTable;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.ReplicationMethod.Overlap;
import java.io.Serializable;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One line of a selection: a table, or all tables that a pattern matches, with the columns to copy,
 * the replication method and the identity.
 *
 * <p>Immutable: each call returns a new value.
 *
 * <pre>{@code
 * table("public.orders").incrementalBy("updated_at").overlap(Duration.ofMinutes(5)).except("notes")
 * table("public.*")                                   // every table of the schema
 * table("public.sales_by_day").identifiedBy("day")    // a view
 * }</pre>
 */
public final class TableSelection implements Serializable {

  private static final long serialVersionUID = 1L;

  private final TablePattern pattern;
  private final ReplicationMethod method;
  private final boolean only;
  private final Set<String> columns;
  private final List<String> identity;
  private final boolean resumesAnyway;

  private TableSelection(
      TablePattern pattern,
      ReplicationMethod method,
      boolean only,
      Set<String> columns,
      List<String> identity,
      boolean resumesAnyway) {
    this.pattern = pattern;
    this.method = method;
    this.only = only;
    this.columns = Set.copyOf(columns);
    this.identity = List.copyOf(identity);
    this.resumesAnyway = resumesAnyway;
  }

  /**
   * A table by its name, or tables by a pattern in which {@code *} stands for any characters of one
   * part and {@code ?} for one.
   *
   * @param pattern parts separated by dots; leading parts may be left out and are then the default
   *     ones (the connection's database; in PostgreSQL the schema {@code public}); a part in double
   *     quotes is taken literally
   * @throws ConfigurationException if the text is not a name or pattern
   */
  public static TableSelection table(String pattern) {
    return new TableSelection(
        TablePattern.parse(pattern), new FullTable(), false, Set.of(), List.of(), false);
  }

  /** Every run reads the whole table. The default. */
  public TableSelection fullTable() {
    return new TableSelection(pattern, new FullTable(), only, columns, identity, resumesAnyway);
  }

  /**
   * Every run reads what is new or changed since the last, and what was committed late within the
   * {@link Overlap.Usual usual overlap}.
   *
   * @param key the replication key: a column that grows when a row is made or changed
   */
  public TableSelection incrementalBy(String key) {
    return with(new Incremental(key, new Overlap.Usual(), NullKeys.EVERY_RUN));
  }

  /**
   * How far below the bookmark each run begins, so that transactions that commit late with an older
   * key are not missed; for keys that are times.
   *
   * @throws ConfigurationException unless {@link #incrementalBy} was called before
   */
  public TableSelection overlap(Duration width) {
    Incremental now = incremental("overlap");
    return with(new Incremental(now.key(), new Overlap.Time(width), now.nullKeys()));
  }

  /**
   * How far below the bookmark each run begins; for keys that are numbers.
   *
   * @throws ConfigurationException unless {@link #incrementalBy} was called before
   */
  public TableSelection overlap(long width) {
    Incremental now = incremental("overlap");
    return with(new Incremental(now.key(), new Overlap.Count(width), now.nullKeys()));
  }

  /**
   * Begins each run at the bookmark itself: for tables whose writers commit in the order of the
   * key.
   *
   * @throws ConfigurationException unless {@link #incrementalBy} was called before
   */
  public TableSelection noOverlap() {
    Incremental now = incremental("noOverlap");
    return with(new Incremental(now.key(), new Overlap.None(), now.nullKeys()));
  }

  /**
   * What becomes of rows whose replication key is NULL; {@link NullKeys#EVERY_RUN} unless said.
   *
   * @throws ConfigurationException unless {@link #incrementalBy} was called before
   */
  public TableSelection nullKeys(NullKeys policy) {
    Incremental now = incremental("nullKeys");
    return with(new Incremental(now.key(), now.overlap(), policy));
  }

  /**
   * Copies only these columns, and always the replication key and the identity. Calling it again
   * adds columns.
   *
   * @throws ConfigurationException if {@link #except} was called before
   */
  public TableSelection only(String... columns) {
    if (!only && !this.columns.isEmpty()) {
      throw contradiction();
    }
    return new TableSelection(pattern, method, true, with(columns), identity, resumesAnyway);
  }

  /**
   * Copies all columns but these; a column that is added to the table later is copied from then on.
   * Calling it again leaves out more.
   *
   * @throws ConfigurationException if {@link #only} was called before
   */
  public TableSelection except(String... columns) {
    if (only) {
      throw contradiction();
    }
    return new TableSelection(pattern, method, false, with(columns), identity, resumesAnyway);
  }

  private Set<String> with(String... more) {
    Set<String> all = new HashSet<>(columns);
    all.addAll(List.of(more));
    return all;
  }

  private ConfigurationException contradiction() {
    return new ConfigurationException(
        "The selection of " + pattern + " says both only(…) and except(…).",
        "Use one of them: only(…) for a fixed list, except(…) to follow the table.");
  }

  /**
   * The columns that together tell a row from all others, where the primary key does not or there
   * is none, as in a view. They are the host's word: nothing checks them.
   */
  public TableSelection identifiedBy(String... columns) {
    return new TableSelection(pattern, method, only, this.columns, List.of(columns), resumesAnyway);
  }

  /**
   * Lets an interrupted load go on although nothing tells a row from all others. Rows that changed
   * or were deleted between its two parts can then be delivered in both states, and nothing mends
   * that before the next complete load. Unless said, such a table begins again.
   */
  public TableSelection resumeWithoutIdentity() {
    return new TableSelection(pattern, method, only, columns, identity, true);
  }

  private TableSelection with(Incremental incremental) {
    return new TableSelection(pattern, incremental, only, columns, identity, resumesAnyway);
  }

  private Incremental incremental(String call) {
    if (method instanceof Incremental incremental) {
      return incremental;
    }
    throw new ConfigurationException(
        "The selection of " + pattern + " says " + call + "(…) but is not incremental.",
        "Call incrementalBy(column) before " + call + "(…).");
  }

  /** The same line for one of the tables that its pattern matches. */
  public TableSelection forTable(TableId table) {
    return new TableSelection(
        TablePattern.exactly(table), method, only, columns, identity, resumesAnyway);
  }

  /** The name or pattern. */
  public TablePattern pattern() {
    return pattern;
  }

  /** The replication method. */
  public ReplicationMethod method() {
    return method;
  }

  /** Whether {@link #columns()} are the ones to copy (true) or the ones to leave out. */
  public boolean isOnly() {
    return only;
  }

  /** The columns named by {@link #only} or {@link #except}. */
  public Set<String> columns() {
    return columns;
  }

  /** The columns named by {@link #identifiedBy}; empty for the primary key. */
  public List<String> identity() {
    return identity;
  }

  /** Whether {@link #resumeWithoutIdentity} was called. */
  public boolean resumesWithoutIdentity() {
    return resumesAnyway;
  }

  @Override
  public String toString() {
    return pattern + ", " + method;
  }
}
