package dev.bobbin.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is special to the in-memory source that keeps versions; the rest is in the contracts. */
class VersionedSourceTest {

  private static final String ID = SourceFixture.ID;
  private static final String VERSION = SourceFixture.VERSION;

  private final InMemorySource source = InMemorySource.named("shop").versioned();
  private TableId orders = source.id("orders");
  private SourceSession session = source.connect(settings(3));

  private static SourceSettings settings(int maxScans) {
    return new SourceSettings(
        "test",
        null,
        maxScans,
        1 << 20,
        3,
        1 << 20,
        Duration.ofSeconds(10),
        Duration.ofSeconds(10));
  }

  @BeforeEach
  void createTable() {
    orders = source.create(InMemoryFixture.portable(source.id("orders")));
  }

  @AfterEach
  void nothingStaysOpen() {
    session.close();
    assertThat(source.openLoads()).isZero();
    assertThat(source.openReaders()).isZero();
    assertThat(source.openSessions()).isZero();
  }

  private void fill(int from, int to) {
    for (long id = from; id <= to; id++) {
      source.insert(orders, id, null, id, "text");
    }
  }

  private Table table(TableId id) {
    return session.discover(name -> true).table(id).orElseThrow();
  }

  private LoadRequest request(Map<String, String> positions, int readers) {
    return new LoadRequest(table(orders), null, positions, true, readers);
  }

  private SourceLoad load(int readers) {
    return session.beginLoad(request(Map.of(), readers)).orElseThrow();
  }

  private static List<Long> ids(BatchReader reader) {
    List<Long> ids = new ArrayList<>();
    for (SourceBatch batch : batches(reader)) {
      batch.rows().forEach(row -> ids.add(row.getLong(ID)));
    }
    return ids;
  }

  private static List<SourceBatch> batches(BatchReader reader) {
    List<SourceBatch> batches = new ArrayList<>();
    for (Optional<SourceBatch> next = reader.next(); next.isPresent(); next = reader.next()) {
      batches.add(next.get());
    }
    return batches;
  }

  private static Map<String, String> positions(SourceLoad load) {
    Map<String, String> positions = new HashMap<>();
    load.scans().forEach(s -> positions.put(s.name(), ((ScanRange.Slice) s.range()).position()));
    return positions;
  }

  private List<Long> increment(@Nullable Bookmark bookmark, long overlap, String position) {
    try (BatchReader reader = session.open(byKey(bookmark, overlap, position))) {
      return ids(reader);
    }
  }

  private TableScan byKey(@Nullable Bookmark bookmark, long overlap, @Nullable String position) {
    return new TableScan(
        table(orders),
        TableScan.KEY,
        new ScanRange.FromBookmark(VERSION, bookmark, new Overlap.Count(overlap), position));
  }

  private Bookmark at(long key) {
    return new Bookmark(
        VERSION, table(orders).column(VERSION).orElseThrow().type(), "bigint", Long.toString(key));
  }

  @Test
  void saysWhatItCan() {
    TableId view = source.createView(source.id("seen"), orders);
    assertThat(session.abilities(table(orders)))
        .isEqualTo(new TableAbilities(null, null, null, true));
    assertThat(session.abilities(table(view)))
        .isEqualTo(new TableAbilities("it is a view", "it is a view", null, false));
    assertThat(session.beginLoad(new LoadRequest(table(view), null, Map.of(), true, 2))).isEmpty();
    InMemorySource plain = InMemorySource.named("plain");
    TableId id = plain.create(InMemoryFixture.portable(plain.id("orders")));
    try (SourceSession other = plain.connect(settings(1))) {
      Table table = other.discover(name -> true).table(id).orElseThrow();
      assertThat(other.abilities(table)).isEqualTo(TableAbilities.PLAIN);
      assertThat(other.beginLoad(new LoadRequest(table, null, Map.of(), true, 2))).isEmpty();
    }
  }

  @Test
  void cutsByRowsAndReadersUnlessSaid() {
    try (SourceLoad load = load(2)) {
      assertThat(load.scans()).isEmpty();
    }
    fill(1, 100);
    for (int[] expected : new int[][] {{1, 1}, {2, 8}, {3, 10}, {9, 10}}) {
      try (SourceLoad load = load(expected[0])) {
        assertThat(load.scans()).hasSize(expected[1]);
      }
    }
    source.slices(200);
    try (SourceLoad load = load(1)) {
      assertThat(load.scans()).hasSize(200);
      List<Long> all = new ArrayList<>();
      for (TableScan scan : load.scans()) {
        try (BatchReader reader = load.open(scan)) {
          all.addAll(ids(reader));
        }
      }
      assertThat(all).hasSize(100).doesNotHaveDuplicates();
    }
  }

