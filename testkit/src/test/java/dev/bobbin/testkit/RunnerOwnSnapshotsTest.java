package dev.bobbin.testkit;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink.Call;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The runner over a source that cuts loads into scans which each see a snapshot of their own. */
@Timeout(60)
class RunnerOwnSnapshotsTest {

  private World world;
  private TableId orders;

  static Stream<Supplier<CollectingSink>> sinks() {
    return Stream.of(
        CollectingSink::new,
        () -> new CollectingSink().transactional(),
        () -> new CollectingSink().durableOnFlush(1 << 20, Duration.ofHours(1)),
        () -> new CollectingSink().transactional().durableOnFlush(1 << 20, Duration.ofHours(1)));
  }

  @BeforeEach
  void createOrders() {
    use(new CollectingSink());
    world.fill(orders, 1, 30);
  }

  private void use(CollectingSink sink) {
    world = new World(sink);
    world.source.ownSnapshots().slices(3);
    orders = world.table("orders");
    select(table("orders").incrementalBy("key"));
  }

  private void select(TableSelection selection) {
    world.selection = Selection.of(selection);
  }

  @AfterEach
  void nothingIsOpen() {
    assertThat(world.source.openReaders()).isZero();
    assertThat(world.source.openLoads()).isZero();
    assertThat(world.source.openSessions()).isZero();
    assertThat(world.sink.violations()).isEmpty();
  }

  private long run() {
    RunReport report = world.run();
    report.throwIfFailed();
    return report.rows();
  }

  private void failing() {
    assertThat(world.run().table(orders).orElseThrow().status()).isEqualTo(Status.FAILED);
    world.sink.processDied();
  }

  private void set(long id, long key, String text) {
    world.source.update(orders, r -> r.get("id").equals(id), Map.of("key", key, "text", text));
  }

  private void assertSameRows() {
    assertThat(world.sink.upserted(orders))
        .containsExactlyInAnyOrderElementsOf(world.source.rows(orders));
  }

  @Test
  void thePlanSaysHowTheTableIsCut() {
    world.parallelism = 3;
    try (var replicator = world.replicator(world.source, world.store).build()) {
      assertThat(replicator.plan(world.selection).describe())
          .contains("readers: up to 3, by ranges of id, each in a snapshot of its own")
          .contains("if interrupted: resumable")
          .contains("overlap: none", "No overlap");
    }
  }

  @Test
  void theScanAfterALoadDeliversWhatChangedMeanwhileAndNothingElse() {
    world.source.once(
        Moment.beforeBatch(orders, 2).of("slice-2"),
        () -> {
          set(3, 31, "behind the load");
          set(12, 32, "in the snapshot that is being read");
          set(28, 33, "ahead of the load");
          world.source.insert(orders, 0L, 34L, "behind the load");
          world.source.insert(orders, 40L, 35L, "ahead of the load");
        });
    assertThat(run()).isEqualTo(31);
    assertThat(run()).isEqualTo(3);
    assertSameRows();
    assertThat(world.repeats(orders)).isZero();
    assertThat(run()).isZero();
  }

  @ParameterizedTest
  @MethodSource("sinks")
  void aLoadThatGoesOnKnowsWhatItHadDeliveredBefore(Supplier<CollectingSink> sink) {
    use(sink.get());
    for (long id = 1; id <= 30; id++) {
      world.source.insert(orders, id, 7L, "tie " + id);
    }
    for (String slice : List.of("slice-1", "slice-2", "slice-3")) {
      world.source.once(
          Moment.beforeBatch(orders, 3).of(slice), InMemorySource.failing(Kind.PERMANENT));
      failing();
    }
    set(2, 8, "changed");
    world.source.insert(orders, 0L, 8L, "new");
    run();
    assertThat(world.sink.loadIds(orders)).containsExactly(1L);
    int before = world.sink.rows(orders).size();
    assertThat(run()).isEqualTo(2);
    assertThat(world.sink.rows(orders)).hasSize(before + 2);
    assertSameRows();
    assertThat(run()).isZero();
  }

