package dev.bobbin.testkit;

import static dev.bobbin.testkit.SourceRows.T0;
import static dev.bobbin.testkit.SourceRows.assertRows;
import static dev.bobbin.testkit.SourceRows.at;
import static dev.bobbin.testkit.SourceRows.instant;
import static dev.bobbin.testkit.SourceRows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.StateException;
import dev.bobbin.plan.Plan;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testkit.SourceFixture.Behaviour;
import dev.bobbin.testkit.SourceFixture.Changes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every dialect must do, as tests. The author of one extends this class, gives a {@link
 * SourceFixture}, and inherits them; each names the contract of the design that it is for.
 *
 * <p>Everything is driven through {@link Replicator}, over batches of three rows, against a real
 * source.
 */
public abstract class SourceDialectContract {

  private static final List<String> KEYS = List.of(SourceFixture.UPDATED, SourceFixture.VERSION);
  private static final int BATCH_ROWS = 3;
  private static final long PATIENCE = TimeUnit.MINUTES.toMillis(2);

  /** What the tests say through the fixture that the tables hold. */
  private final Map<TableId, Map<Long, SourceRow>> model = new HashMap<>();

  private final Map<TableId, Integer> looked = new HashMap<>();
  private MemoryStateStore store = new MemoryStateStore();
  private CollectingSink sink = new CollectingSink();
  private @Nullable SourceFixture fixture;

  /** For subclasses. */
  protected SourceDialectContract() {}

  /**
   * A fixture for one test, which closes it.
   *
   * @throws Exception if the source cannot be had; the test fails
   */
  protected abstract SourceFixture fixture() throws Exception;

  /** Takes a fixture. */
  @BeforeEach
  public void takeFixture() throws Exception {
    fixture = fixture();
    store = new MemoryStateStore();
    sink = new CollectingSink();
  }

  /** Gives the fixture back; contract 10: no test leaves a connection open. */
  @AfterEach
  public void leaveNothingOpen() {
    SourceFixture source = fixture;
    if (source != null) {
      try (source) {
        source.awaitNothingOpen();
        assertEquals(List.of(), sink.violations(), "calls of the sink that were out of order");
      }
    }
  }

  private SourceFixture source() {
    return Objects.requireNonNull(fixture);
  }

  // Discovery

  /** Structure sync finds columns, types, the primary key and the index of a replication key. */
  @Test
  public void findsColumnsAndKeysOfATable() {
    TableId id = table("orders");
    try (Replicator replicator = replicator().build()) {
      Catalog catalog = replicator.discover();
      Table table = catalog.table(id).orElseThrow();
      assertEquals(source().columns(), table.columns().stream().map(Column::name).toList());
      assertEquals(List.of(source().idColumn()), table.primaryKey());
      assertFalse(table.column(source().idColumn()).orElseThrow().nullable());
      assertTrue(table.column(SourceFixture.UPDATED).orElseThrow().nullable());
      assertTrue(table.column(SourceFixture.UPDATED).orElseThrow().type().isTemporal());
      assertTrue(table.isIndexed(SourceFixture.UPDATED), "an index on the time of change");
      assertTrue(table.isIndexed(SourceFixture.VERSION), "an index on the version");
      assertEquals(
          new TableId(catalog.defaultNamespace(), id.name()),
          catalog.complete(TableId.of(id.name())),
          "a short name is completed");
    }
  }

  /** A plan reads no rows and takes no lease. */
  @Test
  public void plansWithoutDelivering() {
    TableId table = filled("orders", 5);
    try (Replicator replicator = replicator().build()) {
      Plan plan = replicator.plan(Selection.of(full(table)));
      assertTrue(plan.describe().contains(table.name()), plan.describe());
      assertTrue(plan.table(table).orElseThrow().isLoad());
    }
    assertEquals(List.of(), sink.deliveries(table));
  }

  // Full tables

  /** Contract 2: a first full copy is the source's rows, each once, in one load, said complete. */
  @Test
  public void firstFullCopyEqualsTheSource() {
    TableId table = filled("orders", 10);
    run(full(table)).throwIfFailed();
    assertDelivered(table, rowsOf(table));
    assertEquals(1, sink.opens(table).size());
    assertEquals(1, sink.completes(table).size());
    assertFalse(sink.opens(table).get(0).isWhole());
    assertEquals(List.of(source().idColumn()), sink.opens(table).get(0).identity());
  }

