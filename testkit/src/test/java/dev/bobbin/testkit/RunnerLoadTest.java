package dev.bobbin.testkit;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.Selection;
import dev.bobbin.testkit.FailingSink.Call;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The runner over a source that cuts loads into scans. */
@Timeout(60)
class RunnerLoadTest {

  private World world;
  private TableId orders;

  @BeforeEach
  void createOrders() {
    use(new CollectingSink());
  }

  private void use(CollectingSink sink) {
    world = new World(sink);
    world.source.versioned().slices(3);
    world.parallelism = 3;
    orders = world.table("orders");
    world.fill(orders, 1, 30);
    world.selection = Selection.of(table("orders"));
  }

  @AfterEach
  void nothingIsOpen() {
    assertThat(world.source.openReaders()).isZero();
    assertThat(world.source.openLoads()).isZero();
    assertThat(world.source.openSessions()).isZero();
    assertThat(world.sink.violations()).isEmpty();
  }

  private void assertSameRows(TableId table) {
    assertThat(world.sink.upserted(table))
        .containsExactlyInAnyOrderElementsOf(world.source.rows(table));
  }

  private static RunReport.TableReport reportOn(RunReport report, TableId table) {
    return report.table(table).orElseThrow();
  }

  /** Lets the first batches of all three slices be read at the same time. */
  private void readSideBySide() {
    CountDownLatch all = new CountDownLatch(3);
    for (int slice = 1; slice <= 3; slice++) {
      world.source.once(
          Moment.beforeBatch(orders, 1).of("slice-" + slice),
          () -> {
            all.countDown();
            await(all);
          });
    }
  }

  @Test
  void allHandsReadOneTable() {
    readSideBySide();
    world.run().throwIfFailed();
    assertThat(world.source.mostReaders()).isEqualTo(3);
    assertThat(world.sink.rows(orders))
        .containsExactlyInAnyOrderElementsOf(world.source.rows(orders));
  }

  @Test
  void allSlicesSeeOneSnapshot() {
    List<Map<String, Object>> before = world.source.rows(orders);
    world.source.once(
        Moment.beforeBatch(orders, 1).of("slice-2"),
        () -> {
          world.source.delete(orders, r -> (Long) r.get("id") > 12);
          world.source.update(orders, r -> r.get("id").equals(12L), Map.of("text", "changed"));
          world.fill(orders, 40, 50);
        });
    world.parallelism = 1;
    world.run().throwIfFailed();
    assertThat(world.sink.rows(orders)).containsExactlyInAnyOrderElementsOf(before);
  }

  @Test
  void anInterruptedFullTableGoesOnUnderItsLoadId() {
    world.parallelism = 1;
    world.source.once(
        Moment.beforeBatch(orders, 3).of("slice-2"), InMemorySource.failing(Kind.PERMANENT));
    assertThat(reportOn(world.run(), orders).status()).isEqualTo(Status.FAILED);
    int delivered = world.sink.rows(orders).size();
    assertThat(delivered).isBetween(15, 17);
    RunReport report = world.run();
    report.throwIfFailed();
    assertThat(world.sink.loadIds(orders)).containsExactly(1L);
    assertThat(reportOn(report, orders).rows()).isEqualTo(30 - delivered);
    assertThat(world.sink.completes(orders)).hasSize(1);
    assertThat(world.repeats(orders)).isZero();
    assertSameRows(orders);
    world.run().throwIfFailed();
    assertThat(world.sink.loadIds(orders)).containsExactly(1L, 2L);
  }

  @Test
  void withoutIdentityItBeginsAgainUnlessToldOtherwise() {
    TableId log =
        world.source.create(
            Table.named(world.source.id("log"))
                .column(Column.of("text", new DataType.Text(), "text"))
                .build());
    for (int i = 0; i < 30; i++) {
      world.source.insert(log, "line " + i);
    }
    world.parallelism = 1;
    for (boolean resumes : List.of(false, true)) {
      world.selection = Selection.of(resumes ? table("log").resumeWithoutIdentity() : table("log"));
      int loads = world.sink.loadIds(log).size();
      world.source.once(
          Moment.beforeBatch(log, 3).of("slice-2"), InMemorySource.failing(Kind.PERMANENT));
      world.run();
      world.run().throwIfFailed();
      assertThat(world.sink.loadIds(log)).hasSize(loads + (resumes ? 1 : 2));
      List<Long> ids = world.sink.loadIds(log);
      assertThat(world.sink.rows(log, ids.get(ids.size() - 1)))
          .containsExactlyInAnyOrderElementsOf(world.source.rows(log));
    }
  }

  @Test
  void anIncrementalLoadWithoutIdentityBeginsAgainUnderANewLoadId() {
    world.selection = Selection.of(table("orders").incrementalBy("key").except("id"));
    world.parallelism = 1;
    world.source.once(
        Moment.beforeBatch(orders, 3).of("slice-2"), InMemorySource.failing(Kind.PERMANENT));
    world.run();
    world.run().throwIfFailed();
    assertThat(world.sink.loadIds(orders)).containsExactly(1L, 2L);
    assertThat(world.sink.rows(orders, 2)).hasSize(30);
  }

