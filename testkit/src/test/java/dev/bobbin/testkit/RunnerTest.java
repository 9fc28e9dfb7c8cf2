package dev.bobbin.testkit;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SinkException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.testkit.FailingSink.Call;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The runner over the in-memory source, where a real one cannot be brought to misbehave. */
class RunnerTest {

  private final World world = new World(new CollectingSink());
  private TableId orders;

  @BeforeEach
  void createOrders() {
    orders = world.table("orders");
    world.fill(orders, 1, 10);
    world.selection = Selection.of(table("orders").incrementalBy("key"));
  }

  @AfterEach
  void nothingIsOpen() {
    assertThat(world.source.openReaders()).isZero();
    assertThat(world.source.openSessions()).isZero();
    assertThat(world.sink.violations()).isEmpty();
  }

  private void assertSameRows(TableId table) {
    assertThat(world.sink.upserted(table))
        .containsExactlyInAnyOrderElementsOf(world.source.rows(table));
  }

  private RunReport.TableReport reportOn(RunReport report, TableId table) {
    return report.table(table).orElseThrow();
  }

  @Test
  void passingFailuresAtAnyMomentAreTriedAgain() {
    List<Moment> moments =
        List.of(
            Moment.connect(),
            Moment.discover(),
            Moment.estimate(),
            Moment.open(orders),
            Moment.beforeBatch(orders, 2),
            Moment.afterRow(orders, 5),
            Moment.end(orders));
    for (Moment moment : moments) {
      World fresh = new World(new CollectingSink());
      fresh.fill(fresh.table("orders"), 1, 10);
      fresh.selection = world.selection;
      fresh.source.once(moment, InMemorySource.failing(Kind.TRANSIENT));
      RunReport report = fresh.run();
      assertThat(report.isCompleted()).as("%s: %s", moment, report.describe()).isTrue();
      assertThat(fresh.sink.rows(orders))
          .containsExactlyInAnyOrderElementsOf(fresh.source.rows(orders));
    }
  }

  @Test
  void failureThatDoesNotPassFailsTheTableAtOnce() {
    TableId other = world.table("other");
    world.fill(other, 1, 4);
    world.selection = Selection.of(table("orders").incrementalBy("key"), table("other"));
    world.source.once(Moment.afterRow(orders, 5), InMemorySource.failing(Kind.PERMANENT));
    RunReport report = world.run();
    assertThat(reportOn(report, orders).status()).isEqualTo(Status.FAILED);
    assertThat(reportOn(report, orders).retries()).isZero();
    assertThat(reportOn(report, other).status()).isEqualTo(Status.COMPLETED);
    assertThat(world.sink.rows(orders)).hasSize(3);
    assertThat(world.sink.completes(orders)).isEmpty();
    world.run().throwIfFailed();
    assertSameRows(orders);
    assertThat(world.repeats(orders)).isZero();
  }