  @ParameterizedTest
  @MethodSource("sinks")
  void aRowThatChangesBackIsDeliveredAsItWas(Supplier<CollectingSink> sink) {
    use(sink.get());
    for (long id = 1; id <= 30; id++) {
      world.source.insert(orders, id, 7L, "tie " + id);
    }
    assertThat(run()).isEqualTo(30);
    set(5, 7, "changed");
    assertThat(run()).isEqualTo(1);
    set(5, 7, "tie 5");
    assertThat(run()).isEqualTo(1);
    assertSameRows();
    assertThat(run()).isZero();
  }

  /** A row is delivered changed, the scan is cut short, and the row changes back. */
  @ParameterizedTest
  @MethodSource("sinks")
  void soIsOneThatChangesBackBeforeTheScanGoesOn(Supplier<CollectingSink> sink) {
    for (boolean slices : List.of(true, false)) {
      use(sink.get());
      if (!slices) {
        world = new World(sink.get());
        orders = world.table("orders");
        select(table("orders").incrementalBy("key"));
      }
      for (long id = 1; id <= 30; id++) {
        world.source.insert(orders, id, 7L, "tie " + id);
      }
      assertThat(run()).isEqualTo(30);
      for (long id = 1; id <= 30; id++) {
        set(id, 7, "changed " + id);
      }
      world.source.once(
          Moment.beforeBatch(orders, 6).of("key"), InMemorySource.failing(Kind.PERMANENT));
      failing();
      for (long id = 1; id <= 30; id++) {
        set(id, 7, "tie " + id);
      }
      run();
      assertSameRows();
      assertThat(run()).isZero();
    }
  }

  @Test
  void theOverlapIsKnownToo() {
    select(table("orders").incrementalBy("key").overlap(10));
    InMemorySource.Transaction late = world.source.begin().insert(orders, 50L, 25L, "late");
    assertThat(run()).isEqualTo(30);
    late.commit();
    assertThat(run()).isEqualTo(1);
    assertThat(run()).isZero();
    assertSameRows();
  }

  @Test
  void withoutAKeyAtTheBeginningTheScanAfterTheLoadBeginsAtTheLowest() {
    use(new CollectingSink());
    for (long id = 1; id <= 12; id++) {
      world.source.insert(orders, id, null, "no key " + id);
    }
    select(table("orders").incrementalBy("key").nullKeys(NullKeys.FIRST_RUN));
    world.source.once(
        Moment.open(orders).of("slice-2"),
        () -> {
          set(2, 5, "behind the load");
          set(6, 6, "ahead of the load");
          set(11, 3, "ahead of the load");
        });
    assertThat(run()).isEqualTo(12);
    assertThat(run()).isEqualTo(1);
    assertThat(run()).isZero();
    assertSameRows();
  }

  @Test
  void anEmptyTableBeginsWithItsFirstRows() {
    use(new CollectingSink());
    assertThat(run()).isZero();
    world.fill(orders, 1, 4);
    assertThat(run()).isEqualTo(4);
    assertThat(run()).isZero();
    assertThat(world.sink.completes(orders)).hasSize(1);
  }

  @Test
  void rowsAheadOfTheClockAreKnown() {
    TableId events = world.source.create(InMemoryFixture.portable(world.source.id("events")));
    for (long id = 1; id <= 9; id++) {
      Instant at = id % 2 == 0 ? Instant.parse("9999-12-30T00:00:00Z") : Instant.ofEpochSecond(id);
      world.source.insert(events, id, at, null, "text");
    }
    select(table("events").incrementalBy("updated"));
    RunReport report = world.run();
    assertThat(report.table(events).orElseThrow().notes())
        .anyMatch(note -> note.contains("in the future"));
    assertThat(report.rows()).isEqualTo(9);
    assertThat(run()).isZero();
    world.source.insert(events, 20L, Instant.ofEpochSecond(20), null, "text");
    assertThat(run()).isEqualTo(1);
    assertThat(run()).isZero();
  }