  @Test
  void whatChangedSinceTheInterruptionComesAgain() {
    world.parallelism = 1;
    world.source.once(
        Moment.beforeBatch(orders, 3).of("slice-2"), InMemorySource.failing(Kind.PERMANENT));
    world.run();
    world.source.update(orders, r -> r.get("id").equals(3L), Map.of("text", "changed"));
    world.source.update(orders, r -> r.get("id").equals(29L), Map.of("text", "changed"));
    world.fill(orders, 31, 33);
    world.run().throwIfFailed();
    assertSameRows(orders);
    assertThat(world.repeats(orders)).isZero();
  }

  @Test
  void aLoadThatCannotGoOnBeginsAgainAndSaysWhy() {
    for (boolean emptied : List.of(true, false)) {
      use(new CollectingSink());
      world.source.once(
          Moment.beforeBatch(orders, 3).of("slice-2"), InMemorySource.failing(Kind.PERMANENT));
      world.run();
      if (emptied) {
        world.source.truncate(orders);
        world.fill(orders, 50, 60);
      } else {
        world.source.failOver();
      }
      RunReport report = world.run();
      report.throwIfFailed();
      assertThat(reportOn(report, orders).notes())
          .anyMatch(note -> note.startsWith("The load began again: "));
      assertThat(world.sink.loadIds(orders)).containsExactly(1L, 2L);
      assertThat(world.sink.rows(orders, 2))
          .containsExactlyInAnyOrderElementsOf(world.source.rows(orders));
    }
  }

  @Test
  void aLoadWhoseColumnsChangedBeginsAgain() {
    world.source.once(
        Moment.beforeBatch(orders, 3).of("slice-2"), InMemorySource.failing(Kind.PERMANENT));
    world.run();
    world.source.addColumn(orders, Column.of("extra", new DataType.Text(), "text"));
    RunReport report = world.run();
    report.throwIfFailed();
    assertThat(world.sink.loadIds(orders)).containsExactly(1L, 2L);
    assertThat(world.sink.rows(orders, 2))
        .containsExactlyInAnyOrderElementsOf(world.source.rows(orders));
  }

  @Test
  void aPassingFailureOfOneSliceIsTriedAgainFromWhereAllStood() {
    world.source.once(
        Moment.beforeBatch(orders, 2).of("slice-3"), InMemorySource.failing(Kind.TRANSIENT));
    RunReport report = world.run();
    report.throwIfFailed();
    assertThat(reportOn(report, orders).retries()).isEqualTo(1);
    assertThat(world.sink.loadIds(orders)).containsExactly(1L);
    assertThat(world.repeats(orders)).isZero();
    assertSameRows(orders);
  }

  /** What others do when one fails depends on who is faster, so it is tried often. */
  @RepeatedTest(30)
  void nothingIsFlushedOnceTheSinkHasFailed() {
    use(new CollectingSink().durableOnFlush(1 << 20, Duration.ofHours(1)));
    readSideBySide();
    FailingSink failing = new FailingSink(world.sink).before(Call.WRITE, 4, FailingSink.diskFull());
    assertThat(reportOn(world.run(failing), orders).status()).isEqualTo(Status.FAILED);
    // A slice has four batches, so none had come to its end, where it is flushed.
    assertThat(world.sink.flushes(orders)).isZero();
    assertThat(failing.count(Call.WRITE)).isEqualTo(4);
    world.sink.processDied();
    world.run().throwIfFailed();
    assertSameRows(orders);
    assertThat(world.repeats(orders)).isZero();
  }

  @Test
  void aSinkThatCommitsCheckpointsGetsEachRowOnce() {
    use(new CollectingSink().transactional());
    world.parallelism = 1;
    for (int slice = 1; slice <= 3; slice++) {
      world.source.once(
          Moment.beforeBatch(orders, 2).of("slice-" + slice),
          InMemorySource.failing(Kind.PERMANENT));
      assertThat(reportOn(world.run(), orders).status()).isEqualTo(Status.FAILED);
    }
    world.run().throwIfFailed();
    assertSameRows(orders);
    assertThat(world.repeats(orders)).isZero();
    assertThat(world.sink.loadIds(orders)).containsExactly(1L);
  }

  @Test
  void aSinkThatLostItsRowsGetsANewLoad() {
    use(new CollectingSink().transactional());
    world.source.once(
        Moment.beforeBatch(orders, 3).of("slice-2"), InMemorySource.failing(Kind.PERMANENT));
    world.run();
    CollectingSink empty = new CollectingSink().transactional();
    RunReport report = world.run(empty);
    report.throwIfFailed();
    assertThat(empty.rows(orders)).containsExactlyInAnyOrderElementsOf(world.source.rows(orders));
    assertThat(empty.loadIds(orders)).containsExactly(2L);
  }

  @Test
  void theFirstIncrementFindsNothingAndSavesNothing() {
    world.selection = Selection.of(table("orders").incrementalBy("key"));
    world.run().throwIfFailed();
    assertThat(world.source.scans()).anyMatch(s -> s.name().startsWith("slice-"));
    assertThat(world.sink.rows(orders)).hasSize(30);
    List<?> before = world.store.read("world");
    RunReport report = world.run();
    assertThat(report.rows()).isZero();
    assertThat(world.store.read("world")).isEqualTo(before);
  }