  /**
   * Contract 2: each full run is a load of its own, and its rows are what the source holds then.
   */
  @Test
  public void everyFullRunIsAnotherLoad() {
    TableId table = filled("orders", 7);
    run(full(table)).throwIfFailed();
    change(
        changes -> {
          delete(changes, table, 2);
          update(changes, table, row(3).withPayload("changed"));
          insert(changes, table, row(20));
        });
    run(full(table)).throwIfFailed();
    List<Long> loads = sink.loadIds(table);
    assertEquals(2, loads.size());
    assertEquals(2, sink.completes(table).size());
    assertRows(rowsOf(table), sourceRows(sink.rows(table, loads.get(1))));
  }

  /** Contract 4: an empty table is announced and complete, though no batch comes. */
  @Test
  public void emptyTableIsAnnouncedAndComplete() {
    TableId table = table("orders");
    run(full(table)).throwIfFailed();
    assertEquals(1, sink.opens(table).size());
    assertEquals(1, sink.completes(table).size());
    assertEquals(List.of(), sink.deliveries(table));
  }

  /** A view is copied, with an identity that the host names. */
  @Test
  public void copiesAViewWithANamedIdentity() {
    require(Behaviour.VIEWS);
    TableId table = filled("orders", 7);
    TableId view = source().createView("orders_seen", table);
    run(full(view).identifiedBy(source().idColumn())).throwIfFailed();
    assertDelivered(view, rowsOf(table));
    assertEquals(List.of(source().idColumn()), sink.opens(view).get(0).identity());
    change(changes -> insert(changes, table, row(100)));
    CollectingSink other = new CollectingSink();
    try (Replicator replicator =
        replicator().named("Other").rememberIn(new MemoryStateStore()).build()) {
      replicator
          .replicate(
              Selection.of(
                  full(view)
                      .incrementalBy(SourceFixture.VERSION)
                      .identifiedBy(source().idColumn())),
              other)
          .throwIfFailed();
    }
    assertRows(rowsOf(table), sourceRows(other.rows(view)));
  }

  // Incremental tables