  @Test
  void aDefectOfTheDialectFailsTheTableAndNotTheRun() {
    TableId other = world.table("other");
    world.fill(other, 1, 4);
    world.selection = Selection.of(table("orders").incrementalBy("key"), table("other"));
    world.source.once(
        Moment.beforeBatch(orders, 2),
        () -> {
          throw new ArrayIndexOutOfBoundsException("a defect");
        });
    RunReport report = world.run();
    assertThat(reportOn(report, orders).status()).isEqualTo(Status.FAILED);
    assertThat(reportOn(report, orders).failure().orElseThrow())
        .hasRootCauseInstanceOf(ArrayIndexOutOfBoundsException.class);
    assertThat(reportOn(report, other).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void sourceThatNeverRecoversIsGivenUpAfterTheLastRetry() {
    world.source.always(Moment.open(orders), InMemorySource.failing(Kind.TRANSIENT));
    RunReport report = world.run();
    assertThat(reportOn(report, orders).failure().orElseThrow())
        .isInstanceOf(SourceException.class);
    assertThat(reportOn(report, orders).retries()).isEqualTo(4);
    world.source.calm();
    world.run().throwIfFailed();
    assertSameRows(orders);
  }

  @Test
  void progressStartsTheCountOfRetriesAnew() {
    for (long row = 1; row <= 10; row++) {
      world.source.once(Moment.beforeBatch(orders, 2), InMemorySource.failing(Kind.TRANSIENT));
    }
    world.batchRows = 1;
    world.run().throwIfFailed();
    assertSameRows(orders);
  }

  @Test
  void tableWhoseStructureChangesAtItsOpeningIsPlannedAnew() {
    world.source.once(
        Moment.open(orders),
        () -> {
          world.source.dropColumn(orders, "text");
          world.source.addColumn(orders, Column.of("extra", new DataType.Text(), "text"));
        });
    RunReport report = world.run();
    report.throwIfFailed();
    assertThat(reportOn(report, orders).notes()).anyMatch(note -> note.contains("extra"));
    List<TableLoad> opens = world.sink.opens(orders);
    assertThat(opens.get(opens.size() - 1).table().column("extra")).isPresent();
    assertSameRows(orders);
  }

  @Test
  void structureThatChangesInTheMiddleOfTheScanIsNoticed() {
    world.source.once(
        Moment.beforeBatch(orders, 3),
        () -> {
          world.source.dropColumn(orders, "text");
          InMemorySource.failing(Kind.STRUCTURE_CHANGED).run();
        });
    world.run().throwIfFailed();
    assertThat(world.sink.opens(orders)).hasSize(2);
    assertThat(world.sink.merged(orders)).hasSize(10);
    // The row at the checkpoint is another without the column.
    assertThat(world.sink.rows(orders)).hasSize(11);
  }

  @Test
  void discoveryThatFailsWhileATableIsPlannedAnewIsTriedAgain() {
    world.source.once(
        Moment.open(orders),
        () -> {
          world.source.dropColumn(orders, "text");
          world.source.once(Moment.discover(), InMemorySource.failing(Kind.TRANSIENT));
        });
    world.run().throwIfFailed();
    assertSameRows(orders);
  }

  @Test
  void tableThatIsDroppedDuringTheRunFailsAndTheOthersFinish() {
    TableId other = world.table("other");
    world.fill(other, 1, 4);
    world.selection = Selection.of(table("orders").incrementalBy("key"), table("other"));
    world.source.once(Moment.open(orders), () -> world.source.drop(orders));
    RunReport report = world.run();
    assertThat(reportOn(report, orders).status()).isEqualTo(Status.FAILED);
    assertThat(reportOn(report, orders).failure().orElseThrow()).hasMessageContaining("gone");
    assertThat(reportOn(report, other).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void tableThatIsRenamedInTheMiddleOfItsScanIsReadToItsEnd() {
    TableId renamed = world.source.id("renamed");
    world.source.once(Moment.beforeBatch(orders, 2), () -> world.source.rename(orders, renamed));
    world.run().throwIfFailed();
    assertThat(world.sink.rows(orders))
        .containsExactlyInAnyOrderElementsOf(world.source.rows(renamed));
  }

  @Test
  void scanSeesTheMomentOfItsOpening() {
    world.source.once(
        Moment.beforeBatch(orders, 2),
        () -> {
          world.fill(orders, 11, 20);
          world.source.delete(orders, row -> row.get("id").equals(9L));
        });
    world.run().throwIfFailed();
    assertThat(world.sink.rows(orders)).hasSize(10);
    world.run().throwIfFailed();
    assertThat(world.sink.rows(orders)).hasSize(20);
  }

  @Test
  void rowThatMovesAheadDuringTheScanIsSeenWithItsLastVersion() {
    world.source.once(
        Moment.beforeBatch(orders, 2),
        () ->
            world.source.update(
                orders, row -> row.get("id").equals(9L), Map.of("key", 50L, "text", "moved")));
    world.run().throwIfFailed();
    world.run().throwIfFailed();
    assertSameRows(orders);
  }

  @Test
  void collatedKeysAreComparedByTheSourceAlone() {
    TableId people =
        world.source.create(
            Table.named(world.source.id("people"))
                .column(Column.of("id", new DataType.Int(64, true), "bigint").notNull())
                .column(
                    new Column(
                        "name",
                        new DataType.Text(),
                        "citext",
                        true,
                        true,
                        Column.Generation.NONE,
                        Column.KeySupport.COLLATED,
                        ""))
                .primaryKey("id")
                .build());
    world.source.collate(people, "name", String.CASE_INSENSITIVE_ORDER);
    String[] names = {"b", "B", "a", "A", "a", "c", "C", "C", "c", "C"};
    for (int i = 0; i < names.length; i++) {
      world.source.insert(people, (long) i, names[i]);
    }
    world.selection = Selection.of(table("people").incrementalBy("name"));
    world.run().throwIfFailed();
    assertThat(world.sink.rows(people)).hasSize(10);
    world.run().throwIfFailed();
    assertThat(world.sink.rows(people)).hasSize(10);
    world.source.insert(people, 20L, "c");
    world.source.update(people, row -> row.get("id").equals(6L), Map.of("name", "c"));
    world.run().throwIfFailed();
    assertThat(world.sink.rows(people)).hasSize(12);
    assertSameRows(people);
    world.source.insert(people, 21L, "D");
    world.run().throwIfFailed();
    world.run().throwIfFailed();
    assertThat(world.sink.rows(people)).hasSize(13);
  }

  @Test
  void laggingReplicaNeitherMovesTheBookmarkNorRepeatsRows() {
    world.run().throwIfFailed();
    List<Map<String, Object>> behind = world.source.rows(orders);
    world.source.delete(orders, row -> (Long) row.get("id") > 5);
    world.run().throwIfFailed();
    for (Map<String, Object> row : behind.subList(5, 10)) {
      world.source.insert(orders, row.get("id"), row.get("key"), row.get("text"));
    }
    world.fill(orders, 11, 12);
    world.run().throwIfFailed();
    assertSameRows(orders);
    assertThat(world.repeats(orders)).isZero();
  }

  @Test
  void infinityIsAKeyThatFreezesNothing() {
    TableId events = world.source.create(InMemoryFixture.portable(world.source.id("events")));
    world.source.insert(events, 1L, new Unrepresentable("-infinity"), null, "first");
    world.source.insert(events, 2L, Instant.EPOCH, null, "second");
    world.source.insert(events, 3L, new Unrepresentable("infinity"), null, "last");
    world.selection = Selection.of(table("events").incrementalBy("updated"));
    RunReport report = world.run();
    report.throwIfFailed();
    assertThat(reportOn(report, events).unrepresentable()).containsEntry("updated", 2L);
    world.source.insert(events, 4L, Instant.EPOCH.plusSeconds(1), null, "new");
    world.run().throwIfFailed();
    assertSameRows(events);
    assertThat(world.sink.rows(events)).hasSize(4);
  }

  @Test
  void closingWakesAReaderThatWaitsForTheSource() throws InterruptedException {
    Gate gate = world.source.pauseAt(Moment.beforeBatch(orders, 2));
    Replicator replicator = world.replicator(world.source, world.store).build();
    AtomicReference<RunReport> report = new AtomicReference<>();
    Thread running =
        new Thread(() -> report.set(replicator.replicate(world.selection, world.sink)));
    running.start();
    gate.awaitReached();
    replicator.close();
    running.join(60_000);
    assertThat(running.isAlive()).isFalse();
    assertThat(reportOn(report.get(), orders).status()).isEqualTo(Status.CANCELLED);
    world.run().throwIfFailed();
    assertSameRows(orders);
    assertThat(world.repeats(orders)).isZero();
  }

  @Test
  void interruptingTheCallerEndsTheRun() throws InterruptedException {
    Gate gate = world.source.pauseAt(Moment.beforeBatch(orders, 2));
    AtomicReference<RunReport> report = new AtomicReference<>();
    List<Boolean> flag = new ArrayList<>();
    Thread running =
        new Thread(
            () -> {
              report.set(world.run());
              flag.add(Thread.currentThread().isInterrupted());
            });
    running.start();
    gate.awaitReached();
    running.interrupt();
    running.join(60_000);
    assertThat(running.isAlive()).isFalse();
    assertThat(reportOn(report.get(), orders).status()).isEqualTo(Status.CANCELLED);
    assertThat(flag).containsExactly(true);
  }

  @Test
  void secondRunOverTheSameStoreIsRefused() throws InterruptedException {
    Gate gate = world.source.pauseAt(Moment.beforeBatch(orders, 2));
    Thread running = new Thread(() -> world.run());
    running.start();
    gate.awaitReached();
    assertThatThrownBy(() -> world.run(new CollectingSink())).hasMessageContaining("in use");
    gate.open();
    running.join(60_000);
    assertSameRows(orders);
  }

  @Test
  void errorOfTheSinkEndsTheRunAndGivesEverythingBack() {
    FailingSink failing = new FailingSink(world.sink).before(Call.WRITE, 2, FailingSink.error());
    assertThatThrownBy(() -> world.run(failing)).isInstanceOf(StackOverflowError.class);
    nothingIsOpen();
    world.run().throwIfFailed();
    assertSameRows(orders);
  }

  @Test
  void failureOfTheSinkAtAnyCallLosesNothing() {
    for (Call call : Call.values()) {
      for (int n = 1; n <= 4; n++) {
        for (boolean before : List.of(true, false)) {
          for (FailingSink.Action action :
              List.of(FailingSink.deadlock(), FailingSink.diskFull())) {
            World fresh = new World(new CollectingSink().durableOnFlush(150, NEVER));
            TableId table = fresh.table("orders");
            fresh.fill(table, 1, 10);
            fresh.selection = world.selection;
            FailingSink failing = new FailingSink(fresh.sink);
            if (before) {
              failing.before(call, n, action);
            } else {
              failing.after(call, n, action);
            }
            RunReport report = fresh.run(failing);
            report.tables().stream()
                .flatMap(t -> t.failure().stream())
                .forEach(f -> assertThat(f).isInstanceOf(SinkException.class));
            fresh.run().throwIfFailed();
            assertThat(fresh.sink.upserted(table))
                .containsExactlyInAnyOrderElementsOf(fresh.source.rows(table));
            assertThat(fresh.sink.violations()).isEmpty();
          }
        }
      }
    }
  }

  private static final java.time.Duration NEVER = java.time.Duration.ofHours(1);

  @Test
  void slowSinkDoesNotLetTheSourceRunAhead() {
    List<Integer> rowsReadAtWrite = new ArrayList<>();
    int[] read = new int[1];
    for (long n = 1; n <= 10; n++) {
      world.source.once(Moment.afterRow(orders, n), () -> read[0]++);
    }
    world.executor = Runnable::run;
    FailingSink watching =
        new FailingSink(world.sink).from(Call.WRITE, 1, () -> rowsReadAtWrite.add(read[0]));
    world.run(watching).throwIfFailed();
    assertThat(rowsReadAtWrite).containsExactly(6, 9, 10, 10);
  }

  @Test
  void noMoreScansAreOpenThanTablesAreCopiedSideBySide() {
    List<dev.bobbin.select.TableSelection> tables = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      TableId table = world.table("t" + i);
      world.fill(table, 1, 7);
      tables.add(i % 2 == 0 ? table("t" + i) : table("t" + i).incrementalBy("key"));
    }
    world.selection = Selection.of(tables);
    world.parallelism = 3;
    world.run().throwIfFailed();
    assertThat(world.source.mostReaders()).isBetween(1, 3);
    for (int i = 0; i < 10; i++) {
      assertSameRows(world.source.id("t" + i));
    }
  }

  @Test
  void rowThatIsTooLargeIsNamedWithoutItsValue() {
    world.source.insert(orders, 11L, 11L, "secret ".repeat(1000));
    RunReport report;
    try (Replicator replicator =
        world.replicator(world.source, world.store).maxRowBytes(2000).build()) {
      report = replicator.replicate(world.selection, world.sink);
    }
    assertThat(reportOn(report, orders).failure().orElseThrow().getMessage())
        .contains("orders")
        .doesNotContain("secret");
  }
}
