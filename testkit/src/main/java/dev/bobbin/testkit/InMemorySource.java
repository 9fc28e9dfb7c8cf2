package dev.bobbin.testkit;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.spi.TableAbilities;
import dev.bobbin.spi.Tunnel;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A source that lives in the test's memory: tables with rows, transactions, snapshots, changes of
 * structure, and failures where the test wants them. It keeps the whole contract of a dialect.
 *
 * <p>A row is a map from column to canonical Java value ({@link
 * dev.bobbin.catalog.DataType#javaType()}); bytes are read-only {@link java.nio.ByteBuffer}s, so
 * that rows can be compared, and a value that Java cannot hold is {@link Unrepresentable}. Times
 * are kept to the microsecond. A scan sees what was committed when it was opened. Rows with equal
 * keys, and rows of a scan without order, come in another order in each scan of the table, as a
 * database may do it.
 *
 * <p>Thread-safe.
 *
 * <pre>{@code
 * InMemorySource shop = InMemorySource.named("shop");
 * TableId orders = shop.create(Table.named(shop.id("orders"))
 *     .column(Column.of("id", new DataType.Int(64, true), "bigint").notNull())
 *     .column(Column.of("updated", new DataType.Instant(), "timestamptz"))
 *     .primaryKey("id").build());
 * shop.insert(orders, 1L, Instant.EPOCH);
 * shop.once(Moment.beforeBatch(orders, 2), InMemorySource.failing(Kind.TRANSIENT));
 * }</pre>
 */
public final class InMemorySource implements SourceDialect {

  /** A table as it stands: its structure, its rows, and how its keys compare. */
  private static final class Stored {
    Table table;
    List<MemoryRow> rows = new ArrayList<>();
    final Set<List<@Nullable Object>> primaryKeys = new HashSet<>();
    final Map<String, Comparator<Object>> orders = new HashMap<>();
    @Nullable TableId viewOf;
    int scans;
    long lastRowId;

    /** Another number after everything that gives rows other places, or takes them all away. */
    long incarnation;

    Stored(Table table, long incarnation) {
      this.table = table;
      this.incarnation = incarnation;
    }
  }

  @FunctionalInterface
  private interface Action {
    void happen(@Nullable MemoryReader reader);
  }

  private record Happening(Moment moment, int times, Action action) {}

  private final String name;
  private final List<String> defaultNamespace;
  private final Map<TableId, Stored> tables = new TreeMap<>();
  private final List<Happening> happenings = new ArrayList<>();
  private final Set<Session> sessions = new HashSet<>();
  private final Set<MemoryReader> readers = new HashSet<>();
  private final Set<SourceLoad> loads = new HashSet<>();
  private final NavigableSet<Long> running = new TreeSet<>();
  private final List<TableScan> scans = new ArrayList<>();
  private Clock clock = Clock.systemUTC();
  private boolean versioned;
  private boolean ownSnapshots;
  private int slices;
  private String history = newHistory();
  private long lastTransaction;
  private long lastIncarnation;
  private int connects;
  private int discoveries;
  private int mostReaders;

  private InMemorySource(String name) {
    this.name = name;
    this.defaultNamespace = List.of(name, "public");
  }

  /**
   * An empty source.
   *
   * @param database the name of its database; shorter table names are completed with it and with
   *     the schema {@code public}
   */
  public static InMemorySource named(String database) {
    return new InMemorySource(database);
  }

  /** Sets the source's own clock, by which keys lie in the future; the system's unless set. */
  public synchronized InMemorySource clock(Clock clock) {
    this.clock = clock;
    return this;
  }

  /**
   * Keeps the version of each row, as PostgreSQL does: tables are then loaded by several readers
   * under one snapshot, a load goes on where it was interrupted, and scans by key tell rows that
   * were committed late from rows that the last scan has seen. Views have none of it.
   *
   * <p>A transaction has a number from its beginning, and each row has the number of the one that
   * wrote it. A snapshot knows the lowest number that had not ended when it was taken; rows with
   * lower numbers were seen, rows with higher ones may have been, and are read again.
   */
  public synchronized InMemorySource versioned() {
    requireOneKind(!ownSnapshots);
    versioned = true;
    return this;
  }

  /**
   * Lets tables be loaded by several readers that cannot share a snapshot, as MySQL does: a load is
   * cut by ranges of the primary key, each scan sees what is committed when it is opened, and a
   * load goes on behind the last primary key that was read. Late commits are not told. Views and
   * tables without a primary key have none of it.
   */
  public synchronized InMemorySource ownSnapshots() {
    requireOneKind(!versioned);
    ownSnapshots = true;
    return this;
  }

  private static void requireOneKind(boolean fulfilled) {
    if (!fulfilled) {
      throw new IllegalStateException("scans share a snapshot, or each has its own");
    }
  }

  /**
   * Sets into how many scans a new load is cut, of which some may be empty; 0 lets the number of
   * readers and rows decide, as it does unless set.
   */
  public synchronized InMemorySource slices(int slices) {
    if (slices < 0) {
      throw new IllegalArgumentException("no table is cut into " + slices + " slices");
    }
    this.slices = slices;
    return this;
  }

  /**
   * Gives the source another history, as a failover to a replica that lagged behind does, or a
   * backup that is put back: all rows stay, but what their versions were says nothing any more, so
   * that no earlier position can be gone on from. Loads and scans that are open stay what they are.
   */
  public synchronized void failOver() {
    history = newHistory();
    for (Stored stored : tables.values()) {
      stored.rows.replaceAll(row -> new MemoryRow(row.id(), 0, row.values()));
    }
  }

  private static String newHistory() {
    return UUID.randomUUID().toString();
  }

  // Structure

  /**
   * The full name of a table.
   *
   * @param parts outermost first; leading parts that are left out are the default ones
   */
  public TableId id(String... parts) {
    List<String> full = new ArrayList<>(defaultNamespace.subList(0, Math.max(0, 3 - parts.length)));
    full.addAll(Arrays.asList(parts));
    return TableId.of(full);
  }

  /**
   * Creates a table without rows.
   *
   * @param table with its full name
   * @return the name
   */
  public synchronized TableId create(Table table) {
    if (tables.putIfAbsent(table.id(), new Stored(table, ++lastIncarnation)) != null) {
      throw new IllegalArgumentException("there is a table " + table.id() + " already");
    }
    return table.id();
  }

  /** Creates a view that shows all rows and columns of a table; it has no indexes. */
  public synchronized TableId createView(TableId view, TableId of) {
    Table.Builder description = Table.named(view).kind(Table.Kind.VIEW);
    for (Column column : stored(of).table.columns()) {
      description.column(
          new Column(
              column.name(),
              column.type(),
              column.nativeType(),
              true,
              column.readable(),
              Column.Generation.NONE,
              column.keySupport(),
              ""));
    }
    create(description.build());
    stored(view).viewOf = of;
    return view;
  }

  /**
   * Lets a column compare its values otherwise than Java does, such as without regard to case. The
   * column's {@link Column#keySupport()} should say so.
   */
  @SuppressWarnings("unchecked")
  public synchronized <T> void collate(TableId table, String column, Comparator<T> order) {
    stored(table).orders.put(column, (a, b) -> order.compare((T) a, (T) b));
  }

  /** Adds a column at the end; the rows that there are have NULL in it. */
  public synchronized void addColumn(TableId table, Column column) {
    Stored stored = stored(table);
    List<Column> columns = new ArrayList<>(stored.table.columns());
    columns.add(column);
    alter(
        stored,
        columns,
        row -> {
          row.put(column.name(), null);
          return row;
        });
  }

  /** Drops a column, and the indexes that cover it. */
  public synchronized void dropColumn(TableId table, String column) {
    Stored stored = stored(table);
    alter(
        stored,
        stored.table.columns().stream().filter(c -> !c.name().equals(column)).toList(),
        row -> {
          row.remove(column);
          return row;
        });
  }

  /**
   * Gives a column another type.
   *
   * @param column the column as it shall be; the one of the same name is replaced
   * @param convert makes the new values of the old ones that are not NULL
   */
  public synchronized void retypeColumn(
      TableId table, Column column, UnaryOperator<Object> convert) {
    Stored stored = stored(table);
    alter(
        stored,
        stored.table.columns().stream()
            .map(c -> c.name().equals(column.name()) ? column : c)
            .toList(),
        row -> {
          Object value = row.get(column.name());
          row.put(
              column.name(), value == null ? null : Values.normal(column, convert.apply(value)));
          return row;
        });
    long writer = ++lastTransaction;
    stored.rows.replaceAll(row -> new MemoryRow(row.id(), writer, row.values()));
    rewrite(table);
  }

  /**
   * Gives all rows of a table other places, as VACUUM FULL and CLUSTER do; their versions stay, and
   * so do their values.
   */
  public synchronized void rewrite(TableId table) {
    Stored stored = stored(table);
    List<Long> ids = new ArrayList<>(stored.rows.stream().map(MemoryRow::id).toList());
    Collections.reverse(ids);
    List<MemoryRow> rows = new ArrayList<>();
    for (MemoryRow row : stored.rows) {
      rows.add(new MemoryRow(ids.get(rows.size()), row.writer(), row.values()));
    }
    stored.rows = rows;
    stored.incarnation = ++lastIncarnation;
  }

  /** Makes these columns the primary key, in place of the one that there is. */
  public synchronized void primaryKey(TableId table, String... columns) {
    Stored stored = stored(table);
    List<Table.Index> indexes =
        new ArrayList<>(stored.table.indexes().stream().filter(i -> !i.primary()).toList());
    if (columns.length > 0) {
      indexes.add(new Table.Index("pkey", List.of(columns), true, true, false, true));
    }
    stored.table = rebuilt(stored.table, stored.table.id(), stored.table.columns(), indexes);
    rebuildKeys(stored);
  }

  private static void alter(
      Stored stored, List<Column> columns, UnaryOperator<Map<String, @Nullable Object>> change) {
    Set<String> names = new HashSet<>();
    columns.forEach(c -> names.add(c.name()));
    stored.table =
        rebuilt(
            stored.table,
            stored.table.id(),
            columns,
            stored.table.indexes().stream().filter(i -> names.containsAll(i.columns())).toList());
    List<MemoryRow> rows = new ArrayList<>();
    for (MemoryRow row : stored.rows) {
      rows.add(
          new MemoryRow(
              row.id(),
              row.writer(),
              Collections.unmodifiableMap(change.apply(new LinkedHashMap<>(row.values())))));
    }
    stored.rows = rows;
    rebuildKeys(stored);
  }

  private static Table rebuilt(
      Table table, TableId id, List<Column> columns, List<Table.Index> indexes) {
    Table.Builder copy = Table.named(id).kind(table.kind()).comment(table.comment());
    columns.forEach(copy::column);
    indexes.forEach(copy::index);
    table.parent().ifPresent(copy::parent);
    return copy.children(table.children())
        .readable(table.readable())
        .rowSecurity(table.rowSecurity())
        .build();
  }

  /** Gives a table another name. */
  public synchronized void rename(TableId table, TableId to) {
    Stored stored = stored(table);
    create(rebuilt(stored.table, to, stored.table.columns(), stored.table.indexes()));
    tables.put(to, stored);
    stored.table = rebuilt(stored.table, to, stored.table.columns(), stored.table.indexes());
    tables.remove(table);
  }

  /** Drops a table. */
  public synchronized void drop(TableId table) {
    stored(table);
    tables.remove(table);
  }

  /** Deletes all rows of a table. */
  public synchronized void truncate(TableId table) {
    Stored stored = stored(table);
    stored.rows = new ArrayList<>();
    stored.primaryKeys.clear();
    stored.incarnation = ++lastIncarnation;
  }

  private Stored stored(TableId table) {
    Stored stored = tables.get(table);
    if (stored == null) {
      throw new IllegalArgumentException("there is no table " + table);
    }
    return stored;
  }

  private Stored base(Stored stored) {
    return stored.viewOf == null ? stored : base(stored(stored.viewOf));
  }

  // Rows

  /**
   * Some changes that become visible together. Each is applied when {@link #commit()} is called, so
   * that a transaction that commits late brings rows with older keys. Not thread-safe. One that is
   * never ended counts as running for ever, as in a database.
   */
  public final class Transaction {
    private final long number;
    private @Nullable List<Runnable> changes = new ArrayList<>();

    private Transaction(long number) {
      this.number = number;
    }

    /**
     * Inserts a row.
     *
     * @param values a value for each column, in the table's order; the last columns may be left
     *     out, and are NULL
     */
    public Transaction insert(TableId table, @Nullable Object... values) {
      @Nullable Object[] copy = values.clone();
      long place = place(table);
      return add(() -> insertNow(number, table, place, copy));
    }

    /**
     * Updates rows.
     *
     * @param rows which rows
     * @param changes the new values of some columns
     */
    public Transaction update(
        TableId table,
        Predicate<Map<String, @Nullable Object>> rows,
        Map<String, ? extends @Nullable Object> changes) {
      Map<String, @Nullable Object> copy = new LinkedHashMap<>(changes);
      return add(() -> updateNow(number, table, rows, copy));
    }

    /**
     * Deletes rows.
     *
     * @param rows which rows
     */
    public Transaction delete(TableId table, Predicate<Map<String, @Nullable Object>> rows) {
      return add(() -> deleteNow(table, rows));
    }

    private Transaction add(Runnable change) {
      if (changes == null) {
        throw new IllegalStateException("the transaction has ended");
      }
      changes.add(change);
      return this;
    }

    /** Makes the changes visible to scans that are opened from now on. */
    public void commit() {
      List<Runnable> all = changes;
      if (all == null) {
        throw new IllegalStateException("the transaction has ended");
      }
      changes = null;
      synchronized (InMemorySource.this) {
        try {
          all.forEach(Runnable::run);
        } finally {
          running.remove(number);
        }
      }
    }

    /** Forgets the changes; does nothing once the transaction has ended. */
    public void rollback() {
      changes = null;
      synchronized (InMemorySource.this) {
        running.remove(number);
      }
    }
  }

  /** Begins a transaction, which may commit whenever it wants. */
  public synchronized Transaction begin() {
    long number = ++lastTransaction;
    running.add(number);
    return new Transaction(number);
  }

  /** A place for a row that will be inserted; 0 for a table that is not there yet. */
  private synchronized long place(TableId table) {
    Stored stored = tables.get(table);
    return stored == null ? 0 : ++stored.lastRowId;
  }

  /** Inserts a row in a transaction of its own. */
  public void insert(TableId table, @Nullable Object... values) {
    begin().insert(table, values).commit();
  }

  /** Updates rows in a transaction of its own. */
  public void update(
      TableId table,
      Predicate<Map<String, @Nullable Object>> rows,
      Map<String, ? extends @Nullable Object> changes) {
    begin().update(table, rows, changes).commit();
  }

  /** Deletes rows in a transaction of its own. */
  public void delete(TableId table, Predicate<Map<String, @Nullable Object>> rows) {
    begin().delete(table, rows).commit();
  }

  /** The rows that are committed now, in the order of their insertion. */
  public synchronized List<Map<String, @Nullable Object>> rows(TableId table) {
    return base(stored(table)).rows.stream().map(MemoryRow::values).toList();
  }

  private void insertNow(long writer, TableId table, long place, @Nullable Object[] values) {
    Stored stored = stored(table);
    List<Column> columns = stored.table.columns();
    if (values.length > columns.size()) {
      throw new IllegalArgumentException(
          table + " has " + columns.size() + " columns, " + values.length + " values were given");
    }
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      Object value = i < values.length ? values[i] : null;
      row.put(columns.get(i).name(), Values.normal(columns.get(i), value));
    }
    if (!stored.table.primaryKey().isEmpty() && !stored.primaryKeys.add(key(stored, row))) {
      throw new IllegalArgumentException("there is a row of that primary key in " + table);
    }
    stored.rows.add(
        new MemoryRow(
            place == 0 ? ++stored.lastRowId : place, writer, Collections.unmodifiableMap(row)));
  }

  private void updateNow(
      long writer,
      TableId table,
      Predicate<Map<String, @Nullable Object>> which,
      Map<String, @Nullable Object> changes) {
    Stored stored = stored(table);
    List<MemoryRow> rows = new ArrayList<>();
    for (MemoryRow row : stored.rows) {
      if (which.test(row.values())) {
        Map<String, @Nullable Object> changed = new LinkedHashMap<>(row.values());
        changes.forEach(
            (column, value) -> changed.put(column, Values.normal(column(stored, column), value)));
        rows.add(new MemoryRow(row.id(), writer, Collections.unmodifiableMap(changed)));
      } else {
        rows.add(row);
      }
    }
    stored.rows = rows;
    rebuildKeys(stored);
  }

  private void deleteNow(TableId table, Predicate<Map<String, @Nullable Object>> which) {
    Stored stored = stored(table);
    stored.rows.removeIf(row -> which.test(row.values()));
    rebuildKeys(stored);
  }

  private static Column column(Stored stored, String name) {
    return stored
        .table
        .column(name)
        .orElseThrow(() -> new IllegalArgumentException("there is no column " + name));
  }

  private static List<@Nullable Object> key(Stored stored, Map<String, @Nullable Object> row) {
    List<@Nullable Object> key = new ArrayList<>();
    stored.table.primaryKey().forEach(column -> key.add(row.get(column)));
    return key;
  }

  private static void rebuildKeys(Stored stored) {
    stored.primaryKeys.clear();
    if (stored.table.primaryKey().isEmpty()) {
      return;
    }
    for (MemoryRow row : stored.rows) {
      if (!stored.primaryKeys.add(key(stored, row.values()))) {
        throw new IllegalArgumentException(
            "two rows of " + stored.table.id() + " have the same primary key");
      }
    }
  }

  // What happens on the way

  /** An action that fails as a source does. */
  public static Runnable failing(SourceException.Kind kind) {
    return () -> {
      throw new SourceException(
          kind, "The in-memory source was told to fail.", "Nothing is to be done.", null);
    };
  }

  /**
   * Lets something happen at the next such moment, on the thread that comes to it.
   *
   * @param action may change the source, or throw
   */
  public void once(Moment moment, Runnable action) {
    times(1, moment, action);
  }

  /** Lets something happen at the next few such moments. */
  public synchronized void times(int times, Moment moment, Runnable action) {
    happenings.add(new Happening(moment, times, reader -> action.run()));
  }

  /** Lets something happen at every such moment. */
  public void always(Moment moment, Runnable action) {
    times(Integer.MAX_VALUE, moment, action);
  }

  /** Forgets what was to happen. */
  public synchronized void calm() {
    happenings.clear();
  }

  /**
   * Lets the next that comes to that moment wait. A reader that is cancelled stops waiting and
   * fails.
   *
   * @param moment most often one of a reader: a batch, a row or the end
   * @return a closed gate
   */
  public synchronized Gate pauseAt(Moment moment) {
    Gate gate = new Gate();
    happenings.add(
        new Happening(
            moment,
            1,
            reader -> {
              if (reader == null) {
                gate.pass();
              } else {
                reader.waitAt(gate);
              }
            }));
    return gate;
  }

  /** Breaks the connection of every scan that is open. */
  public void killConnections() {
    List<MemoryReader> open;
    synchronized (this) {
      open = List.copyOf(readers);
    }
    open.forEach(MemoryReader::kill);
  }

  void reach(
      Moment.Place place,
      @Nullable TableId table,
      @Nullable String scan,
      long number,
      @Nullable MemoryReader reader) {
    List<Action> due = new ArrayList<>();
    synchronized (this) {
      for (int i = 0; i < happenings.size(); i++) {
        Happening next = happenings.get(i);
        Moment moment = next.moment();
        if (moment.place() == place
            && (moment.table() == null || moment.table().equals(table))
            && (moment.scan() == null || moment.scan().equals(scan))
            && (moment.number() == 0 || moment.number() == number)) {
          due.add(next.action());
          if (next.times() == 1) {
            happenings.remove(i--);
          } else if (next.times() != Integer.MAX_VALUE) {
            happenings.set(i, new Happening(moment, next.times() - 1, next.action()));
          }
        }
      }
    }
    due.forEach(action -> action.happen(reader));
  }

  // What a test can ask

  /** The sessions that are open. */
  public synchronized int openSessions() {
    return sessions.size();
  }

  /** The scans that are open. */
  public synchronized int openReaders() {
    return readers.size();
  }

  /** The loads that are open. */
  public synchronized int openLoads() {
    return loads.size();
  }

  /** The most scans that were open at the same time. */
  public synchronized int mostReaders() {
    return mostReaders;
  }

  /** How often a session was asked for. */
  public synchronized int connects() {
    return connects;
  }

  /** How often the structure was read. */
  public synchronized int discoveries() {
    return discoveries;
  }

  /** All scans that were begun, those of loads too, in order. */
  public synchronized List<TableScan> scans() {
    return List.copyOf(scans);
  }

  // The dialect

  @Override
  public SourceSession connect(SourceSettings settings) {
    synchronized (this) {
      connects++;
    }
    reach(Moment.Place.CONNECT, null, null, 0, null);
    Tunnel tunnel = settings.tunnel().map(t -> t.open(name, 1)).orElse(null);
    Session session = new Session(settings, tunnel);
    synchronized (this) {
      sessions.add(session);
    }
    return session;
  }

  @Override
  public String describe() {
    return "In-memory source " + name;
  }

  synchronized void closed(MemoryReader reader) {
    readers.remove(reader);
    sessions.forEach(s -> s.mine.remove(reader));
  }

  private final class Session implements SourceSession {
    private final SourceSettings settings;
    private final @Nullable Tunnel tunnel;
    private final Set<MemoryReader> mine = new HashSet<>();
    private final Set<SourceLoad> myLoads = new HashSet<>();
    private boolean closed;

    Session(SourceSettings settings, @Nullable Tunnel tunnel) {
      this.settings = settings;
      this.tunnel = tunnel;
    }

    @Override
    public Catalog discover(Predicate<String> databases) {
      requireOpen();
      reach(Moment.Place.DISCOVER, null, null, 0, null);
      synchronized (InMemorySource.this) {
        discoveries++;
        Set<String> looked = new HashSet<>();
        List<Table> found = new ArrayList<>();
        for (Stored stored : tables.values()) {
          String database = stored.table.id().namespace().get(0);
          if (databases.test(database)) {
            looked.add(database);
            found.add(withEstimates(stored));
          }
        }
        if (databases.test(name)) {
          looked.add(name);
        }
        return new Catalog(
            "In-memory 1", defaultNamespace, looked.stream().sorted().toList(), found, List.of());
      }
    }

    private Table withEstimates(Stored stored) {
      Table table = stored.table;
      Table.Builder copy = Table.named(table.id()).kind(table.kind()).comment(table.comment());
      table.columns().forEach(copy::column);
      table.indexes().forEach(copy::index);
      table.parent().ifPresent(copy::parent);
      return copy.children(table.children())
          .readable(table.readable())
          .rowSecurity(table.rowSecurity())
          .estimatedRows(base(stored).rows.size())
          .build();
    }

    @Override
    public List<String> defaultNamespace() {
      return defaultNamespace;
    }

    @Override
    public List<OptionalDouble> estimateNullKeys(List<TableKey> keys) {
      requireOpen();
      reach(Moment.Place.ESTIMATE, null, null, 0, null);
      synchronized (InMemorySource.this) {
        List<OptionalDouble> shares = new ArrayList<>();
        for (TableKey key : keys) {
          Stored stored = tables.get(key.table().id());
          List<MemoryRow> rows = stored == null ? List.of() : base(stored).rows;
          shares.add(
              rows.isEmpty()
                  ? OptionalDouble.empty()
                  : OptionalDouble.of(
                      (double) rows.stream().filter(r -> r.values().get(key.key()) == null).count()
                          / rows.size()));
        }
        return shares;
      }
    }

    @Override
    public BatchReader open(TableScan scan) {
      requireOpen();
      TableId table = scan.table().id();
      reach(Moment.Place.OPEN, table, scan.name(), 0, null);
      synchronized (InMemorySource.this) {
        Stored stored = require(scan.table());
        Comparator<Object> order = order(stored, scan.range());
        if (scan.range() instanceof ScanRange.FromBookmark from) {
          MemoryTrail.ByKey trail =
              keepsVersions(stored.table)
                  ? MemoryTrail.byKey(snapshot(stored), scan.table(), from, order)
                  : null;
          List<MemoryRow> rows = byKey(rows(stored), scan.table(), from, order);
          if (trail != null) {
            rows.removeIf(row -> !trail.wants(row));
          }
          return begin(scan, rows, trail == null ? MemoryTrail.none(from) : trail, order);
        }
        List<MemoryRow> rows = rows(stored);
        if (scan.range() instanceof ScanRange.NullKeyRows nulls) {
          rows.removeIf(row -> row.values().get(nulls.key()) != null);
        } else if (!(scan.range() instanceof ScanRange.WholeTable)) {
          throw new IllegalArgumentException("scan " + scan.name() + " is opened by its load");
        }
        return begin(scan, rows, MemoryTrail.none(), order);
      }
    }

    /** The table, which has all these columns still. */
    private Stored require(Table table) {
      requireOpen();
      Stored stored = tables.get(table.id());
      if (stored == null) {
        throw changed(table.id(), "it is gone");
      }
      for (Column column : table.columns()) {
        Column now = stored.table.column(column.name()).orElse(null);
        if (now == null) {
          throw changed(table.id(), "column " + column.name() + " is gone");
        } else if (!now.nativeType().equals(column.nativeType())
            || !now.type().equals(column.type())) {
          throw changed(table.id(), "column " + column.name() + " has another type");
        }
      }
      return stored;
    }

    private MemoryReader begin(
        TableScan scan, List<MemoryRow> rows, MemoryTrail trail, Comparator<Object> order) {
      if (mine.size() >= settings.maxScans()) {
        throw new IllegalStateException(
            "a scan more than the " + settings.maxScans() + " that were agreed");
      }
      scans.add(scan);
      MemoryReader reader =
          new MemoryReader(InMemorySource.this, scan, settings, rows, trail, order, clock);
      mine.add(reader);
      readers.add(reader);
      mostReaders = Math.max(mostReaders, readers.size());
      return reader;
    }

    @Override
    public TableAbilities abilities(Table table) {
      synchronized (InMemorySource.this) {
        if (!versioned && !ownSnapshots) {
          return TableAbilities.PLAIN;
        }
        if (ownSnapshots) {
          return abilitiesByKey(table);
        }
      }
      String because = table.kind() == Table.Kind.VIEW ? "it is a view" : null;
      return new TableAbilities(because, because, null, because == null);
    }

    private static TableAbilities abilitiesByKey(Table table) {
      String because =
          table.kind() == Table.Kind.VIEW
              ? "it is a view"
              : table.primaryKey().isEmpty() ? "it has no primary key" : null;
      String cutBy =
          "by ranges of "
              + String.join(", ", table.primaryKey())
              + ", each in a snapshot of its own";
      return new TableAbilities(because, because, because == null ? cutBy : null, false);
    }

    private boolean keepsVersions(Table table) {
      return versioned && table.kind() != Table.Kind.VIEW;
    }

    private MemorySnapshot snapshot(Stored stored) {
      long oldest = running.isEmpty() ? lastTransaction + 1 : running.first();
      return new MemorySnapshot(
          history,
          stored.incarnation,
          oldest,
          stored.rows.stream().sorted(Comparator.comparingLong(MemoryRow::id)).toList());
    }

    @Override
    public Optional<SourceLoad> beginLoad(LoadRequest request) {
      requireOpen();
      reach(Moment.Place.LOAD, request.table().id(), null, 0, null);
      synchronized (InMemorySource.this) {
        Stored stored = require(request.table());
        if (ownSnapshots && abilitiesByKey(stored.table).cutBy().isPresent()) {
          return Optional.of(beginKeyLoad(stored, request));
        }
        if (!keepsVersions(stored.table)) {
          return Optional.empty();
        }
        MemorySnapshot snapshot = snapshot(stored);
        ScanRange.FromBookmark tail =
            request
                .incremental()
                .map(
                    method ->
                        MemoryTrail.tail(
                            snapshot, request.table(), method, order(stored, method.key()), clock))
                .orElse(null);
        boolean ahead =
            request
                .incremental()
                .filter(
                    method ->
                        MemoryTrail.hasKeysAhead(
                            snapshot, request.table(), method, order(stored, method.key()), clock))
                .isPresent();
        MemoryLoad load =
            new MemoryLoad(request, snapshot, slices, tail, ahead, new ScansOfALoad(stored));
        myLoads.add(load);
        loads.add(load);
        return Optional.of(load);
      }
    }

    private SourceLoad beginKeyLoad(Stored stored, LoadRequest request) {
      String column = request.incremental().map(Incremental::key).orElse(null);
      Object horizon =
          request
              .incremental()
              .flatMap(method -> request.table().column(method.key()))
              .map(key -> Values.horizon(key.type(), clock))
              .orElse(null);
      KeyPosition now =
          new KeyPosition(history, stored.incarnation, column, null, null, null, null, false);
      KeyLoad load =
          new KeyLoad(request, stored.table, now, slices, horizon, new ScansByKey(stored));
      myLoads.add(load);
      loads.add(load);
      return load;
    }

    /** How a load that is cut by the primary key begins its scans. */
    private final class ScansByKey implements KeyLoad.Scans {
      private final Stored stored;
      private final ScansOfALoad load;

      ScansByKey(Stored stored) {
        this.stored = stored;
        this.load = new ScansOfALoad(stored);
      }

      @Override
      public Comparator<Object> order(String column) {
        return Session.this.order(stored, column);
      }

      @Override
      public MemoryReader slice(TableScan scan, KeyLoad.RowsOfASlice wanted) {
        return load.open(
            scan,
            () -> begin(scan, wanted.of(stored.rows), wanted, Session.this.order(stored, "")));
      }

      @Override
      public List<MemoryRow> rows() {
        synchronized (InMemorySource.this) {
          return List.copyOf(stored.rows);
        }
      }

      @Override
      public void ended(SourceLoad ended) {
        load.ended(ended);
      }
    }

    /** How a load of the session begins its scans. */
    private final class ScansOfALoad implements MemoryLoad.Scans {
      private final Stored stored;
      private final long incarnation;

      ScansOfALoad(Stored stored) {
        this.stored = stored;
        this.incarnation = stored.incarnation;
      }

      @Override
      public MemoryReader slice(TableScan scan, List<MemoryRow> rows, MemoryTrail trail) {
        return open(scan, () -> begin(scan, rows, trail, order(stored, scan.range())));
      }

      @Override
      public MemoryReader tail(
          TableScan scan, MemorySnapshot snapshot, ScanRange.FromBookmark from) {
        return open(
            scan,
            () -> {
              Comparator<Object> order = order(stored, from);
              MemoryTrail.ByKey trail = MemoryTrail.byKey(snapshot, scan.table(), from, order);
              List<MemoryRow> rows =
                  byKey(new ArrayList<>(snapshot.rows()), scan.table(), from, order);
              rows.removeIf(row -> !trail.wants(row));
              return begin(scan, rows, trail, order);
            });
      }

      private MemoryReader open(TableScan scan, Supplier<MemoryReader> begin) {
        TableId table = scan.table().id();
        reach(Moment.Place.OPEN, table, scan.name(), 0, null);
        synchronized (InMemorySource.this) {
          if (require(scan.table()).incarnation != incarnation) {
            throw new SourceException(
                SourceException.Kind.TRANSIENT,
                "Table " + table + " was emptied or rewritten while it was being loaded.",
                "The load begins again.",
                null);
          }
          return begin.get();
        }
      }

      @Override
      public void ended(SourceLoad load) {
        synchronized (InMemorySource.this) {
          myLoads.remove(load);
          loads.remove(load);
        }
      }
    }

    private SourceException changed(TableId table, String how) {
      return new SourceException(
          SourceException.Kind.STRUCTURE_CHANGED,
          "Table " + table + " of " + describe() + " has changed: " + how + ".",
          "Plan the table anew.",
          null);
    }

    private Comparator<Object> order(Stored stored, ScanRange range) {
      return order(stored, range instanceof ScanRange.FromBookmark from ? from.key() : "");
    }

    private Comparator<Object> order(Stored stored, String key) {
      return Values.order(base(stored).orders.getOrDefault(key, Values::natural));
    }

    /** The rows as they are committed now, in another order each time. */
    private List<MemoryRow> rows(Stored stored) {
      List<MemoryRow> rows = new ArrayList<>(base(stored).rows);
      if (stored.scans++ % 2 == 1) {
        Collections.reverse(rows);
      }
      return rows;
    }

    private List<MemoryRow> byKey(
        List<MemoryRow> rows, Table table, ScanRange.FromBookmark from, Comparator<Object> order) {
      Object low = MemoryReader.low(table, from);
      rows.removeIf(
          row -> {
            Object key = row.values().get(from.key());
            return key == null || (low != null && order.compare(key, low) < 0);
          });
      rows.sort(Comparator.comparing(row -> row.key(from.key()), order));
      return rows;
    }

    private void requireOpen() {
      if (closed) {
        throw new IllegalStateException("the session is closed");
      }
    }

    @Override
    public void close() {
      List<MemoryReader> open;
      List<SourceLoad> openLoads;
      synchronized (InMemorySource.this) {
        closed = true;
        sessions.remove(this);
        open = List.copyOf(mine);
        openLoads = List.copyOf(myLoads);
      }
      openLoads.forEach(SourceLoad::close);
      open.forEach(
          reader -> {
            reader.cancel();
            reader.close();
          });
      if (tunnel != null) {
        tunnel.close();
      }
    }
  }
}
