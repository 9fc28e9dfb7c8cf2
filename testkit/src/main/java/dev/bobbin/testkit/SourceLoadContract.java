package dev.bobbin.testkit;

import static dev.bobbin.testkit.SourceRows.assertRows;
import static dev.bobbin.testkit.SourceRows.at;
import static dev.bobbin.testkit.SourceRows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.spi.TableAbilities;
import dev.bobbin.state.Bookmark;
import dev.bobbin.testkit.SourceFixture.Behaviour;
import dev.bobbin.testkit.SourceFixture.Changes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a dialect must do whose source can do more than read a table in one piece, as tests: loads
 * that are cut into scans, loads that go on where they were interrupted, and scans by key that tell
 * rows that were committed late from rows that the last scan has seen.
 *
 * <p>A table is tested for what {@link SourceSession#abilities} says of it; the tests of what it
 * says that it cannot are skipped, with the reason that it gives. The author of a dialect extends
 * this class beside {@link SourceDialectContract}, with the same fixture.
 *
 * <p>Everything is driven through the {@link SourceSession}, over batches of three rows, against a
 * real source.
 */
public abstract class SourceLoadContract {

  private static final List<String> KEYS = List.of(SourceFixture.UPDATED, SourceFixture.VERSION);
  private static final int READERS = 3;
  private static final int FEW = 40;
  private static final int MOST_CUTS = 40;
  private static final int MOST_CHANGES = 60;
  private static final long PATIENCE = TimeUnit.MINUTES.toMillis(2);
  private static final SourceSettings SETTINGS =
      new SourceSettings(
          "bobbin Contract",
          null,
          READERS,
          1 << 20,
          3,
          1 << 24,
          Duration.ofSeconds(3),
          Duration.ofSeconds(30));

  /** What the tests say through the fixture that the tables hold. */
  private final Map<TableId, Map<Long, SourceRow>> model = new HashMap<>();

  private @Nullable SourceFixture fixture;
  private @Nullable SourceSession session;

  /** For subclasses. */
  protected SourceLoadContract() {}

  /**
   * A fixture for one test, which closes it.
   *
   * @throws Exception if the source cannot be had; the test fails
   */
  protected abstract SourceFixture fixture() throws Exception;

  /**
   * How many rows of half a kilobyte make a table that is cut into several scans; 240 unless
   * overridden.
   */
  protected int rowsToCut() {
    return 240;
  }

  /** Takes a fixture, and connects. */
  @BeforeEach
  public void takeFixture() throws Exception {
    fixture = fixture();
    session = source().dialect().connect(SETTINGS);
  }

  /** Closes the session and gives the fixture back; no test leaves a connection open. */
  @AfterEach
  public void leaveNothingOpen() {
    SourceFixture source = fixture;
    if (source != null) {
      try (source) {
        if (session != null) {
          session.close();
        }
        source.awaitNothingOpen();
      }
    }
  }

  private SourceFixture source() {
    return Objects.requireNonNull(fixture);
  }

  private SourceSession session() {
    return Objects.requireNonNull(session);
  }

  // Loads under one snapshot

  /**
   * All scans of a load see the rows as they were when it began, each in one scan and once,
   * whatever is written before a scan is opened and while it is read.
   */
  @Test
  public void aLoadIsTheSnapshotThatItBeganWith() {
    require(Behaviour.SHARED_SNAPSHOTS);
    TableId id = large("orders");
    Table table = requireCut(id);
    List<SourceRow> snapshot = rowsOf(id);
    List<SourceRow> read = new ArrayList<>();
    Set<String> names = new HashSet<>();
    long changed = 0;
    try (SourceLoad load = begin(request(table))) {
      assertEquals(Optional.empty(), load.restarted(), "a new load has nothing to go on from");
      assertEquals(Optional.empty(), load.tail(), "a full table has no key");
      for (TableScan scan : load.scans()) {
        assertTrue(names.add(scan.name()), "two scans have the name " + scan.name());
        disturb(id, ++changed);
        try (BatchReader reader = load.open(scan)) {
          for (Optional<SourceBatch> next = reader.next(); next.isPresent(); ) {
            read.addAll(rowsOf(next.get()));
            if (changed < MOST_CHANGES) {
              disturb(id, ++changed);
            }
            next = reader.next();
          }
        }
      }
    }
    assertRows(snapshot, read);
    assertRows(rowsOf(id), readAll(request(table)), "the next load has its own snapshot");
  }

  /** Several scans are open at the same time, and still see the same rows. */
  @Test
  public void scansThatAreOpenAtTheSameTimeSeeTheSameSnapshot() {
    require(Behaviour.SHARED_SNAPSHOTS);
    TableId id = large("orders");
    Table table = requireSeveralReaders(id);
    List<SourceRow> snapshot = rowsOf(id);
    List<SourceRow> read = new ArrayList<>();
    long changed = 0;
    try (SourceLoad load = begin(request(table))) {
      List<TableScan> waiting = new ArrayList<>(requireSeveralScans(load));
      List<BatchReader> open = new ArrayList<>();
      int most = 0;
      while (!waiting.isEmpty() || !open.isEmpty()) {
        while (!waiting.isEmpty() && open.size() < READERS) {
          disturb(id, ++changed);
          open.add(load.open(waiting.remove(0)));
        }
        most = Math.max(most, open.size());
        for (BatchReader reader : List.copyOf(open)) {
          Optional<SourceBatch> batch = reader.next();
          batch.ifPresent(b -> read.addAll(rowsOf(b)));
          if (batch.isEmpty()) {
            reader.close();
            open.remove(reader);
          }
        }
      }
      assertTrue(most > 1, "several scans were open at the same time");
    }
    assertRows(snapshot, read);
  }

  /** So do scans that are read by several threads. */
  @Test
  public void severalThreadsReadALoad() throws Exception {
    TableId id = large("orders");
    Table table = requireSeveralReaders(id);
    List<SourceRow> read = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(READERS);
    try (SourceLoad load = begin(request(table))) {
      List<Future<List<SourceRow>>> parts = new ArrayList<>();
      for (TableScan scan : requireSeveralScans(load)) {
        parts.add(
            threads.submit(
                () -> {
                  List<SourceRow> part = new ArrayList<>();
                  try (BatchReader reader = load.open(scan)) {
                    next(reader).forEach(batch -> part.addAll(rowsOf(batch)));
                  }
                  return part;
                }));
      }
      for (Future<List<SourceRow>> part : parts) {
        read.addAll(part.get());
      }
    } finally {
      threads.shutdownNow();
      assertTrue(threads.awaitTermination(PATIENCE, TimeUnit.MILLISECONDS));
    }
    assertRows(rowsOf(id), read);
  }

  /** A load of an incremental table has the rows whose key is NULL as well. */
  @Test
  public void aLoadHasTheRowsWhoseKeyIsNull() {
    TableId id = filled("orders", FEW);
    change(
        changes -> {
          for (int n = 1; n <= 4; n++) {
            insert(changes, id, row(100 + n).withUpdated(null).withVersion(null));
          }
        });
    Table table = requireCut(id);
    for (String key : KEYS) {
      assertRows(rowsOf(id), load(table, key).delivered());
    }
  }

  /** An empty table has nothing to be read, and its first rows come with the next scan. */
  @Test
  public void anEmptyTableHasNoScans() {
    for (String key : KEYS) {
      TableId id = table("empty_" + key);
      Table table = requireCut(id);
      try (SourceLoad load = begin(request(table))) {
        assertEquals(List.of(), load.scans());
      }
      Scanned loaded = load(table, key);
      assertRows(List.of(), loaded.delivered());
      change(changes -> insert(changes, id, row(1)));
      assertRows(List.of(row(1)), increment(table, key, loaded.known()).delivered());
    }
  }

  /** A table that the source cannot cut has no load. */
  @Test
  public void whatCannotBeCutHasNoLoad() {
    TableId id = filled("orders", 5);
    List<TableId> tables = new ArrayList<>(List.of(id));
    if (source().supports(Behaviour.VIEWS)) {
      tables.add(source().createView("orders_seen", id));
    }
    for (TableId each : tables) {
      Table table = discovered(each);
      TableAbilities abilities = session().abilities(table);
      if (abilities.oneReaderBecause().isPresent() && abilities.restartsBecause().isPresent()) {
        assertTrue(session().beginLoad(request(table)).isEmpty(), each + " cannot be cut");
      }
    }
  }

  /** A load does not begin on a table that has another structure than the request says. */
  @Test
  public void aLoadOfAChangedTableIsRefused() {
    require(Behaviour.DROPPED_COLUMNS);
    TableId id = filled("orders", 5);
    Table table = requireCut(id);
    source().dropColumn(id, SourceFixture.VERSION);
    SourceException refusal =
        assertThrows(
            SourceException.class,
            () -> {
              try (SourceLoad load = begin(request(table))) {
                fail("a load of " + load.scans().size() + " scans began");
              }
            });
    assertEquals(SourceException.Kind.STRUCTURE_CHANGED, refusal.kind());
  }

  /** What is done to the table while a load is open makes a scan fail, if anything, but not end. */
  @Test
  public void aTableThatIsDroppedWhileItIsLoadedLosesNoRowsInSilence() throws Exception {
    TableId id = large("orders");
    assertLosesNothingInSilence(id, () -> source().dropTable(id));
  }

  /** So does a table that is emptied. */
  @Test
  public void aTableThatIsEmptiedWhileItIsLoadedLosesNoRowsInSilence() throws Exception {
    TableId other = table("other");
    assumeTrue(source().truncate(other), "the fixture cannot truncate a table");
    TableId id = large("orders");
    assertLosesNothingInSilence(id, () -> source().truncate(id));
  }

  private void assertLosesNothingInSilence(TableId id, Runnable blow) throws Exception {
    Table table = requireCut(id);
    List<SourceRow> snapshot = rowsOf(id);
    Thread striking = new Thread(blow);
    try (SourceLoad load = begin(request(table))) {
      striking.start();
      striking.join(300); // where the load holds a lock, it waits for the load's end
      List<SourceRow> read = new ArrayList<>();
      for (TableScan scan : load.scans()) {
        try (BatchReader reader = load.open(scan)) {
          next(reader).forEach(batch -> read.addAll(rowsOf(batch)));
        }
      }
      assertRows(snapshot, read);
    } catch (SourceException e) {
      assertFalse(e.problem().isEmpty(), "the failure says what is the matter");
    } finally {
      striking.join(PATIENCE);
    }
    assertFalse(striking.isAlive(), "what waited for the load goes on once it is closed");
  }

  /** A load that is closed has closed its scans. */
  @Test
  public void closingALoadEndsItsScans() {
    TableId id = large("orders");
    Table table = requireCut(id);
    SourceLoad load = begin(request(table));
    List<TableScan> scans = load.scans();
    BatchReader reader = load.open(scans.get(0));
    assertTrue(reader.next().isPresent());
    load.close();
    load.close();
    assertThrows(RuntimeException.class, reader::next);
    assertThrows(
        RuntimeException.class,
        () -> {
          try (BatchReader late = load.open(scans.get(0))) {
            fail("a scan of a load that is closed: " + late.next());
          }
        });
    reader.close();
    assertRows(rowsOf(id), readAll(request(table)), "the session is as good as before");
  }

  /** A session that is closed has closed its loads. */
  @Test
  public void closingTheSessionEndsItsLoads() {
    TableId id = large("orders");
    Table table = requireCut(id);
    SourceLoad load = begin(request(table));
    BatchReader reader = load.open(load.scans().get(0));
    assertTrue(reader.next().isPresent());
    session().close();
    assertThrows(RuntimeException.class, reader::next);
    source().awaitNothingOpen();
    reader.close();
    load.close();
  }

  /** A scan that is cancelled ends alone, and can be begun again. */
  @Test
  public void cancellingOneScanLeavesTheOthers() {
    TableId id = large("orders");
    Table table = requireSeveralReaders(id);
    List<SourceRow> read = new ArrayList<>();
    try (SourceLoad load = begin(request(table))) {
      List<TableScan> scans = requireSeveralScans(load);
      BatchReader cancelled = load.open(scans.get(0));
      try (BatchReader other = load.open(scans.get(1))) {
        other.next().ifPresent(batch -> read.addAll(rowsOf(batch)));
        assertTrue(cancelled.next().isPresent());
        cancelled.cancel();
        assertThrows(SourceException.class, () -> next(cancelled), "it does not say the end");
        cancelled.close();
        next(other).forEach(batch -> read.addAll(rowsOf(batch)));
      }
      for (TableScan scan : scans) {
        if (!scan.equals(scans.get(1))) {
          try (BatchReader reader = load.open(scan)) {
            next(reader).forEach(batch -> read.addAll(rowsOf(batch)));
          }
        }
      }
    }
    assertRows(rowsOf(id), read);
  }

  // Loads that go on

  /**
   * A load that is interrupted anywhere goes on: what it has not read, and what has changed since,
   * comes; what has not changed and was read up to the position does not come again. A transaction
   * that was open when the load began, and has committed since, counts as a change.
   */
  @Test
  public void aLoadGoesOnFromAnyPosition() {
    require(Behaviour.SHARED_SNAPSHOTS);
    TableId id = large("orders");
    Table table = requireResumable(id);
    source().awaitQuiet();
    List<Cut> cuts;
    Set<Long> changed = new HashSet<>();
    if (source().supports(Behaviour.LATE_COMMITS)) {
      try (Changes late = source().begin()) {
        late.update(id, large(17).withPayload("late"));
        late.insert(id, large(1_000));
        cuts = cuts(table, Map.of());
        late.commit();
      }
      model(id).put(17L, large(17).withPayload("late"));
      model(id).put(1_000L, large(1_000));
      changed.addAll(List.of(17L, 1_000L));
    } else {
      cuts = cuts(table, Map.of());
    }
    for (long n : List.of(1L, 2L, 60L, 61L, 150L, rowsToCut() - 1L)) {
      changed.add(n);
      change(changes -> update(changes, id, large(n).withPayload("changed")));
    }
    change(
        changes -> {
          insert(changes, id, large(2_000));
          delete(changes, id, 3);
          delete(changes, id, 100);
        });
    changed.add(2_000L);
    source().awaitQuiet();
    for (Cut cut : some(cuts)) {
      List<SourceRow> resumed = readOn(table, cut);
      assertGoesOn(id, cut, resumed, changed);
    }
  }

  /** A load that went on, and is interrupted again, goes on from there as well. */
  @Test
  public void aLoadGoesOnAgainAndAgain() {
    require(Behaviour.SHARED_SNAPSHOTS);
    TableId id = large("orders");
    Table table = requireResumable(id);
    source().awaitQuiet();
    Set<Long> changed = new HashSet<>();
    Cut at = new Cut("the beginning", Map.of(), List.of());
    for (int round = 1; round <= 6; round++) {
      List<Cut> cuts = cuts(table, at.positions());
      Cut next = cuts.get(Math.min(cuts.size() - 1, round % 2 == 0 ? 1 : 3 + 7 * round));
      List<SourceRow> delivered = new ArrayList<>(at.delivered());
      delivered.addAll(next.delivered());
      at = new Cut("interruption " + round + ", " + next, next.positions(), delivered);
      for (long n : List.of(2L * round, 30L + round, 50L, 200L - round)) {
        changed.add(n);
        SourceRow now = large(n).withPayload("changed in round " + round);
        change(changes -> update(changes, id, now));
      }
      long added = 1_000L + round;
      changed.add(added);
      change(changes -> insert(changes, id, large(added)));
      source().awaitQuiet();
      assertGoesOn(id, at, readOn(table, at), changed);
    }
  }

  /**
   * So does one that is interrupted while it reads again what has changed: until all of that has
   * come, none of it is done with; and what has come is not read a third time.
   */
  @Test
  public void aLoadGoesOnFromAnyPositionAmongChangedRows() {
    require(Behaviour.SHARED_SNAPSHOTS);
    TableId id = large("orders");
    Table table = requireResumable(id);
    source().awaitQuiet();
    List<Cut> cuts = cuts(table, Map.of());
    Set<Long> changed = new HashSet<>();
    change(
        changes -> {
          for (long n = 5; n < 45; n++) {
            changed.add(n);
            update(changes, id, large(n).withPayload("changed"));
          }
        });
    source().awaitQuiet();
    for (Cut first : List.of(cuts.get(cuts.size() / 2), cuts.get(cuts.size() - 1))) {
      List<Cut> again = cuts(table, first.positions());
      for (Cut second : some(again)) {
        List<SourceRow> delivered = new ArrayList<>(first.delivered());
        delivered.addAll(second.delivered());
        Cut both = new Cut(first + ", then " + second, second.positions(), delivered);
        assertGoesOn(id, both, readOn(table, both), changed);
      }
      assertRows(List.of(), readOn(table, again.get(again.size() - 1)), "nothing has changed");
    }
  }

  /** Where its scans stand is said at the end too: then only what changes since comes. */
  @Test
  public void aLoadThatWasReadToItsEndGoesOnWithChangesOnly() {
    require(Behaviour.SHARED_SNAPSHOTS);
    TableId id = large("orders");
    Table table = requireResumable(id);
    source().awaitQuiet();
    List<Cut> cuts = cuts(table, Map.of());
    Cut end = cuts.get(cuts.size() - 1);
    assertRows(rowsOf(id), end.delivered());
    SourceRow changed = large(7).withPayload("changed");
    change(
        changes -> {
          update(changes, id, changed);
          insert(changes, id, large(1_000));
          delete(changes, id, 9);
        });
    assertRows(List.of(changed, large(1_000)), readOn(table, end));
  }

  /** A load of a table that was made anew says that it begins again, and does. */
  @Test
  public void aLoadOfAnotherTableOfTheSameNameBeginsAgain() {
    require(Behaviour.REMADE_TABLES);
    TableId id = large("orders");
    List<Cut> cuts = cuts(requireResumable(id), Map.of());
    source().dropTable(id);
    assertEquals(id, table("orders"));
    assertBeginsAgain(id, cuts);
  }

  /** So does a load of a table that was emptied. */
  @Test
  public void aLoadOfAnEmptiedTableBeginsAgain() {
    TableId id = large("orders");
    List<Cut> cuts = cuts(requireResumable(id), Map.of());
    assumeTrue(source().truncate(id), "the fixture cannot truncate a table");
    model(id).clear();
    assertBeginsAgain(id, cuts);
  }

  private void assertBeginsAgain(TableId id, List<Cut> cuts) {
    change(
        changes -> {
          for (int n = 1; n <= FEW; n++) {
            insert(changes, id, large(n).withPayload("another table"));
          }
        });
    for (Cut cut : List.of(cuts.get(0), cuts.get(cuts.size() / 2), cuts.get(cuts.size() - 1))) {
      assertBeginsAgain(id, cut);
    }
  }

  private void assertBeginsAgain(TableId id, Cut cut) {
    Table table = discovered(id);
    try (SourceLoad load = begin(request(table, cut.positions()))) {
      String why = load.restarted().orElseThrow(() -> new AssertionError("it went on from " + cut));
      assertTrue(why.endsWith("."), "a sentence: " + why);
    }
    assertRows(rowsOf(id), readOn(table, cut));
  }

  /** A table whose rows were given other places is read anew or goes on, and loses nothing. */
  @Test
  public void aLoadOfARewrittenTableLosesNothing() {
    TableId id = large("orders");
    Table table = requireResumable(id);
    change(
        changes -> {
          for (long n = 1; n < rowsToCut(); n += 2) {
            delete(changes, id, n); // so that the rows move into the gaps
          }
        });
    source().awaitQuiet();
    List<Cut> cuts = cuts(table, Map.of());
    assumeTrue(source().rewrite(id), "the fixture cannot rewrite a table");
    for (Cut cut : some(cuts)) {
      try (SourceLoad load = begin(request(table, cut.positions()))) {
        if (load.restarted().isPresent()) {
          assertRows(rowsOf(id), readAll(request(table, cut.positions())), cut.what());
          continue;
        }
      }
      assertGoesOn(id, cut, readOn(table, cut), Set.of());
    }
  }

  // Loads whose scans each see a snapshot of their own

  /**
   * Every row that nobody changes comes in one scan and once, whatever is written before a scan is
   * opened and while it is read; the others come once at most, each as it was at some moment.
   */
  @Test
  public void whatNobodyChangesComesOnceFromALoadOfManyMoments() {
    TableId id = large("orders");
    requireOwnSnapshots();
    Table table = requireCut(id);
    Churn churn = new Churn(id);
    List<SourceRow> read = new ArrayList<>();
    try (SourceLoad load = begin(request(table))) {
      assertEquals(Optional.empty(), load.restarted(), "a new load has nothing to go on from");
      assertEquals(Optional.empty(), load.start(), "a full table has no key");
      for (TableScan scan : load.scans()) {
        churn.next();
        try (BatchReader reader = load.open(scan)) {
          for (Optional<SourceBatch> next = reader.next(); next.isPresent(); ) {
            read.addAll(rowsOf(next.get()));
            churn.next();
            next = reader.next();
          }
        }
      }
      assertEquals(Optional.empty(), load.tail(), "a load of many moments has no tail");
    }
    churn.assertReadOnce(read, "all scans");
  }

  /** So it does when several scans are open at the same time. */
  @Test
  public void whatNobodyChangesComesOnceFromScansThatAreOpenAtTheSameTime() {
    TableId id = large("orders");
    requireOwnSnapshots();
    Table table = requireSeveralReaders(id);
    Churn churn = new Churn(id);
    List<SourceRow> read = new ArrayList<>();
    try (SourceLoad load = begin(request(table))) {
      List<TableScan> waiting = new ArrayList<>(requireSeveralScans(load));
      List<BatchReader> open = new ArrayList<>();
      while (!waiting.isEmpty() || !open.isEmpty()) {
        while (!waiting.isEmpty() && open.size() < READERS) {
          churn.next();
          open.add(load.open(waiting.remove(0)));
        }
        for (BatchReader reader : List.copyOf(open)) {
          Optional<SourceBatch> batch = reader.next();
          batch.ifPresent(b -> read.addAll(rowsOf(b)));
          churn.next();
          if (batch.isEmpty()) {
            reader.close();
            open.remove(reader);
          }
        }
      }
    }
    churn.assertReadOnce(read, "all scans");
  }

  /** A load that is interrupted anywhere, and again, goes on with the rest and with that alone. */
  @Test
  public void aLoadOfManyMomentsGoesOnWithTheRest() {
    TableId id = large("orders");
    requireOwnSnapshots();
    Table table = requireResumable(id);
    Churn churn = new Churn(id);
    List<Cut> cuts = cuts(table, Map.of());
    for (Cut cut : some(cuts)) {
      churn.next();
      List<SourceRow> all = new ArrayList<>(cut.delivered());
      all.addAll(readOn(table, cut));
      churn.assertReadOnce(all, cut.what());
    }
    Cut first = cuts.get(cuts.size() / 3);
    for (Cut second : some(cuts(table, first.positions()))) {
      churn.next();
      List<SourceRow> all = new ArrayList<>(first.delivered());
      all.addAll(second.delivered());
      all.addAll(readOn(table, second));
      churn.assertReadOnce(all, first + ", then " + second);
    }
  }

  /** Where the load began stays the same, and the rows from there on are marked, just these. */
  @Test
  public void theRowsFromTheStartOfALoadOnAreMarked() {
    for (String key : KEYS) {
      TableId id = filled("orders_" + key, FEW);
      requireOwnSnapshots();
      SourceRow ahead =
          row(500).withUpdated(Instant.parse("9999-12-30T00:00:00Z")).withVersion(10L * FEW);
      change(
          changes -> {
            insert(changes, id, ahead);
            insert(changes, id, row(501).withUpdated(null).withVersion(null));
          });
      Table table = requireResumable(id);
      LoadRequest request = request(table, incremental(key), Map.of());
      Bookmark start = increment(table, key, Known.NOTHING).known().bookmark();
      Set<Long> marked = new HashSet<>(Set.of(500L));
      for (long n = FEW - 30; n <= FEW; n++) {
        marked.add(n);
      }
      for (Cut cut : some(cuts(request))) {
        assertEquals(
            cut.delivered().stream().map(SourceRow::id).filter(marked::contains).toList(),
            cut.recent().stream().map(SourceRow::id).toList(),
            cut.what());
        try (SourceLoad load = begin(request(table, incremental(key), cut.positions()))) {
          assertEquals(start, load.start().orElse(null), cut.what());
        }
        change(changes -> update(changes, id, at(row(3), model(id).size() + FEW)));
      }
    }
  }

  /** Without a key at the beginning, the rows are marked that have got one meanwhile. */
  @Test
  public void withoutAStartAllRowsThatHaveAKeyAreMarked() {
    for (String key : KEYS) {
      TableId id = table("orders_" + key);
      requireOwnSnapshots();
      change(
          changes -> {
            for (int n = 1; n <= FEW; n++) {
              insert(changes, id, row(n).withUpdated(null).withVersion(null));
            }
          });
      Table table = requireCut(id);
      Scanned loaded =
          load(
              request(table, incremental(key), Map.of()),
              List.of(),
              () -> change(changes -> update(changes, id, row(FEW))));
      assertEquals(null, loaded.known().bookmark());
      Scanned next = increment(table, key, loaded.known());
      assertRows(List.of(row(FEW)), next.read());
      assertRows(
          loaded.read().contains(row(FEW)) ? List.of() : List.of(row(FEW)), next.delivered());
    }
  }

  /** With another replication key than it began with, a load begins again. */
  @Test
  public void aLoadOfAnotherKeyBeginsAgain() {
    TableId id = large("orders");
    requireOwnSnapshots();
    Table table = requireResumable(id);
    List<Cut> cuts = cuts(request(table, incremental(KEYS.get(0)), Map.of()));
    Map<String, String> positions = cuts.get(cuts.size() / 2).positions();
    try (SourceLoad load = begin(request(table, incremental(KEYS.get(1)), positions))) {
      assertTrue(load.restarted().orElse("").endsWith("."), "a sentence says why");
      assertEquals(KEYS.get(1), load.start().orElseThrow().column());
    }
  }

  /**
   * The scan after a load delivers what has been written since it was read, and nothing else: also
   * after a load that was interrupted.
   */
  @Test
  public void theScanAfterALoadDeliversWhatWasWrittenMeanwhile() {
    for (String key : KEYS) {
      TableId id = filled("orders_" + key, FEW);
      requireOwnSnapshots();
      Table table = requireResumable(id);
      List<Cut> cuts = cuts(request(table, incremental(key), Map.of()));
      long[] written = {0};
      Runnable write =
          () -> {
            long n = ++written[0];
            change(
                changes -> {
                  update(changes, id, at(row(1 + n * 7 % FEW), FEW + n).withPayload("now " + n));
                  insert(changes, id, at(row(n % 2 == 0 ? -n : 1_000 + n), FEW + n));
                });
          };
      for (Cut cut : List.of(cuts.get(0), cuts.get(cuts.size() / 2), cuts.get(cuts.size() - 1))) {
        write.run();
        Scanned loaded =
            load(request(table, incremental(key), cut.positions()), cut.recent(), write);
        Map<Long, SourceRow> known = upserted(upserted(Map.of(), cut.delivered()), loaded.read());
        List<SourceRow> expected =
            rowsOf(id).stream().filter(row -> !row.equals(known.get(row.id()))).toList();
        Scanned next = increment(table, key, loaded.known());
        assertRows(expected, next.delivered(), cut.what());
        assertRows(List.of(), increment(table, key, next.known()).delivered(), cut.what());
      }
    }
  }

  private void requireOwnSnapshots() {
    assumeTrue(
        !source().supports(Behaviour.SHARED_SNAPSHOTS), "the scans of a load see one snapshot");
  }

  /** Writes to rows of a large table, those with odd numbers, while others are left alone. */
  private final class Churn {
    private final TableId table;
    private final List<SourceRow> untouched;
    private final Map<Long, Set<SourceRow>> states = new HashMap<>();
    private long steps;

    Churn(TableId table) {
      this.table = table;
      this.untouched = rowsOf(table).stream().filter(row -> row.id() % 2 == 0).toList();
      remember();
    }

    private void remember() {
      rowsOf(table)
          .forEach(row -> states.computeIfAbsent(row.id(), unused -> new HashSet<>()).add(row));
    }

    /** An insert before or behind the others, an update and a delete. */
    void next() {
      long n = ++steps;
      if (n > MOST_CHANGES) {
        return;
      }
      List<Long> odd = model(table).keySet().stream().filter(each -> each % 2 != 0).toList();
      long changed = odd.get((int) (n * 31 % odd.size()));
      long deleted = odd.get((int) ((n * 31 + 7) % odd.size()));
      change(
          changes -> {
            insert(changes, table, large(n % 2 == 0 ? 100_001 + 2 * n : -1 - 2 * n));
            update(changes, table, large(changed).withPayload("now " + n));
            if (deleted != changed) {
              delete(changes, table, deleted);
            }
          });
      remember();
    }

    void assertReadOnce(List<SourceRow> read, String what) {
      Set<Long> ids = new HashSet<>();
      for (SourceRow row : read) {
        assertTrue(ids.add(row.id()), () -> what + ": " + row.id() + " comes twice");
        assertTrue(
            states.getOrDefault(row.id(), Set.of()).contains(row),
            () -> what + ": " + row.id() + " has never been like that");
      }
      assertRows(untouched, read.stream().filter(row -> row.id() % 2 == 0).toList(), what);
    }
  }

  // The first scan by key after a load

  /** The scan after a load delivers what has changed since, and nothing else. */
  @Test
  public void theScanAfterALoadDeliversWhatHasChanged() {
    for (String key : KEYS) {
      TableId id = filled("orders_" + key, FEW);
      Table table = requireCut(id);
      source().awaitQuiet();
      Scanned loaded = load(table, key);
      assertRows(rowsOf(id), loaded.delivered());
      assertChangesOfTheTopAreDelivered(id, key, loaded.known());
    }
  }

  /**
   * A load stands where a scan by key of the same rows would; rows ahead of the clock do not count.
   */
  @Test
  public void aLoadStandsAtTheGreatestKeyThatIsNotAhead() {
    for (String key : KEYS) {
      TableId id = filled("orders_" + key, FEW);
      SourceRow ahead = row(500).withUpdated(Instant.parse("9999-12-30T00:00:00Z"));
      change(
          changes -> {
            insert(changes, id, ahead.withVersion(4L));
            insert(changes, id, row(501).withUpdated(null).withVersion(null));
            update(changes, id, at(row(3), FEW + 1));
          });
      Table table = requireCut(id);
      source().awaitQuiet();
      Known known = load(table, key).known();
      assertEquals(increment(table, key, Known.NOTHING).known().bookmark(), known.bookmark());
      assertRows(List.of(), increment(table, key, known).delivered());
      SourceRow changed = ahead.withVersion(10L * FEW).withPayload("changed");
      change(changes -> update(changes, id, changed));
      assertRows(List.of(changed), increment(table, key, known).delivered());
    }
  }

  /** So does the scan after a load that was interrupted. */
  @Test
  public void theScanAfterALoadThatWentOnDeliversWhatHasChanged() {
    require(Behaviour.SHARED_SNAPSHOTS);
    for (String key : KEYS) {
      TableId id = filled("orders_" + key, FEW);
      Table table = requireResumable(id);
      source().awaitQuiet();
      List<Cut> cuts = cuts(request(table, incremental(key), Map.of()));
      SourceRow changed = row(5).withPayload("changed while nobody read");
      SourceRow top = at(row(FEW), FEW + 1);
      change(
          changes -> {
            update(changes, id, changed);
            update(changes, id, top);
          });
      Cut cut = cuts.get(cuts.size() / 2);
      Scanned loaded = load(request(table, incremental(key), cut.positions()), key);
      assertGoesOn(id, cut, loaded.delivered(), Set.of(changed.id(), top.id()));
      assertChangesOfTheTopAreDelivered(id, key, loaded.known());
    }
  }

  private void assertChangesOfTheTopAreDelivered(TableId id, String key, Known known) {
    Table table = discovered(id);
    Scanned idle = increment(table, key, known);
    assertRows(List.of(), idle.delivered(), "nothing has changed");
    List<SourceRow> changed =
        List.of(
            at(row(FEW - 1), FEW + 2).withPayload("a new key"),
            row(FEW - 2).withPayload("the old key"),
            at(row(500), FEW + 3),
            at(row(501), FEW - 3).withPayload("a key in the overlap"));
    change(
        changes -> {
          update(changes, id, changed.get(0));
          update(changes, id, changed.get(1));
          insert(changes, id, changed.get(2));
          insert(changes, id, changed.get(3));
          delete(changes, id, FEW - 4);
        });
    Scanned next = increment(table, key, idle.known());
    assertRows(changed, next.delivered());
    assertRows(List.of(), increment(table, key, next.known()).delivered(), "nothing more");
  }

  /**
   * A transaction that was open during a load, and commits with keys below the bookmark but in the
   * overlap, is delivered by the next scan; what others wrote meanwhile is not delivered again.
   */
  @Test
  public void aTransactionThatWasOpenDuringALoadIsDeliveredAfterIt() {
    require(Behaviour.LATE_COMMITS);
    for (String key : KEYS) {
      TableId id = filled("orders_" + key, FEW);
      Table table = requireCut(id);
      source().awaitQuiet();
      SourceRow inserted = at(row(500), FEW - 2);
      SourceRow updated = row(FEW - 4).withPayload("late");
      Scanned loaded;
      try (Changes late = source().begin()) {
        late.insert(id, inserted);
        late.update(id, updated);
        change(
            changes -> {
              insert(changes, id, row(FEW + 1));
              update(changes, id, at(row(FEW - 5), FEW + 2));
            });
        loaded = load(table, key);
        assertRows(rowsOf(id), loaded.delivered());
        loaded = increment(table, key, loaded.known());
        assertRows(List.of(), loaded.delivered(), "it has not been committed");
        late.commit();
      }
      model(id).put(inserted.id(), inserted);
      model(id).put(updated.id(), updated);
      Scanned next = increment(table, key, loaded.known());
      assertRows(List.of(inserted, updated), next.delivered());
      assertRows(List.of(), increment(table, key, next.known()).delivered());
    }
  }

  // Scans by key that tell rows that come late

  /** A scan after one that came to its end reads no row of the overlap that has not changed. */
  @Test
  public void rowsOfTheOverlapThatHaveNotChangedAreNotReadAgain() {
    for (String key : KEYS) {
      TableId id = filled("orders_" + key, FEW);
      Table table = requireLatecomers(id);
      source().awaitQuiet();
      Scanned first = increment(table, key, Known.NOTHING);
      assertRows(rowsOf(id), first.delivered());
      Scanned idle = increment(table, key, first.known());
      assertRows(List.of(), idle.read(), "nothing has changed");
      assertEquals(first.known().bookmark(), idle.known().bookmark(), "an empty scan's bookmark");
      List<SourceRow> changed =
          List.of(
              at(row(500), FEW - 5),
              row(FEW).withPayload("changed, with the same key"),
              row(FEW + 1),
              at(row(7), FEW + 2));
      change(
          changes -> {
            insert(changes, id, changed.get(0));
            update(changes, id, changed.get(1));
            insert(changes, id, changed.get(2));
            update(changes, id, changed.get(3));
          });
      source().awaitQuiet();
      Scanned next = increment(table, key, idle.known());
      assertRows(changed, next.read());
      assertRows(changed, next.delivered());
      assertRows(List.of(), increment(table, key, next.known()).read(), "nothing more");
    }
  }

  /** What commits late comes with the scan after, however many scans it was open over. */
  @Test
  public void lateCommitsAreToldFromWhatTheLastScanHasSeen() {
    require(Behaviour.LATE_COMMITS);
    for (String key : KEYS) {
      TableId id = filled("orders_" + key, FEW);
      Table table = requireLatecomers(id);
      source().awaitQuiet();
      Known known = increment(table, key, Known.NOTHING).known();
      try (Changes late = source().begin();
          Changes later = source().begin()) {
        late.insert(id, at(row(501), FEW - 1));
        SourceRow meanwhile = at(row(502), FEW - 2);
        change(changes -> insert(changes, id, meanwhile));
        later.insert(id, at(row(503), FEW - 3));
        Scanned first = increment(table, key, known);
        assertRows(List.of(meanwhile), first.delivered());
        Scanned second = increment(table, key, first.known());
        assertRows(List.of(), second.delivered(), "what was seen is recognised");
        later.commit();
        Scanned third = increment(table, key, second.known());
        assertRows(List.of(at(row(503), FEW - 3)), third.delivered());
        late.commit();
        Scanned fourth = increment(table, key, third.known());
        assertRows(List.of(at(row(501), FEW - 1)), fourth.delivered());
        source().awaitQuiet();
        Scanned fifth = increment(table, key, fourth.known());
        assertRows(List.of(), fifth.delivered());
        assertRows(List.of(), increment(table, key, fifth.known()).read());
      }
    }
  }

  /**
   * A scan by key that is interrupted anywhere goes on and loses nothing, neither of what it had
   * not reached nor of what was committed behind its back; and it reads nothing again below its
   * bookmark that has not changed since the scan before it.
   */
  @Test
  public void aScanByKeyGoesOnFromAnyPosition() {
    for (String key : KEYS) {
      TableId id = filled("orders_" + key, FEW);
      Table table = requireLatecomers(id);
      source().awaitQuiet();
      Known known = increment(table, key, Known.NOTHING).known();
      Map<Long, SourceRow> before = new TreeMap<>(model(id));
      change(
          changes -> {
            for (int n = 0; n < 8; n++) {
              insert(changes, id, at(row(500 + n), FEW - n)); // in the overlap
              insert(changes, id, row(FEW + 1 + n));
            }
            update(changes, id, row(FEW - 6).withPayload("changed"));
            update(changes, id, at(row(2), FEW + 4));
          });
      checkCuts(id, key, known, before);
    }
  }

  /** So does the first scan by key of a table, which has seen nothing before. */
  @Test
  public void theFirstScanByKeyGoesOnFromAnyPosition() {
    for (String key : KEYS) {
      TableId id = filled("orders_" + key, FEW);
      Table unused = requireLatecomers(id);
      source().awaitQuiet();
      checkCuts(id, key, Known.NOTHING, Map.of());
    }
  }

  private void checkCuts(TableId id, String key, Known known, Map<Long, SourceRow> before) {
    Table table = discovered(id);
    List<Scanned> interrupted = new ArrayList<>();
    SourceRow late = at(row(600), FEW - 7).withPayload("late");
    source().awaitQuiet();
    try (Changes open = source().begin()) {
      boolean lateCommits = source().supports(Behaviour.LATE_COMMITS);
      if (lateCommits) {
        open.insert(id, late);
      }
      Scanned whole = scan(table, key, known, interrupted::add);
      assertTrue(interrupted.size() > 3, "several batches");
      assertRows(rowsOf(id), upserted(before, whole.read()).values());
      if (lateCommits) {
        open.commit();
        model(id).put(late.id(), late);
      }
    }
    change(
        changes -> {
          insert(changes, id, at(row(601), FEW - 3).withPayload("later"));
          update(changes, id, row(FEW - 2).withPayload("changed later"));
          insert(changes, id, row(FEW + 20));
        });
    source().awaitQuiet();
    for (Scanned cut : interrupted) {
      Scanned rest = scan(table, key, cut.known(), unused -> {});
      String what = "interrupted behind " + cut.read().size() + " rows";
      Map<Long, SourceRow> all = upserted(upserted(before, cut.read()), rest.read());
      assertRows(rowsOf(id), all.values(), what);
      assertReadOnceBelowTheBookmark(before.values(), cut, rest, what);
      Scanned idle = scan(table, key, rest.known(), unused -> {});
      assertRows(List.of(), idle.read(), what + ", then to the end");
    }
  }

  private static void assertReadOnceBelowTheBookmark(
      Collection<SourceRow> before, Scanned cut, Scanned rest, String what) {
    Set<SourceRow> known = new HashSet<>(before);
    if (cut.passed()) {
      known.addAll(cut.read());
    }
    long reached = version(cut.read().get(cut.read().size() - 1));
    for (SourceRow row : rest.read()) {
      assertFalse(
          version(row) < reached && known.contains(row), () -> what + ", " + row + " came again");
    }
  }

  private static long version(SourceRow row) {
    return Objects.requireNonNull(row.version());
  }

  // What the tests are written with: loads

  /**
   * A load that was interrupted.
   *
   * @param what where, for messages
   * @param positions how far its scans had come
   * @param delivered the rows up to there, from the first on
   * @param recent those of them that the first scan by key after the load reads again
   */
  private record Cut(
      String what,
      Map<String, String> positions,
      List<SourceRow> delivered,
      List<SourceRow> recent) {
    Cut(String what, Map<String, String> positions, List<SourceRow> delivered) {
      this(what, positions, delivered, List.of());
    }

    @Override
    public String toString() {
      return what;
    }
  }

  private SourceLoad begin(LoadRequest request) {
    return session()
        .beginLoad(request)
        .orElseThrow(() -> new AssertionError("no load of " + request.table().id() + " began"));
  }

  private static LoadRequest request(Table table) {
    return request(table, Map.of());
  }

  private static LoadRequest request(Table table, Map<String, String> positions) {
    return request(table, null, positions);
  }

  private static LoadRequest request(
      Table table, @Nullable Incremental method, Map<String, String> positions) {
    return new LoadRequest(table, method, positions, true, READERS);
  }

  private List<Cut> cuts(Table table, Map<String, String> positions) {
    return cuts(request(table, positions));
  }

  /** Reads a load, several scans at a time where that can be, and cuts it behind every batch. */
  private List<Cut> cuts(LoadRequest request) {
    boolean several = session().abilities(request.table()).oneReaderBecause().isEmpty();
    List<Cut> cuts = new ArrayList<>();
    List<SourceRow> delivered = new ArrayList<>();
    List<SourceRow> recent = new ArrayList<>();
    try (SourceLoad load = begin(request)) {
      assertEquals(Optional.empty(), load.restarted());
      Map<String, String> positions = beginnings(load);
      if (!request.positions().isEmpty()) {
        assertEquals(request.positions().keySet(), positions.keySet(), "all scans are there again");
      }
      cuts.add(new Cut("at the beginning", Map.copyOf(positions), List.of()));
      List<TableScan> waiting = new ArrayList<>(load.scans());
      Map<String, BatchReader> open = new LinkedHashMap<>();
      while (!waiting.isEmpty() || !open.isEmpty()) {
        if (!waiting.isEmpty() && open.size() < (several ? READERS : 1)) {
          TableScan scan = waiting.remove(0);
          open.put(scan.name(), load.open(scan));
        }
        for (String name : List.copyOf(open.keySet())) {
          BatchReader reader = Objects.requireNonNull(open.get(name));
          Optional<SourceBatch> batch = reader.next();
          batch.ifPresent(b -> delivered.addAll(rowsOf(b)));
          batch.ifPresent(b -> recent.addAll(recentOf(b)));
          positions.put(
              name,
              (batch.isPresent() ? batch.get().position() : reader.endPosition())
                  .orElseThrow(() -> new AssertionError("no position of " + name)));
          String what = "behind " + delivered.size() + " rows, in or at the end of " + name;
          cuts.add(
              new Cut(what, Map.copyOf(positions), List.copyOf(delivered), List.copyOf(recent)));
          if (batch.isEmpty()) {
            reader.close();
            open.remove(name);
          }
        }
      }
    }
    return cuts;
  }

  private static Map<String, String> beginnings(SourceLoad load) {
    Map<String, String> positions = new LinkedHashMap<>();
    for (TableScan scan : load.scans()) {
      positions.put(scan.name(), ((ScanRange.Slice) scan.range()).position());
    }
    return positions;
  }

  /** Not more cuts than a test has time for, the first and the last among them. */
  private static List<Cut> some(List<Cut> cuts) {
    int step = Math.max(1, cuts.size() / MOST_CUTS);
    List<Cut> some = new ArrayList<>();
    for (int i = 0; i < cuts.size(); i += step) {
      some.add(cuts.get(i));
    }
    some.add(cuts.get(cuts.size() - 1));
    return some;
  }

  private List<SourceRow> readOn(Table table, Cut cut) {
    return readAll(request(table, cut.positions()));
  }

  private List<SourceRow> readAll(LoadRequest request) {
    List<SourceRow> read = new ArrayList<>();
    try (SourceLoad load = begin(request)) {
      readAll(load, read);
    }
    return read;
  }

  private void readAll(SourceLoad load, List<SourceRow> into) {
    for (TableScan scan : load.scans()) {
      try (BatchReader reader = load.open(scan)) {
        next(reader).forEach(batch -> into.addAll(rowsOf(batch)));
      }
    }
  }

  /** Checks what a load delivered that went on. */
  private void assertGoesOn(TableId id, Cut cut, List<SourceRow> resumed, Set<Long> changed) {
    Set<Long> before = new HashSet<>();
    cut.delivered().forEach(row -> before.add(row.id()));
    Set<Long> now = new HashSet<>();
    for (SourceRow row : resumed) {
      assertTrue(now.add(row.id()), () -> cut + ": " + row.id() + " comes twice");
      assertTrue(
          !before.contains(row.id()) || changed.contains(row.id()),
          () -> cut + ": " + row.id() + " comes again and has not changed");
    }
    Map<Long, SourceRow> all = upserted(upserted(Map.of(), cut.delivered()), resumed);
    all.keySet().retainAll(model(id).keySet());
    assertRows(rowsOf(id), all.values(), cut.what());
    resumed.forEach(row -> assertEquals(model(id).get(row.id()), row, cut.what()));
  }

  private static Map<Long, SourceRow> upserted(
      Map<Long, SourceRow> before, Collection<SourceRow> rows) {
    Map<Long, SourceRow> after = new TreeMap<>(before);
    rows.forEach(row -> after.put(row.id(), row));
    return after;
  }

  // What the tests are written with: scans by key

  /**
   * What the core remembers of a table's scans by key.
   *
   * @param bookmark how far they have come
   * @param position what they have seen, in the words of the source
   * @param seen rows that the next one may read again, and that are then not delivered
   */
  private record Known(
      @Nullable Bookmark bookmark, @Nullable String position, List<SourceRow> seen) {
    static final Known NOTHING = new Known(null, null, List.of());
  }

  /**
   * What became of a scan by key, or of the scans of a load.
   *
   * @param read the rows, in the order in which they came
   * @param delivered those of them that had not been seen
   * @param known what is remembered then
   * @param passed whether a row came above the bookmark that the scan began at
   */
  private record Scanned(
      List<SourceRow> read, List<SourceRow> delivered, Known known, boolean passed) {}

  /** A method whose overlap is as wide as the keys of thirty rows. */
  private static Incremental incremental(String key) {
    return new Incremental(
        key,
        key.equals(SourceFixture.UPDATED)
            ? new Overlap.Time(Duration.ofSeconds(30))
            : new Overlap.Count(300),
        NullKeys.EVERY_RUN);
  }

  private Scanned load(Table table, String key) {
    return load(request(table, incremental(key), Map.of()), key);
  }

  /** Reads a load, and its tail; or, where it has none, what its scans say of their rows. */
  private Scanned load(LoadRequest request, String key) {
    if (!source().supports(Behaviour.SHARED_SNAPSHOTS)) {
      return load(request, List.of(), () -> {});
    }
    List<SourceRow> read = new ArrayList<>();
    try (SourceLoad load = begin(request)) {
      readAll(load, read);
      TableScan tail =
          load.tail().orElseThrow(() -> new AssertionError("no tail of an incremental table"));
      ScanRange.FromBookmark range = (ScanRange.FromBookmark) tail.range();
      assertEquals(key, range.key());
      assertEquals(incremental(key).overlap(), range.overlap());
      Known known =
          new Known(range.bookmark().orElse(null), range.position().orElse(null), List.of());
      try (BatchReader reader = load.open(tail)) {
        Scanned recognised = read(reader, known, unused -> {});
        if (request.positions().isEmpty()) {
          recognised
              .read()
              .forEach(row -> assertTrue(read.contains(row), () -> row + " is in the tail only"));
        }
        assertEquals(known.bookmark(), recognised.known().bookmark(), "the tail's bookmark");
        return new Scanned(read, read, recognised.known(), true);
      }
    }
  }

  /**
   * Reads a load whose scans each see a snapshot of their own, as the core does: the rows are
   * remembered that the scans name.
   *
   * @param before what was remembered of them before the load was interrupted
   * @param afterEachBatch happens behind each batch, and before each scan is opened
   */
  private Scanned load(LoadRequest request, List<SourceRow> before, Runnable afterEachBatch) {
    List<SourceRow> read = new ArrayList<>();
    List<SourceRow> recent = new ArrayList<>(before);
    try (SourceLoad load = begin(request)) {
      Bookmark start = load.start().orElse(null);
      for (TableScan scan : load.scans()) {
        afterEachBatch.run();
        try (BatchReader reader = load.open(scan)) {
          for (Optional<SourceBatch> next = reader.next(); next.isPresent(); ) {
            read.addAll(rowsOf(next.get()));
            recent.addAll(recentOf(next.get()));
            afterEachBatch.run();
            next = reader.next();
          }
        }
      }
      assertEquals(Optional.empty(), load.tail(), "a load of many moments has no tail");
      assertEquals(start, load.start().orElse(null), "a load begins where it began");
      return new Scanned(read, read, new Known(start, null, recent), true);
    }
  }

  private Scanned increment(Table table, String key, Known from) {
    return scan(table, key, from, unused -> {});
  }

  private Scanned scan(Table table, String key, Known from, Consumer<Scanned> afterEachBatch) {
    ScanRange range =
        new ScanRange.FromBookmark(
            key, from.bookmark(), incremental(key).overlap(), from.position());
    List<String> families = session().keyFamilies(table, key);
    assertTrue(families.size() < 2, "the keys of the tests are all of one type");
    if (families.isEmpty()) {
      return new Scanned(List.of(), List.of(), from, false);
    }
    TableScan scan = new TableScan(table, TableScan.key(families.get(0)), range);
    try (BatchReader reader = session().open(scan)) {
      assertEquals(List.of(), reader.notes(), "its own positions are believed");
      return read(reader, from, afterEachBatch);
    }
  }

  /**
   * Reads a scan by key as the core does: bookmark and position move with the first batch that has
   * a row above the bookmark, and at the end the rows are remembered that the source names.
   */
  private Scanned read(BatchReader reader, Known from, Consumer<Scanned> afterEachBatch) {
    List<SourceRow> read = new ArrayList<>();
    List<SourceRow> recent = new ArrayList<>();
    Bookmark bookmark = from.bookmark();
    String position = from.position();
    boolean passed = false;
    for (Optional<SourceBatch> next = reader.next(); next.isPresent(); next = reader.next()) {
      SourceBatch batch = next.get();
      List<SourceRow> rows = rowsOf(batch);
      read.addAll(rows);
      BitSet again = batch.recentOrNull();
      for (int i = 0; i < rows.size(); i++) {
        if (again == null || again.get(i)) {
          recent.add(rows.get(i));
        }
      }
      if (batch.upToBookmark() < rows.size() - batch.ahead()) {
        bookmark = batch.bookmark().orElse(null);
        position = batch.position().orElse(null);
        passed = true;
      }
      afterEachBatch.accept(
          new Scanned(
              List.copyOf(read), List.of(), new Known(bookmark, position, List.of()), passed));
    }
    List<SourceRow> delivered = new ArrayList<>(read);
    from.seen().forEach(delivered::remove);
    return new Scanned(
        read, delivered, new Known(bookmark, reader.endPosition().orElse(null), recent), passed);
  }

  // What the tests are written with: abilities

  private Table discovered(TableId id) {
    String database = id.namespace().get(0);
    return session().discover(database::equals).table(id).orElseThrow();
  }

  private void require(Behaviour behaviour) {
    assumeTrue(
        source().supports(behaviour), "the dialect declares that its source lacks " + behaviour);
  }

  private Table requireCut(TableId id) {
    Table table = discovered(id);
    TableAbilities abilities = session().abilities(table);
    assumeTrue(
        abilities.oneReaderBecause().isEmpty() || abilities.restartsBecause().isEmpty(),
        () -> "the table is not cut, because " + abilities.oneReaderBecause().orElseThrow());
    return table;
  }

  private Table requireSeveralReaders(TableId id) {
    Table table = discovered(id);
    Optional<String> because = session().abilities(table).oneReaderBecause();
    assumeTrue(because.isEmpty(), () -> "one reader, because " + because.orElseThrow());
    return table;
  }

  private Table requireResumable(TableId id) {
    Table table = discovered(id);
    Optional<String> because = session().abilities(table).restartsBecause();
    assumeTrue(because.isEmpty(), () -> "loads begin again, because " + because.orElseThrow());
    return table;
  }

  private Table requireLatecomers(TableId id) {
    Table table = discovered(id);
    assumeTrue(
        session().abilities(table).latecomers(), "late commits are not told from rows seen before");
    return table;
  }

  private static List<TableScan> requireSeveralScans(SourceLoad load) {
    List<TableScan> scans = load.scans();
    assertTrue(scans.size() > 1, "the table is too small to be cut: see rowsToCut()");
    return scans;
  }

  // What the tests are written with: rows

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

  /** A table that is large enough to be cut. */
  private TableId large(String name) {
    TableId table = table(name);
    change(
        changes -> {
          for (int n = 1; n <= rowsToCut(); n++) {
            insert(changes, table, large(n));
          }
        });
    return table;
  }

  /** The n-th row, of half a kilobyte. */
  private static SourceRow large(long n) {
    return row(n).withPayload("large ".repeat(85) + n);
  }

  /** An insert, an update and a delete, at places that differ. */
  private void disturb(TableId id, long n) {
    List<Long> ids = List.copyOf(model(id).keySet());
    change(
        changes -> {
          insert(changes, id, large(100_000 + n));
          update(changes, id, large(ids.get((int) (n * 31 % ids.size()))).withPayload("now " + n));
          delete(changes, id, ids.get((int) ((n * 31 + 7) % ids.size())));
        });
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

  private List<SourceRow> rowsOf(SourceBatch batch) {
    return SourceRows.of(batch.rows(), source());
  }

  /** The rows that a slice of a load says are read again by the first scan by key after it. */
  private List<SourceRow> recentOf(SourceBatch batch) {
    BitSet recent = batch.recentOrNull();
    List<SourceRow> rows = rowsOf(batch);
    return recent == null ? List.of() : recent.stream().mapToObj(rows::get).toList();
  }

  /** All batches that are left. */
  private static List<SourceBatch> next(BatchReader reader) {
    List<SourceBatch> batches = new ArrayList<>();
    for (Optional<SourceBatch> next = reader.next(); next.isPresent(); next = reader.next()) {
      batches.add(next.get());
    }
    return batches;
  }
}
