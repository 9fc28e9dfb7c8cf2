package dev.bobbin.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Interval;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.Progress;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.state.Checkpoint;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testkit.SinkFixture.Behaviour;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What every sink must do, as tests. The author of one extends this class, gives a {@link
 * SinkFixture}, and inherits them; each names the contract of the design that it is for.
 *
 * <p>The rows come from an {@link InMemorySource} through a {@link Replicator}, over batches of
 * three rows.
 */
public abstract class RecordSinkContract {

  private static final int BATCH_ROWS = 3;

  /** For subclasses. */
  protected RecordSinkContract() {}

  /**
   * A fixture with nothing in it, which the test closes; a test may take several.
   *
   * @throws Exception if there is none to be had; the test fails
   */
  protected abstract SinkFixture fixture() throws Exception;

  /** A source, a place for rows and a store, which outlive processes. */
  private static final class World implements AutoCloseable {
    final InMemorySource source = InMemorySource.named("shop");
    final MemoryStateStore store = new MemoryStateStore();
    final SinkFixture fixture;
    Selection selection = Selection.of();

    World(SinkFixture fixture) {
      this.fixture = fixture;
    }

    TableId table(String name) {
      return source.create(
          Table.named(source.id(name))
              .column(Column.of("id", new DataType.Int(64, true), "bigint").notNull())
              .column(Column.of("version", new DataType.Int(64, true), "bigint"))
              .column(Column.of("payload", new DataType.Text(), "text"))
              .primaryKey("id")
              .index(new Table.Index("by_version", List.of("version"), false, false, false, true))
              .build());
    }

    TableId filled(String name, int rows) {
      TableId table = table(name);
      for (long id = 1; id <= rows; id++) {
        source.insert(table, id, id * 10, "payload " + id);
      }
      return table;
    }

    World select(TableSelection... tables) {
      selection = Selection.of(tables);
      return this;
    }

    void run() {
      run(CrashPoint.counting(), fixture.sink());
    }

    void run(CrashPoint process, RecordSink sink) {
      try (Replicator replicator = replicator(process)) {
        var report = replicator.replicate(selection, process.sink(sink));
        if (!process.hasCrashed()) {
          report.throwIfFailed();
        }
      } catch (CrashPoint.Crash e) {
        // as was to be
      } catch (RuntimeException e) {
        if (!process.hasCrashed()) {
          throw e;
        }
      }
    }

    Replicator replicator(CrashPoint process) {
      return Replicator.from(process.source(source))
          .named("Contract")
          .rememberIn(process.store(store))
          .batchRows(BATCH_ROWS)
          .parallelism(4)
          .retry(new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(5)))
          .build();
    }