  /** What lies beyond the bound on digests comes once more, and nothing is lost for that. */
  @Test
  void beyondTheBoundRowsComeAgain() {
    use(new CollectingSink());
    world.batchRows = 1000;
    for (boolean interrupted : List.of(false, true)) {
      TableId many = world.table(interrupted ? "interrupted" : "many");
      for (long id = 1; id <= 10_050; id++) {
        world.source.insert(many, id, 7L, "tie");
      }
      select(table(many.name()).incrementalBy("key"));
      if (interrupted) {
        world.source.once(
            Moment.beforeBatch(many, 2).of("slice-3"), InMemorySource.failing(Kind.TRANSIENT));
      }
      assertThat(run()).isEqualTo(10_050);
      assertThat(run()).isEqualTo(50);
    }
  }

  /** The digests of a load that cannot go on are not in its way when it begins again. */
  @Test
  void aLoadWithoutIdentityBeginsAgainAndItsRowsAreKnown() {
    select(table("orders").incrementalBy("key").except("id"));
    world.source.once(
        Moment.beforeBatch(orders, 3).of("slice-2"), InMemorySource.failing(Kind.PERMANENT));
    world.run();
    run();
    assertThat(world.sink.rows(orders)).hasSizeGreaterThan(30);
    assertThat(run()).isZero();
  }

  @Test
  void whatASliceLeavesBehindIsGoneWhenTheLoadIsWhole() {
    select(table("orders").incrementalBy("key").identifiedBy("text"));
    run();
    assertThat(world.store.read("world"))
        .noneMatch(document -> document.content().contains("slice-"));
    assertThat(run()).isZero();
  }

  /** Nobody knows which of two rows of one identity was delivered last, so both come again. */
  @Test
  void rowsThatShareAnIdentityAreNotKnown() {
    world.source.once(
        Moment.open(orders).of("slice-3"),
        () -> {
          world.source.delete(orders, r -> r.get("id").equals(30L));
          world.source.insert(orders, 29L + 100, 31L, "text 1");
        });
    select(table("orders").incrementalBy("key").identifiedBy("text"));
    world.source.update(orders, r -> r.get("id").equals(1L), Map.of("key", 30L));
    assertThat(run()).isEqualTo(30);
    assertThat(run()).isEqualTo(2);
    assertThat(run()).isZero();
  }

  @Test
  void aTableThatWasEmptiedWhileItIsLoadedIsNotTakenForReadToItsEnd() {
    world.source.once(
        Moment.beforeBatch(orders, 3).of("slice-2"),
        () -> {
          world.source.truncate(orders);
          world.fill(orders, 50, 60);
        });
    RunReport report = world.run();
    report.throwIfFailed();
    assertThat(report.table(orders).orElseThrow().retries()).isEqualTo(1);
    assertThat(world.sink.loadIds(orders)).containsExactly(1L, 2L);
    assertThat(world.sink.rows(orders, 2))
        .containsExactlyInAnyOrderElementsOf(world.source.rows(orders));
  }

  @Test
  void aLoadOfAnotherKeyBeginsAgain() {
    world.source.once(
        Moment.beforeBatch(orders, 3).of("slice-2"), InMemorySource.failing(Kind.PERMANENT));
    failing();
    select(table("orders").incrementalBy("id"));
    RunReport report = world.run();
    report.throwIfFailed();
    assertThat(world.sink.loadIds(orders)).containsExactly(1L, 2L);
    assertThat(run()).isZero();
  }

  @Test
  void aSinkThatFailsForAWhileGetsNoRowTwice() {
    FailingSink failing =
        new FailingSink(world.sink)
            .before(Call.WRITE, 2, FailingSink.deadlock())
            .before(Call.WRITE, 5, FailingSink.deadlock());
    world.run(failing).throwIfFailed();
    assertThat(run()).isZero();
    assertThat(world.repeats(orders)).isZero();
    assertSameRows();
  }
}