  /** Contract 7: later runs bring what is new or changed, and nothing else. */
  @Test
  public void laterRunsBringOnlyWhatIsNewOrChanged() {
    for (String key : KEYS) {
      TableId table = filled("by_" + key, 10);
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, rowsOf(table));
      change(
          changes -> {
            insert(changes, table, row(11));
            update(changes, table, at(row(4), 12).withPayload("changed"));
          });
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, List.of(row(11), at(row(4), 12).withPayload("changed")));
      assertRows(rowsOf(table), sourceRows(sink.upserted(table)));
      assertEquals(1, sink.completes(table).size(), "a load is complete once");
      assertTrue(sink.opens(table).get(1).isWhole());
      assertEquals(1, sink.loadIds(table).size());
    }
  }

  /**
   * Contract 2: the rows of a scan by key come in the order of the key; those of a load need not.
   */
  @Test
  public void rowsComeInTheOrderOfTheKey() {
    TableId table = table("orders");
    run(incremental(table, SourceFixture.VERSION)).throwIfFailed();
    change(
        changes -> {
          for (int id = 1; id <= 10; id++) {
            insert(changes, table, at(row(id), (id * 7) % 11));
          }
        });
    run(incremental(table, SourceFixture.VERSION)).throwIfFailed();
    List<SourceRow> delivered = sourceRows(sink.rows(table));
    assertEquals(
        delivered.stream().map(SourceRow::version).sorted().toList(),
        delivered.stream().map(SourceRow::version).toList());
  }

  /** Contract 7: ten equal keys over four batches are delivered once each, and not again. */
  @Test
  public void tiesAcrossBatchBoundariesAreNeitherLostNorRepeated() {
    for (String key : KEYS) {
      TableId table = table("ties_" + key);
      change(
          changes -> {
            insert(changes, table, row(1));
            for (int id = 2; id <= 11; id++) {
              insert(changes, table, at(row(id), 5));
            }
          });
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, rowsOf(table));
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, List.of());
      change(changes -> insert(changes, table, at(row(12), 5)));
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, List.of(at(row(12), 5)));
    }
  }

  /** Contract 7: that holds for many rows, whatever their digests are. */
  @Test
  public void manyTiesAreRecognised() {
    TableId table = table("many");
    change(
        changes -> {
          for (int id = 1; id <= 300; id++) {
            insert(changes, table, at(row(id), 5));
          }
        });
    run(incremental(table, SourceFixture.VERSION)).throwIfFailed();
    assertDelivered(table, rowsOf(table));
    run(incremental(table, SourceFixture.VERSION)).throwIfFailed();
    assertDelivered(table, List.of());
  }

  /** Contract 7: of the rows at the bookmark only those that changed since come again. */
  @Test
  public void ofTheRowsAtTheBookmarkOnlyChangedOnesComeAgain() {
    for (String key : KEYS) {
      TableId table = table("at_" + key);
      change(
          changes -> {
            for (int id = 1; id <= 7; id++) {
              insert(changes, table, at(row(id), 5));
            }
          });
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, rowsOf(table));
      SourceRow changed = at(row(3), 5).withPayload("changed, with the same key");
      change(changes -> update(changes, table, changed));
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, List.of(changed));
      change(changes -> insert(changes, table, row(8)));
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, List.of(row(8)));
    }
  }

  /** Contract 4: a run that finds nothing new leaves the bookmark where it was. */
  @Test
  public void emptyRunKeepsTheBookmark() {
    for (String key : KEYS) {
      TableId table = filled("still_" + key, 8);
      TableSelection selection = incremental(table, key).noOverlap();
      run(selection).throwIfFailed();
      assertDelivered(table, rowsOf(table));
      change(changes -> rowsOf(table).forEach(row -> delete(changes, table, row.id())));
      run(selection).throwIfFailed();
      assertDelivered(table, List.of());
      change(
          changes -> {
            insert(changes, table, at(row(20), 4));
            insert(changes, table, at(row(21), 9));
          });
      run(selection).throwIfFailed();
      assertDelivered(table, List.of(at(row(21), 9)));
    }
  }

  /**
   * Contract 4: a table without rows has no bookmark, and its first rows come when there are some.
   */
  @Test
  public void emptyTableIsIncrementalFromItsFirstRow() {
    for (String key : KEYS) {
      TableId table = table("empty_" + key);
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, List.of());
      assertEquals(1, sink.completes(table).size());
      change(changes -> insert(changes, table, row(1)));
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, List.of(row(1)));
    }
  }

  /** Contract 7: rows whose key is NULL come with every run, unless said. */
  @Test
  public void rowsWithANullKeyComeWithEveryRun() {
    for (String key : KEYS) {
      TableId table = withNullKeys("nulls_" + key);
      run(incremental(table, key)).throwIfFailed();
      assertDelivered(table, rowsOf(table));
      change(changes -> insert(changes, table, row(30)));
      run(incremental(table, key)).throwIfFailed();
      List<SourceRow> expected = new ArrayList<>(List.of(row(30)));
      rowsOf(table).stream().filter(row -> row.version() == null).forEach(expected::add);
      assertDelivered(table, expected);
    }
  }

  /** Contract 7: or with the first run only. */
  @Test
  public void rowsWithANullKeyComeWithTheFirstRunOnlyWhereThatIsSaid() {
    for (String key : KEYS) {
      TableId table = withNullKeys("nulls_" + key);
      TableSelection selection = incremental(table, key).nullKeys(NullKeys.FIRST_RUN);
      run(selection).throwIfFailed();
      assertDelivered(table, rowsOf(table));
      change(changes -> insert(changes, table, row(30)));
      run(selection).throwIfFailed();
      assertDelivered(table, List.of(row(30)));
    }
  }

  /** Contract 7: or fail the table. */
  @Test
  public void aNullKeyFailsTheTableWhereThatIsSaid() {
    TableId table = withNullKeys("nulls");
    TableId other = filled("without", 4);
    RunReport report =
        run(
            incremental(table, SourceFixture.VERSION).nullKeys(NullKeys.FAIL),
            incremental(other, SourceFixture.VERSION).nullKeys(NullKeys.FAIL));
    assertInstanceOf(ConfigurationException.class, failureOf(report, table));
    assertDelivered(table, List.of());
    assertDelivered(other, rowsOf(other));
  }

  /** Contract 7: a table in which all keys are NULL has no bookmark, and loses nothing. */
  @Test
  public void onlyNullKeysMakeNoBookmark() {
    TableId table = table("nulls");
    change(
        changes -> {
          for (int id = 1; id <= 4; id++) {
            insert(changes, table, row(id).withUpdated(null).withVersion(null));
          }
        });
    run(incremental(table, SourceFixture.UPDATED)).throwIfFailed();
    assertDelivered(table, rowsOf(table));
    change(changes -> insert(changes, table, row(5)));
    TableSelection selection =
        incremental(table, SourceFixture.UPDATED).nullKeys(NullKeys.FIRST_RUN);
    run(selection).throwIfFailed();
    assertDelivered(table, List.of(row(5)));
  }

  /** Contract 7: a transaction that commits late, with an older key, is caught by the overlap. */
  @Test
  public void lateCommitWithinTheOverlapIsCaught() {
    require(Behaviour.LATE_COMMITS);
    for (String key : KEYS) {
      TableId table = table("late_" + key);
      TableSelection selection =
          key.equals(SourceFixture.UPDATED)
              ? incremental(table, key).overlap(Duration.ofSeconds(100))
              : incremental(table, key).overlap(100L);
      try (Changes late = source().begin()) {
        insert(late, table, row(6));
        change(
            changes -> {
              for (int id = 1; id <= 9; id++) {
                if (id != 6) {
                  insert(changes, table, row(id));
                }
              }
            });
        model(table).remove(6L);
        run(selection).throwIfFailed();
        assertDelivered(table, rowsOf(table));
        late.commit();
      }
      run(selection).throwIfFailed();
      assertDelivered(table, List.of(row(6)));
      run(selection).throwIfFailed();
      assertDelivered(table, List.of());
    }
  }

  /** Contract 7: a row from the year 9999 is delivered, and freezes nothing. */
  @Test
  public void aKeyInTheYear9999FreezesNothing() {
    TableId table = filled("future", 4);
    SourceRow future = row(99).withUpdated(Instant.parse("9999-12-30T00:00:00Z"));
    change(changes -> insert(changes, table, future));
    run(incremental(table, SourceFixture.UPDATED)).throwIfFailed();
    assertDelivered(table, rowsOf(table));
    int next = 5;
    for (int count = 0; count <= 7; count++) {
      List<SourceRow> added = new ArrayList<>();
      while (added.size() < count) {
        added.add(row(next++));
      }
      change(changes -> added.forEach(row -> insert(changes, table, row)));
      run(incremental(table, SourceFixture.UPDATED)).throwIfFailed();
      assertDelivered(table, added);
    }
    SourceRow changed = future.withPayload("changed");
    change(changes -> update(changes, table, changed));
    run(incremental(table, SourceFixture.UPDATED)).throwIfFailed();
    assertDelivered(table, List.of(changed));
  }

  /** A reset begins a new load, under a greater load id, from the table's beginning. */
  @Test
  public void resetBeginsANewLoad() {
    TableId table = filled("orders", 7);
    TableSelection selection = incremental(table, SourceFixture.VERSION);
    run(selection).throwIfFailed();
    assertDelivered(table, rowsOf(table));
    change(changes -> delete(changes, table, 3));
    try (Replicator replicator = replicator().build()) {
      replicator.reset(table);
    }
    run(selection).throwIfFailed();
    assertDelivered(table, rowsOf(table));
    assertEquals(2, sink.loadIds(table).size());
    assertEquals(2, sink.completes(table).size());
    assertRows(rowsOf(table), sourceRows(sink.upserted(table)));
  }

  // Changes of structure

  /** Contract 14, fault 29: a column that is added joins, one that is dropped leaves, by name. */
  @Test
  public void addedAndDroppedColumnsAreBoundByName() {
    require(Behaviour.ADDED_COLUMNS);
    require(Behaviour.DROPPED_COLUMNS);
    TableId table = filled("orders", 5);
    run(full(table)).throwIfFailed();
    assertDelivered(table, rowsOf(table));
    source().dropColumn(table, SourceFixture.VERSION);
    source().addColumn(table, "extra");
    change(changes -> changes.set(table, 2, "extra", "now"));
    run(full(table)).throwIfFailed();
    TableLoad load = last(sink.opens(table));
    TableDifference difference = load.difference().orElseThrow();
    assertEquals(List.of("extra"), difference.added().stream().map(Column::name).toList());
    assertEquals(
        List.of(SourceFixture.VERSION), difference.dropped().stream().map(Column::name).toList());
    List<Map<String, @Nullable Object>> rows = sink.rows(table, load.loadId());
    assertEquals(5, rows.size());
    for (Map<String, @Nullable Object> row : rows) {
      long id = ((Number) Objects.requireNonNull(row.get(source().idColumn()))).longValue();
      assertEquals(row(id).payload(), row.get(SourceFixture.PAYLOAD));
      assertEquals(row(id).updated(), instant(row.get(SourceFixture.UPDATED)));
      assertEquals(id == 2 ? "now" : null, row.get("extra"));
      assertFalse(row.containsKey(SourceFixture.VERSION));
    }
  }

  /** Contract 7: an incremental table goes on when a column is added. */
  @Test
  public void incrementalTableGoesOnWithAnAddedColumn() {
    require(Behaviour.ADDED_COLUMNS);
    TableId table = filled("orders", 5);
    run(incremental(table, SourceFixture.VERSION)).throwIfFailed();
    assertDelivered(table, rowsOf(table));
    source().addColumn(table, "extra");
    change(
        changes -> {
          insert(changes, table, row(6));
          changes.set(table, 6, "extra", "new");
        });
    run(incremental(table, SourceFixture.VERSION)).throwIfFailed();
    assertEquals(1, sink.loadIds(table).size(), "still the same load");
    Map<Object, @Nullable Object> extras = new HashMap<>();
    sink.upserted(table)
        .forEach(
            row ->
                extras.put(Objects.requireNonNull(row.get(source().idColumn())), row.get("extra")));
    assertEquals("new", extras.get(6L));
    assertRows(rowsOf(table), sourceRows(sink.upserted(table)));
  }

  /** Fault 29: a column whose type changed is noticed and delivered as what it is now. */
  @Test
  public void aRetypedColumnIsNoticed() {
    require(Behaviour.RETYPED_COLUMNS);
    TableId table = filled("orders", 4);
    run(full(table)).throwIfFailed();
    source().retypeColumn(table, SourceFixture.VERSION);
    run(full(table)).throwIfFailed();
    TableLoad load = last(sink.opens(table));
    assertEquals(
        List.of(SourceFixture.VERSION),
        load.difference().orElseThrow().retyped().stream().map(r -> r.now().name()).toList());
    for (Map<String, @Nullable Object> row : sink.rows(table, load.loadId())) {
      long id = ((Number) Objects.requireNonNull(row.get(source().idColumn()))).longValue();
      assertEquals(Objects.requireNonNull(row(id).version()).toString(), row.get("version"));
    }
  }

  /** Contract 7, fault 24: a key that changed its type is refused, and the error names reset. */
  @Test
  public void aRetypedKeyIsRefusedNamingReset() {
    require(Behaviour.RETYPED_COLUMNS);
    TableId table = filled("orders", 4);
    TableSelection selection = incremental(table, SourceFixture.VERSION);
    run(selection).throwIfFailed();
    assertDelivered(table, rowsOf(table));
    source().retypeColumn(table, SourceFixture.VERSION);
    BobbinException refusal = failureOf(run(selection), table);
    assertInstanceOf(StateException.class, refusal);
    assertTrue(refusal.remedy().contains("reset("), refusal.getMessage());
    assertDelivered(table, List.of());
    try (Replicator replicator = replicator().build()) {
      replicator.reset(table);
    }
    run(selection).throwIfFailed();
    assertEquals(2, sink.loadIds(table).size());
    assertEquals(4, sink.upserted(table).size());
  }

  /**
   * Contract 14: a plan whose table has changed since is made anew for it, and the report says so.
   */
  @Test
  public void aPlanWhoseTableHasChangedIsMadeAnew() {
    require(Behaviour.ADDED_COLUMNS);
    TableId table = filled("orders", 4);
    try (Replicator replicator = replicator().build()) {
      Plan plan = replicator.plan(Selection.of(full(table)));
      source().addColumn(table, "extra");
      RunReport report = replicator.run(plan, sink);
      report.throwIfFailed();
      assertFalse(report.table(table).orElseThrow().notes().isEmpty(), "the report says so");
    }
    assertTrue(last(sink.opens(table)).table().column("extra").isPresent());
    assertRows(rowsOf(table), sourceRows(sink.rows(table)));
  }

  // Names

  /** Contract 12, fault 33: a name is data, whatever stands in it. */
  @Test
  public void oddNamesAreData() {
    require(Behaviour.ODD_NAMES);
    Map<TableId, SourceRow> rows = new LinkedHashMap<>();
    List<TableSelection> selections = new ArrayList<>();
    int number = 0;
    List<String> names =
        List.of(
            "x",
            "a\"; drop table x",
            "];DROP TABLE x--",
            "quo\"ted",
            "dot.ted",
            "tick'ed",
            "back`tick",
            "back\\slash",
            "per%cent_",
            " blanks around ",
            "select",
            "Mixed Case",
            "star*",
            "\u00e9t\u00e9 \ud83d\ude00");
    for (String name : source().oddNames(names)) {
      TableId table = table(name);
      SourceRow row = row(++number).withPayload(name);
      change(changes -> insert(changes, table, row));
      rows.put(table, row);
      TableSelection selection = TableSelection.table(quoted(table));
      selections.add(number % 2 == 0 ? selection : selection.incrementalBy(SourceFixture.VERSION));
    }
    run(selections.toArray(new TableSelection[0])).throwIfFailed();
    rows.forEach((table, row) -> assertDelivered(table, List.of(row)));
  }

  /** Fault 33: so is a column's. */
  @Test
  public void oddColumnNamesAreData() {
    require(Behaviour.ODD_NAMES);
    require(Behaviour.ADDED_COLUMNS);
    TableId table = filled("orders", 2);
    List<String> names =
        source()
            .oddNames(
                List.of(
                    "a\"; drop table x",
                    "dot.ted",
                    " blank ",
                    "se'le\\ct",
                    "wei?rd ${x} :y",
                    "\ud83d\ude00"));
    names.forEach(name -> source().addColumn(table, name));
    change(changes -> names.forEach(name -> changes.set(table, 1, name, "value of " + name)));
    run(full(table)).throwIfFailed();
    for (Map<String, @Nullable Object> row : sink.rows(table)) {
      boolean first = Objects.equals(row.get(source().idColumn()), 1L);
      names.forEach(name -> assertEquals(first ? "value of " + name : null, row.get(name)));
    }
  }

  /** Fault 33: names that differ in case only are different names. */
  @Test
  public void caseTwinsAreDifferentTables() {
    require(Behaviour.CASE_TWINS);
    TableId upper = filled("Twin", 3);
    TableId lower = filled("twin", 5);
    run(TableSelection.table(quoted(upper)), TableSelection.table(quoted(lower))).throwIfFailed();
    assertDelivered(upper, rowsOf(upper));
    assertDelivered(lower, rowsOf(lower));
  }

  // Failures

  /** Contract 5: a table that fails does not stop the others. */
  @Test
  public void oneTablesFailureDoesNotStopTheOthers() {
    TableId first = filled("first", 4);
    TableId gone = filled("gone", 4);
    TableId last = filled("last", 4);
    try (Replicator replicator = replicator().build()) {
      Plan plan = replicator.plan(Selection.of(full(first), full(gone), full(last)));
      source().dropTable(gone);
      RunReport report = replicator.run(plan, sink);
      assertNotNull(failureOf(report, gone));
      assertEquals(RunReport.Status.COMPLETED, report.table(first).orElseThrow().status());
      assertEquals(RunReport.Status.COMPLETED, report.table(last).orElseThrow().status());
    }
    assertDelivered(first, rowsOf(first));
    assertDelivered(last, rowsOf(last));
  }

  /** Contract 5: a connection that is broken in the middle of a scan costs nothing but repeats. */
  @Test
  public void aConnectionThatIsKilledIsMadeAgain() {
    require(Behaviour.KILLED_CONNECTIONS);
    for (TableSelection selection : largeTables()) {
      TableId table = TableId.parse(selection.pattern().toString());
      FailingSink killing =
          new FailingSink(sink).before(Call.WRITE, 2, () -> source().killConnections());
      try (Replicator replicator = replicator().batchRows(50).build()) {
        replicator.replicate(Selection.of(selection), killing).throwIfFailed();
      }
      assertRows(rowsOf(table), sourceRows(sink.upserted(table)));
      assertEquals(1, sink.completes(table).size());
    }
  }

  /** Contract 4: a scan that was broken is never taken for one that ended. */
  @Test
  public void aBrokenScanIsNotAnEnd() {
    require(Behaviour.KILLED_CONNECTIONS);
    for (TableSelection selection : largeTables()) {
      TableId table = TableId.parse(selection.pattern().toString());
      FailingSink killing =
          new FailingSink(sink).before(Call.WRITE, 2, () -> source().killConnections());
      RunReport report;
      try (Replicator replicator = replicator().batchRows(50).retry(RetryPolicy.NONE).build()) {
        report = replicator.replicate(Selection.of(selection), killing);
      }
      if (report.isCompleted()) {
        assertRows(rowsOf(table), sourceRows(sink.upserted(table)));
      } else {
        assertEquals(List.of(), sink.completes(table));
        run(selection).throwIfFailed();
        assertRows(rowsOf(table), sourceRows(sink.upserted(table)));
      }
    }
  }

  /** Contract 1: a sink that fails leaves the bookmark where it was, and nothing is lost. */
  @Test
  public void aSinkThatFailsLeavesTheBookmark() {
    TableId table = filled("orders", 10);
    TableSelection selection = incremental(table, SourceFixture.VERSION);
    FailingSink failing = new FailingSink(sink).before(Call.WRITE, 3, FailingSink.diskFull());
    assertNotNull(failureOf(run(failing, selection), table));
    assertEquals(List.of(), sink.completes(table));
    run(selection).throwIfFailed();
    assertDelivered(table, rowsOf(table));
    assertEquals(1, sink.completes(table).size());
  }

  /** Contract 5: a failure that the sink says will pass is retried from the last checkpoint. */
  @Test
  public void aSinkThatFailsForAWhileIsTriedAgain() {
    TableId table = filled("orders", 10);
    FailingSink failing =
        new FailingSink(sink)
            .before(Call.WRITE, 2, FailingSink.deadlock())
            .before(Call.WRITE, 4, FailingSink.deadlock());
    RunReport report = run(failing, incremental(table, SourceFixture.VERSION));
    report.throwIfFailed();
    assertEquals(2, report.table(table).orElseThrow().retries());
    assertDelivered(table, rowsOf(table));
  }

  // Consistency, values, resources

  /**
   * Contract 7: a scan sees one moment, and so does a load whose scans share a snapshot: what is
   * moved between rows meanwhile is neither lost nor doubled.
   */
  @Test
  public void aScanSeesOneMoment() {
    require(Behaviour.CONSISTENT_SCANS);
    TableId table = table("accounts");
    TableSelection oneScan = full(table);
    if (!source().supports(Behaviour.SHARED_SNAPSHOTS)) {
      oneScan = incremental(table, SourceFixture.UPDATED);
      run(oneScan).throwIfFailed(); // what comes then comes with one scan by key
    }
    change(
        changes -> {
          for (int id = 1; id <= 60; id++) {
            insert(changes, table, row(id).withVersion(100L));
          }
        });
    AtomicInteger moved = new AtomicInteger();
    FailingSink moving =
        new FailingSink(sink)
            .from(
                Call.WRITE,
                1,
                () -> {
                  long from = 1L + moved.getAndIncrement() % 30;
                  change(
                      changes -> {
                        update(changes, table, row(from).withVersion(90L));
                        update(changes, table, row(61 - from).withVersion(110L));
                      });
                });
    run(moving, oneScan).throwIfFailed();
    long sum =
        sourceRows(sink.rows(table)).stream()
            .mapToLong(row -> Objects.requireNonNull(row.version()))
            .sum();
    assertEquals(60, sink.rows(table).size());
    assertEquals(6000, sum);
  }

  /** Contract 8: values arrive as they are. */
  @Test
  public void valuesArriveExactly() {
    TableId table = table("values");
    List<SourceRow> rows =
        List.of(
            new SourceRow(0, null, null, null),
            new SourceRow(1, Instant.parse("1970-01-01T00:00:00Z"), 0L, ""),
            new SourceRow(-1, Instant.parse("1969-12-31T23:59:59.999Z"), -1L, " "),
            new SourceRow(
                Long.MAX_VALUE, Instant.parse("2024-03-31T01:30:00.001Z"), Long.MIN_VALUE, "NULL"),
            new SourceRow(
                Long.MIN_VALUE,
                Instant.parse("2038-01-19T03:14:08.250Z"),
                Long.MAX_VALUE,
                "\\N\t\r\n\\. \"'`,;\u0001"),
            new SourceRow(
                2,
                Instant.parse("2024-10-27T00:59:59Z"),
                1L << 53,
                "\u00e9\u6f22\ud83d\ude00\uffff"),
            new SourceRow(3, T0, (1L << 53) + 1, "long ".repeat(100_000)));
    change(changes -> rows.forEach(row -> insert(changes, table, row)));
    run(full(table)).throwIfFailed();
    assertDelivered(table, rows);
    for (String key : KEYS) {
      try (Replicator replicator =
          replicator().named("Values by " + key).rememberIn(new MemoryStateStore()).build()) {
        CollectingSink other = new CollectingSink();
        replicator.replicate(Selection.of(incremental(table, key)), other).throwIfFailed();
        assertRows(rows, sourceRows(other.rows(table)));
        replicator
            .replicate(Selection.of(incremental(table, key).nullKeys(NullKeys.FIRST_RUN)), other)
            .throwIfFailed();
        assertRows(rows, sourceRows(other.rows(table)));
      }
    }
  }

  /** Contract 10: a scan that the sink's failure ends early leaves no connection behind. */
  @Test
  public void nothingStaysOpenWhenTheSinkFails() {
    for (TableSelection selection : largeTables()) {
      FailingSink failing = new FailingSink(sink).before(Call.WRITE, 2, FailingSink.diskFull());
      try (Replicator replicator = replicator().batchRows(50).build()) {
        RunReport report = replicator.replicate(Selection.of(selection), failing);
        assertFalse(report.isCompleted());
        source().awaitNothingOpen();
      }
    }
  }

  /** Contract 10, fault 2: a replicator that is closed in the middle of a scan leaves nothing. */
  @Test
  public void nothingStaysOpenWhenTheReplicatorIsClosed() throws InterruptedException {
    for (TableSelection selection : largeTables()) {
      TableId table = TableId.parse(selection.pattern().toString());
      Gate gate = new Gate();
      FailingSink waiting = new FailingSink(sink).before(Call.WRITE, 2, gate::pass);
      Replicator replicator = replicator().batchRows(50).build();
      Thread running =
          new Thread(
              () -> {
                RunReport report = replicator.replicate(Selection.of(selection), waiting);
                assertNotNull(report);
              });
      running.start();
      gate.awaitReached();
      Thread closing = new Thread(replicator::close);
      closing.start();
      gate.open();
      running.join(PATIENCE);
      closing.join(PATIENCE);
      assertFalse(running.isAlive(), "the run ends");
      assertFalse(closing.isAlive(), "close() returns");
      source().awaitNothingOpen();
      run(selection).throwIfFailed();
      assertRows(rowsOf(table), sourceRows(sink.upserted(table)));
    }
  }

  // What the tests are written with

  private void require(Behaviour behaviour) {
    assumeTrue(
        source().supports(behaviour), "the dialect declares that its source lacks " + behaviour);
  }

  private Replicator.Builder replicator() {
    return Replicator.from(source().dialect())
        .named("Contract")
        .rememberIn(store)
        .batchRows(BATCH_ROWS)
        .retry(new RetryPolicy(5, Duration.ofMillis(1), Duration.ofMillis(20)));
  }

  private RunReport run(TableSelection... tables) {
    return run(sink, tables);
  }

  private RunReport run(RecordSink to, TableSelection... tables) {
    try (Replicator replicator = replicator().build()) {
      return replicator.replicate(Selection.of(tables), to);
    }
  }

  private static BobbinException failureOf(RunReport report, TableId table) {
    RunReport.TableReport of = report.table(table).orElseThrow();
    assertEquals(RunReport.Status.FAILED, of.status());
    return of.failure().orElseThrow();
  }

  private static TableSelection full(TableId table) {
    return TableSelection.table(table.toString());
  }

  private static TableSelection incremental(TableId table, String key) {
    return full(table).incrementalBy(key);
  }

  /** A table's name with every part in quotes, so that none is a pattern. */
  private static String quoted(TableId table) {
    StringBuilder text = new StringBuilder();
    for (String part : table.parts()) {
      text.append(text.length() == 0 ? "" : ".");
      text.append('"').append(part.replace("\"", "\"\"")).append('"');
    }
    return text.toString();
  }

  private TableId table(String name) {
    TableId table = source().createTable(name);
    model.put(table, new TreeMap<>());
    return table;
  }

  private TableId filled(String name, int rows) {
    TableId table = table(name);
    change(
        changes -> {
          for (int n = 1; n <= rows; n++) {
            insert(changes, table, row(n));
          }
        });
    return table;
  }

  private TableId withNullKeys(String name) {
    TableId table = filled(name, 5);
    change(
        changes -> {
          for (int id = 10; id <= 13; id++) {
            insert(changes, table, row(id).withUpdated(null).withVersion(null));
          }
        });
    return table;
  }

  /** Two tables too large for the buffers on the way, one full and one incremental. */
  private List<TableSelection> largeTables() {
    List<TableSelection> selections = new ArrayList<>();
    for (String name : List.of("large_full", "large_incremental")) {
      TableId table = table(name);
      change(
          changes -> {
            for (int n = 1; n <= 1000; n++) {
              insert(changes, table, row(n).withPayload("large ".repeat(700) + n));
            }
          });
      selections.add(full(table));
    }
    return List.of(selections.get(0), selections.get(1).incrementalBy(SourceFixture.VERSION));
  }

  private void change(Consumer<Changes> work) {
    try (Changes changes = source().begin()) {
      work.accept(changes);
      changes.commit();
    }
  }

  private Map<Long, SourceRow> model(TableId table) {
    return Objects.requireNonNull(model.get(table));
  }

  private void insert(Changes changes, TableId table, SourceRow row) {
    changes.insert(table, row);
    model(table).put(row.id(), row);
  }

  private void update(Changes changes, TableId table, SourceRow row) {
    changes.update(table, row);
    model(table).put(row.id(), row);
  }

  private void delete(Changes changes, TableId table, long id) {
    changes.delete(table, id);
    model(table).remove(id);
  }

  private List<SourceRow> rowsOf(TableId table) {
    return List.copyOf(model(table).values());
  }

  private List<SourceRow> sourceRows(Collection<Map<String, @Nullable Object>> rows) {
    return rows.stream().map(row -> SourceRows.of(row, source())).toList();
  }

  /** Checks what was delivered of a table since this was last asked, whatever the order. */
  private void assertDelivered(TableId table, Collection<SourceRow> expected) {
    List<Map<String, @Nullable Object>> all = sink.rows(table);
    List<Map<String, @Nullable Object>> fresh =
        all.subList(looked.getOrDefault(table, 0), all.size());
    looked.put(table, all.size());
    assertRows(expected, sourceRows(fresh));
  }

  private static <T> T last(List<T> list) {
    return list.get(list.size() - 1);
  }
}