    @Override
    public void close() {
      fixture.close();
    }
  }

  private World world() throws Exception {
    return new World(fixture());
  }

  private static TableSelection full(TableId table) {
    return TableSelection.table(table.toString());
  }

  private static TableSelection incremental(TableId table) {
    return full(table).incrementalBy("version");
  }

  /** Contract 1: what was written is there, value for value. */
  @Test
  public void rowsAreReadBack() throws Exception {
    try (World world = world()) {
      TableId first = world.filled("first", 10);
      TableId second = world.filled("second", 4);
      world.source.insert(first, 20L, null, null);
      world.source.insert(first, 21L, Long.MIN_VALUE, "");
      world.source.insert(first, 22L, Long.MAX_VALUE, "\"quoted\",\\ \n\t\u0001 \ud83d\ude00");
      world.source.insert(first, 23L, (1L << 53) + 1, "long ".repeat(10_000));
      world.select(full(first), incremental(second)).run();
      assertRows(world, first);
      assertRows(world, second);
      assertEquals(14, world.fixture.read(first).size(), "each row once");
      assertEquals(4, world.fixture.read(second).size(), "each row once");
    }
  }

  /** A table without rows is taken like any other. */
  @Test
  public void anEmptyTableIsTaken() throws Exception {
    try (World world = world()) {
      TableId empty = world.table("empty");
      world.select(full(empty)).run();
      assertEquals(List.of(), world.fixture.read(empty));
      world.source.insert(empty, 1L, 10L, "first");
      world.run();
      assertRows(world, empty);
    }
  }

  /** Later incremental runs add to the load, and a changed row is mended by its identity. */
  @Test
  public void laterRunsAddAndMend() throws Exception {
    try (World world = world()) {
      TableId table = world.filled("orders", 7);
      world.select(incremental(table)).run();
      world.source.update(
          table,
          row -> Objects.equals(row.get("id"), 3L),
          Map.of("version", 100L, "payload", "changed"));
      world.source.insert(table, 8L, 101L, "new");
      world.run();
      assertRows(world, table);
      if (world.fixture.supports(Behaviour.UPSERTS)) {
        assertEquals(8, world.fixture.read(table).size());
      }
    }
  }

  /** A column that is added joins, and one that is dropped leaves, by name. */
  @Test
  public void columnsJoinAndLeave() throws Exception {
    for (boolean incremental : List.of(false, true)) {
      try (World world = world()) {
        TableId table = world.filled("orders", 4);
        world.select(incremental ? incremental(table) : full(table)).run();
        world.source.addColumn(table, Column.of("extra", new DataType.Text(), "text"));
        world.source.insert(table, 5L, 50L, "payload 5", "extra 5");
        world.run();
        assertEquals("extra 5", cell(world.fixture.read(table), 5, "extra"));
        world.source.dropColumn(table, "payload");
        world.source.insert(table, 6L, 60L, "extra 6");
        world.run();
        List<Map<String, @Nullable Object>> rows = world.fixture.read(table);
        assertEquals(6, byId(rows).size());
        assertEquals("extra 6", cell(rows, 6, "extra"));
        assertEquals(60L, number(cell(rows, 6, "version")));
        assertEquals(null, cell(rows, 6, "payload"));
      }
    }
  }

  /** A load replaces those before it when it is complete; until then a reader sees the old one. */
  @Test
  public void aCompleteLoadReplacesOlderOnes() throws Exception {
    try (World world = world()) {
      assumeSupported(world, Behaviour.SWAPS_ON_COMPLETE);
      TableId table = world.filled("orders", 7);
      world.select(full(table)).run();
      List<Map<String, @Nullable Object>> before = world.source.rows(table);
      world.source.delete(table, row -> number(row.get("id")) <= 3);
      world.source.insert(table, 30L, 300L, "new");
      FailingSink failing =
          new FailingSink(world.fixture.sink()).before(Call.WRITE, 2, FailingSink.diskFull());
      try (Replicator replicator = world.replicator(CrashPoint.counting())) {
        assertFalse(replicator.replicate(world.selection, failing).isCompleted());
      }
      assertEquals(byId(before), byId(world.fixture.read(table)));
      world.run();
      assertEquals(byId(world.source.rows(table)), byId(world.fixture.read(table)));
    }
  }

  /** Contracts 1 and 2: the process dies at any step, the next one goes on, and nothing is lost. */
  @Test
  public void nothingIsLostInACrashAtAnyStep() throws Exception {
    for (boolean incremental : List.of(true, false)) {
      int steps = Integer.MAX_VALUE;
      for (int step = 0; step <= steps; step++) {
        try (World world = world()) {
          TableId table = world.filled("orders", 8);
          world.select(incremental ? incremental(table) : full(table));
          CrashPoint process = step == 0 ? CrashPoint.counting() : CrashPoint.at(step);
          world.run(process, world.fixture.sink());
          if (step == 0) {
            steps = process.steps();
          }
          String where = process.toString();
          Standing died = Standing.of(world, table);
          world.run();
          assertRows(world, table);
          if (world.fixture.supports(Behaviour.UPSERTS)
              || world.fixture.supports(Behaviour.TRACKS_PROGRESS)) {
            boolean restarted =
                !incremental && !world.fixture.supports(Behaviour.SWAPS_ON_COMPLETE);
            if (!restarted) {
              assertEquals(8, world.fixture.read(table).size(), "each row once; " + where);
            }
          }
          Standing after = Standing.of(world, table);
          assertTrue(after.isNotBefore(died), "progress went back from " + died + " to " + after);
          world.source.insert(table, 9L, 90L, "payload 9");
          world.run();
          assertRows(world, table);
        }
      }
    }
  }

  /** How far a sink says that it has come: a load, and a bookmark of whole numbers within it. */
  private record Standing(long loadId, long bookmark) {
    static Standing of(World world, TableId table) throws Exception {
      Progress progress = world.fixture.sink().progress(table);
      assertEquals(world.fixture.supports(Behaviour.TRACKS_PROGRESS), progress.isTracked());
      long load = -1;
      long bookmark = -1;
      for (Checkpoint checkpoint : progress.checkpoints()) {
        assertEquals(table, checkpoint.table());
        load = Math.max(load, checkpoint.loadId());
        Optional<Long> value = checkpoint.bookmark().map(b -> Long.parseLong(b.value()));
        bookmark = Math.max(bookmark, value.orElse(-1L));
      }
      return new Standing(load, bookmark);
    }

    boolean isNotBefore(Standing other) {
      return loadId > other.loadId || (loadId == other.loadId && bookmark >= other.bookmark);
    }
  }

  /** Contract 3: a sink that tracks its progress says what it committed last, and of which load. */
  @Test
  public void progressIsWhatWasCommittedLast() throws Exception {
    try (World world = world()) {
      assumeSupported(world, Behaviour.TRACKS_PROGRESS);
      TableId table = world.filled("orders", 8);
      assertEquals(List.of(), world.fixture.sink().progress(table).checkpoints());
      assertTrue(world.fixture.sink().progress(table).isTracked());
      world.select(incremental(table)).run();
      Standing first = Standing.of(world, table);
      assertEquals(80, first.bookmark());
      world.run();
      assertEquals(first, Standing.of(world, table), "an empty run changes nothing");
      try (Replicator replicator = world.replicator(CrashPoint.counting())) {
        replicator.reset(table);
      }
      world.source.delete(table, row -> number(row.get("id")) > 5);
      world.run();
      Standing second = Standing.of(world, table);
      assertTrue(second.loadId() > first.loadId());
      assertEquals(50, second.bookmark(), "of the newest load only");
    }
  }

  /** Contract 12: a table's name is data, whatever stands in it. */
  @Test
  public void tablesWithOddNamesAreKeptApart() throws Exception {
    try (World world = world()) {
      assumeSupported(world, Behaviour.ODD_NAMES);
      List<TableId> tables = new ArrayList<>();
      List<TableSelection> selections = new ArrayList<>();
      for (String name :
          List.of(
              "x",
              "X",
              "a\"; drop table x",
              "a.b",
              "a/b",
              "..",
              "../x",
              "a\\b",
              " ",
              "con",
              "a%2fb",
              "*",
              "\ud83d\ude00",
              "n".repeat(200) + "1",
              "n".repeat(200) + "2")) {
        TableId table = world.table(name);
        world.source.insert(table, (long) tables.size(), 1L, name);
        tables.add(table);
        StringBuilder quoted = new StringBuilder();
        for (String part : table.parts()) {
          quoted.append(quoted.isEmpty() ? "" : ".");
          quoted.append('"').append(part.replace("\"", "\"\"")).append('"');
        }
        selections.add(TableSelection.table(quoted.toString()));
      }
      world.select(selections.toArray(new TableSelection[0])).run();
      for (TableId table : tables) {
        assertEquals(byId(world.source.rows(table)), byId(world.fixture.read(table)));
      }
    }
  }

  /** Contract 8: a sink takes values of every type, NULLs, and values that Java cannot hold. */
  @Test
  public void everyTypeIsTaken() throws Exception {
    Map<DataType, Object> values = new LinkedHashMap<>();
    values.put(new DataType.Bool(), true);
    values.put(new DataType.Int(16, true), -5L);
    values.put(new DataType.Int(64, false), new BigInteger("18446744073709551615"));
    values.put(DataType.Decimal.UNBOUNDED, new BigDecimal("1234567890123456789.0123456789"));
    values.put(new DataType.Float(32), 1.5f);
    values.put(new DataType.Float(64), Double.NaN);
    values.put(new DataType.Text(), "text");
    values.put(new DataType.Bytes(), new byte[] {0, 1, -1});
    values.put(new DataType.Date(), LocalDate.of(2024, 2, 29));
    values.put(new DataType.Time(), LocalTime.of(23, 59, 59, 999_999_000));
    values.put(new DataType.OffsetTime(), OffsetTime.parse("10:00:00+05:30"));
    values.put(new DataType.Timestamp(), LocalDateTime.parse("2024-03-31T02:30:00"));
    values.put(new DataType.Instant(), Instant.parse("9999-12-31T23:59:59.999999Z"));
    values.put(new DataType.OffsetTimestamp(), OffsetDateTime.parse("2024-01-01T00:00:00-08:00"));
    values.put(new DataType.Interval(), new Interval(14, -3, 500_000));
    values.put(new DataType.Uuid(), new UUID(1, 2));
    values.put(new DataType.Json(), "{\"a\": [1, null]}");
    values.put(
        new DataType.Array(new DataType.Int(32, true)),
        Arrays.asList(Arrays.asList(1L, null), Arrays.asList(3L, 4L)));
    values.put(new DataType.Other("point"), "(1,2)");
    try (World world = world()) {
      Table.Builder description =
          Table.named(world.source.id("types"))
              .column(Column.of("id", new DataType.Int(64, true), "bigint").notNull())
              .primaryKey("id");
      List<@Nullable Object> full = new ArrayList<>(List.of(1L));
      List<@Nullable Object> none = new ArrayList<>(List.of(2L));
      List<@Nullable Object> beyond = new ArrayList<>(List.of(3L));
      int number = 0;
      for (Map.Entry<DataType, Object> entry : values.entrySet()) {
        description.column(Column.of("c" + ++number, entry.getKey(), entry.getKey().toString()));
        full.add(entry.getValue());
        none.add(null);
        beyond.add(new Unrepresentable("beyond"));
      }
      TableId table = world.source.create(description.build());
      for (List<@Nullable Object> row : List.of(full, none, beyond)) {
        world.source.insert(table, row.toArray());
      }
      world.select(full(table)).run();
      List<Map<String, @Nullable Object>> read = world.fixture.read(table);
      assertEquals(List.of(1L, 2L, 3L), byId(read).keySet().stream().sorted().toList());
      assertEquals(-5L, number(cell(read, 1, "c2")));
      assertEquals("text", cell(read, 1, "c7"));
      assertEquals(null, cell(read, 2, "c7"));
    }
  }

  /** A sink that takes several tables at the same time keeps them apart. */
  @Test
  public void tablesSideBySideAreKeptApart() throws Exception {
    try (World world = world()) {
      List<TableId> tables = new ArrayList<>();
      List<TableSelection> selections = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        TableId table = world.filled("table_" + i, 20 + i);
        tables.add(table);
        selections.add(i % 2 == 0 ? full(table) : incremental(table));
      }
      world.select(selections.toArray(new TableSelection[0])).run();
      for (TableId table : tables) {
        assertRows(world, table);
      }
    }
  }

  private static void assumeSupported(World world, Behaviour behaviour) {
    assumeTrue(world.fixture.supports(behaviour), "the sink declares that it lacks " + behaviour);
  }

  /** Checks that the sink shows the source's rows: of each identity the last one. */
  private static void assertRows(World world, TableId table) {
    assertEquals(byId(world.source.rows(table)), byId(world.fixture.read(table)));
  }

  private static Map<Long, Map<String, Object>> byId(
      Collection<Map<String, @Nullable Object>> rows) {
    Map<Long, Map<String, Object>> result = new LinkedHashMap<>();
    for (Map<String, @Nullable Object> row : rows) {
      Map<String, Object> normal = new LinkedHashMap<>();
      for (String column : new HashSet<>(row.keySet())) {
        Object value = row.get(column);
        if (value != null) {
          normal.put(column, value instanceof Number number ? number.longValue() : value);
        }
      }
      long id = number(row.get("id"));
      result.remove(id);
      result.put(id, normal);
    }
    return result;
  }

  private static @Nullable Object cell(
      List<Map<String, @Nullable Object>> rows, long id, String column) {
    return Objects.requireNonNull(byId(rows).get(id), "row " + id).get(column);
  }

  private static long number(@Nullable Object value) {
    return ((Number) Objects.requireNonNull(value)).longValue();
  }
}