  @Test
  void aCommitThatComesLateIsDeliveredAndNothingElseRepeated() {
    world.selection = Selection.of(table("orders").incrementalBy("key"));
    InMemorySource.Transaction duringLoad = world.source.begin().insert(orders, 100L, 7L, "late");
    world.run().throwIfFailed();
    InMemorySource.Transaction duringRun = world.source.begin().insert(orders, 101L, 31L, "later");
    world.fill(orders, 40, 45);
    duringLoad.commit();
    assertThat(world.run().rows()).isEqualTo(7);
    assertThat(world.run().rows()).isZero();
    duringRun.commit();
    assertThat(world.run().rows()).isEqualTo(1);
    assertSameRows(orders);
    assertThat(world.repeats(orders)).isZero();
  }

  @Test
  void afterAFailoverTheOverlapComesAgainAndTheReportSaysWhy() {
    world.selection = Selection.of(table("orders").incrementalBy("key").overlap(5));
    world.run().throwIfFailed();
    world.source.failOver();
    world.source.insert(orders, 100L, 27L, "of the other history");
    RunReport report = world.run();
    assertThat(report.rows()).isBetween(1L, 7L);
    assertThat(reportOn(report, orders).notes()).isNotEmpty();
    assertSameRows(orders);
    assertThat(world.run().rows()).isZero();
  }

  @Test
  void aLoadWarnsOfKeysAheadOfTheClockAndPassesThemBy() {
    TableId events = world.source.create(InMemoryFixture.portable(world.source.id("events")));
    world.source.insert(events, 1L, Instant.parse("9999-12-30T00:00:00Z"), null, "ahead");
    world.source.insert(events, 2L, Instant.ofEpochSecond(2), null, "text");
    world.selection = Selection.of(table("events").incrementalBy("updated"));
    RunReport report = world.run();
    assertThat(reportOn(report, events).notes()).anyMatch(note -> note.contains("in the future"));
    assertThat(report.rows()).isEqualTo(2);
    world.source.insert(events, 3L, Instant.ofEpochSecond(3), null, "text");
    assertThat(world.run().rows()).isEqualTo(1);
  }

  @Test
  void aLoadDeliversRowsWithoutAKeyOnceAndAsThePolicySaysLater() {
    world.source.insert(orders, 200L, null, "no key");
    for (NullKeys policy : List.of(NullKeys.EVERY_RUN, NullKeys.FIRST_RUN)) {
      world.selection = Selection.of(table("orders").incrementalBy("key").nullKeys(policy));
      try (var replicator = world.replicator(world.source, world.store).build()) {
        if (!world.sink.rows(orders).isEmpty()) {
          replicator.reset(orders);
        }
      }
      assertThat(world.run().rows()).isEqualTo(31);
      assertThat(world.run().rows()).isEqualTo(policy == NullKeys.EVERY_RUN ? 1 : 0);
    }
    world.selection = Selection.of(table("orders").incrementalBy("key").nullKeys(NullKeys.FAIL));
    try (var replicator = world.replicator(world.source, world.store).build()) {
      replicator.reset(orders);
    }
    int before = world.sink.rows(orders).size();
    RunReport report = world.run();
    assertThat(reportOn(report, orders).failure().orElseThrow()).hasMessageContaining("is NULL");
    assertThat(world.sink.rows(orders)).hasSize(before);
  }

  @Test
  void handsThatAreDoneWithSmallTablesHelpWithTheLargeOne() {
    world.parallelism = 2;
    TableId small = world.table("small");
    world.fill(small, 1, 2);
    world.source.slices(0);
    TableId large = world.table("large");
    world.fill(large, 1, 200);
    CountDownLatch smallIsDone = new CountDownLatch(1);
    CountDownLatch two = new CountDownLatch(2);
    world.source.once(
        Moment.beforeBatch(large, 1).of("slice-1"),
        () -> {
          await(smallIsDone);
          two.countDown();
          await(two);
        });
    world.source.once(
        Moment.beforeBatch(large, 1).of("slice-2"),
        () -> {
          two.countDown();
          await(two);
        });
    world.source.once(Moment.end(small), smallIsDone::countDown);
    world.selection = Selection.of(table("large"), table("small"));
    world.run().throwIfFailed();
    assertSameRows(large);
    assertSameRows(small);
    assertThat(world.source.mostReaders()).isEqualTo(2);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aReaderThatCannotBeHadIsDoneWithout() {
    world.source.times(
        2,
        Moment.open(orders).of("slice-2"),
        () -> {
          if (world.source.openReaders() > 0) {
            InMemorySource.failing(Kind.TRANSIENT).run();
          }
        });
    RunReport report = world.run();
    report.throwIfFailed();
    assertThat(reportOn(report, orders).retries()).isZero();
    assertThat(world.repeats(orders)).isZero();
    assertSameRows(orders);
  }
}