  @Test
  void changedRowsOfTheDonePartComeFirstAtTheOldPosition() {
    fill(1, 9);
    Map<String, String> positions = new HashMap<>();
    try (SourceLoad load = load(1);
        BatchReader reader = load.open(load.scans().get(0))) {
      positions.put("slice-1", reader.next().orElseThrow().position().orElseThrow());
    }
    source.update(orders, row -> row.get(ID).equals(2L), Map.of(VERSION, 20L));
    fill(10, 10);
    try (SourceLoad load = session.beginLoad(request(positions, 1)).orElseThrow()) {
      assertThat(load.restarted()).isEmpty();
      assertThat(positions(load)).isEqualTo(positions);
      try (BatchReader reader = load.open(load.scans().get(0))) {
        assertThat(ids(reader)).containsExactly(2L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
        positions.put("slice-1", reader.endPosition().orElseThrow());
      }
    }
    source.update(
        orders, row -> (Long) row.get(ID) % 2 == 0 && (Long) row.get(ID) > 2, Map.of(VERSION, 21L));
    source.delete(orders, row -> row.get(ID).equals(8L));
    Optional<String> first;
    try (SourceLoad load = session.beginLoad(request(positions, 1)).orElseThrow();
        BatchReader reader = load.open(load.scans().get(0))) {
      SourceBatch batch = reader.next().orElseThrow();
      first = batch.position();
      assertThat(batch.rows().rowCount()).isEqualTo(3);
      assertThat(reader.next()).isEmpty();
      assertThat(reader.endPosition()).isNotEqualTo(first);
    }
    assertThat(first).contains(positions.get("slice-1"));
  }

  @Test
  void positionsComeOnlyWhereTheyAreWanted() {
    fill(1, 4);
    LoadRequest request = new LoadRequest(table(orders), null, Map.of(), false, 1);
    try (SourceLoad load = session.beginLoad(request).orElseThrow();
        BatchReader reader = load.open(load.scans().get(0))) {
      assertThat(batches(reader)).allMatch(batch -> batch.position().isEmpty());
      assertThat(reader.endPosition()).isEmpty();
    }
  }

  @Test
  void beginsAgainWhereItCannotGoOn() {
    fill(1, 40);
    source.slices(3);
    Map<String, String> positions;
    try (SourceLoad load = load(2)) {
      positions = positions(load);
    }
    Map<String, String> incomplete = new HashMap<>(positions);
    incomplete.remove("slice-2");
    Map<String, String> foreign = new HashMap<>(positions);
    foreign.put("slice-2", "what another source says");
    Map<String, String> lost = Map.of("slice-1", positions.get("slice-1"));
    assertThat(restarted(positions)).isEmpty();
    assertThat(restarted(incomplete).orElseThrow()).contains("not there");
    assertThat(restarted(lost).orElseThrow()).contains("not there");
    assertThat(restarted(foreign).orElseThrow()).contains("none of this source");
    source.rewrite(orders);
    assertThat(restarted(positions).orElseThrow()).contains("rewritten");
    try (SourceLoad load = load(2)) {
      positions = positions(load);
    }
    source.failOver();
    assertThat(restarted(positions).orElseThrow()).contains("history");
  }

  private Optional<String> restarted(Map<String, String> positions) {
    try (SourceLoad load = session.beginLoad(request(positions, 2)).orElseThrow()) {
      load.restarted().ifPresent(why -> assertThat(why).endsWith("."));
      return load.restarted();
    }
  }

  @Test
  void aTableThatIsEmptiedWhileItIsLoadedFailsTheNextScan() {
    fill(1, 20);
    source.slices(2);
    try (SourceLoad load = load(2)) {
      source.truncate(orders);
      assertThatThrownBy(() -> load.open(load.scans().get(0)))
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("emptied");
    }
  }

  @Test
  void scansOfLoadsCountAndHappen() {
    fill(1, 20);
    source.slices(4);
    int[] opened = {0};
    source.always(Moment.open(orders), () -> opened[0]++);
    source.once(
        Moment.afterRow(orders, 2).of("slice-2"),
        InMemorySource.failing(SourceException.Kind.TRANSIENT));
    try (SourceLoad load = load(3);
        BatchReader first = load.open(load.scans().get(0));
        BatchReader second = load.open(load.scans().get(1));
        BatchReader third = load.open(load.scans().get(2))) {
      assertThatThrownBy(() -> load.open(load.scans().get(3)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("agreed");
      assertThat(ids(first)).hasSize(5);
      assertThatThrownBy(second::next).isInstanceOf(SourceException.class);
      assertThat(ids(third)).hasSize(5);
      assertThat(source.openLoads()).isEqualTo(1);
      assertThat(source.openReaders()).isEqualTo(3);
    }
    assertThat(opened[0]).isEqualTo(4);
    assertThat(source.mostReaders()).isEqualTo(3);
    assertThat(source.scans())
        .extracting(TableScan::name)
        .containsExactly("slice-1", "slice-2", "slice-3");
  }

  @Test
  void theTailHasWhatTheNextScanReadsAgain() {
    fill(1, 6);
    InMemorySource.Transaction late = source.begin();
    fill(7, 9);
    late.insert(orders, 100L, null, 5L, "late");
    Incremental method = new Incremental(VERSION, new Overlap.Count(1), NullKeys.EVERY_RUN);
    LoadRequest request = new LoadRequest(table(orders), method, Map.of(), true, 1);
    Bookmark bookmark;
    String position;
    try (SourceLoad load = session.beginLoad(request).orElseThrow()) {
      assertThatThrownBy(load::tail).isInstanceOf(IllegalStateException.class);
      try (BatchReader reader = load.open(load.scans().get(0))) {
        assertThat(ids(reader)).hasSize(9);
      }
      TableScan tail = load.tail().orElseThrow();
      bookmark = ((ScanRange.FromBookmark) tail.range()).bookmark().orElseThrow();
      assertThat(bookmark).isEqualTo(at(9));
      try (BatchReader reader = load.open(tail)) {
        SourceBatch batch = reader.next().orElseThrow();
        assertThat(batch.rows().rowCount()).isEqualTo(2);
        assertThat(batch.recentOrNull().cardinality()).isEqualTo(2);
        assertThat(reader.next()).isEmpty();
        position = reader.endPosition().orElseThrow();
      }
    }
    late.commit();
    // Only what was written since the oldest transaction that was running, and in the overlap.
    assertThat(increment(bookmark, 5, position)).containsExactly(100L, 7L, 8L, 9L);
    assertThat(increment(bookmark, 1, position)).containsExactly(8L, 9L);
  }

  @Test
  void anInterruptedScanGoesOnBehindWhatItHasSeen() {
    fill(1, 20);
    String position;
    try (BatchReader reader = session.open(byKey(null, 5, null))) {
      assertThat(ids(reader)).hasSize(20);
      position = reader.endPosition().orElseThrow();
    }
    assertThat(increment(at(20), 5, position)).isEmpty();
    // Six rows come late, in the overlap of 15, and are read in batches of three.
    for (long id = 30; id < 36; id++) {
      source.insert(orders, id, null, id - 20, "late");
    }
    String between;
    try (BatchReader reader = session.open(byKey(at(20), 15, position))) {
      SourceBatch batch = reader.next().orElseThrow();
      assertThat(batch.upToBookmark()).isEqualTo(3);
      between = batch.position().orElseThrow();
    }
    source.insert(orders, 40L, null, 6L, "later still");
    try (BatchReader reader = session.open(byKey(at(20), 15, between))) {
      SourceBatch batch = reader.next().orElseThrow();
      assertThat(batch.rows().rowCount()).isEqualTo(3);
      between = batch.position().orElseThrow(); // behind 40, 32 (once more, a tie), 33
    }
    assertThat(increment(at(20), 15, between)).containsExactly(33L, 34L, 35L);
  }

  @Test
  void aPositionOfAnotherHistoryIsNotBelieved() {
    fill(1, 5);
    String position;
    try (BatchReader reader = session.open(byKey(null, 5, null))) {
      assertThat(ids(reader)).hasSize(5);
      assertThat(reader.notes()).isEmpty();
      position = reader.endPosition().orElseThrow();
    }
    source.insert(orders, 10L, null, 4L, "late");
    source.failOver();
    try (BatchReader reader = session.open(byKey(at(5), 2, position))) {
      assertThat(reader.notes()).singleElement().asString().contains("read again");
      assertThat(ids(reader)).containsExactlyInAnyOrder(3L, 4L, 10L, 5L);
    }
  }
}
