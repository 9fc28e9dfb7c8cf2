package dev.bobbin.testkit;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.JsonLinesSink;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.state.MemoryStateStore;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a run remembers, of rows, loads, batches and interrupts, over the in-memory source. */
class RunnerMemoryTest {

  static Stream<CollectingSink> sinks() {
    return Stream.of(
        new CollectingSink(),
        new CollectingSink().transactional(),
        new CollectingSink().durableOnFlush(1_000, java.time.Duration.ofHours(1)));
  }

  @ParameterizedTest
  @MethodSource("sinks")
  void aRowThatChangesAndChangesBackUnderTheSameKeyArrivesEachTime(CollectingSink sink) {
    World world = new World(sink);
    TableId orders = world.table("orders");
    world.fill(orders, 1, 5);
    world.selection = Selection.of(table("orders").incrementalBy("key"));
    world.run().throwIfFailed();
    for (String text : List.of("changed", "text 5", "changed", "text 5")) {
      world.source.update(orders, r -> r.get("id").equals(5L), Map.of("text", text));
      assertThat(world.run().rows()).as(text).isEqualTo(1);
      assertThat(world.run().rows()).isZero();
      assertThat(world.sink.upserted(orders))
          .containsExactlyInAnyOrderElementsOf(world.source.rows(orders));
    }
  }

  @Test
  void aSinkThatRemembersByItselfIsBelievedByEveryNewStore() {
    World world = new World(new CollectingSink().transactional());
    TableId orders = world.table("orders");
    world.fill(orders, 1, 5);
    world.selection = Selection.of(table("orders").incrementalBy("key"));
    world.run().throwIfFailed();
    MemoryStateStore another = new MemoryStateStore();
    for (int i = 6; i < 9; i++) {
      world.fill(orders, i, i);
      try (Replicator replicator = world.replicator(world.source, another).build()) {
        replicator.replicate(world.selection, world.sink).throwIfFailed();
      }
    }
    assertThat(world.sink.upserted(orders))
        .containsExactlyInAnyOrderElementsOf(world.source.rows(orders));
    assertThat(world.sink.loadIds(orders)).hasSize(1);
  }

  @Test
  void aSinksCheckpointOfAnotherKeyIsRefused() {
    World world = new World(new CollectingSink().transactional());
    TableId orders = world.table("orders");
    world.fill(orders, 1, 5);
    world.selection = Selection.of(table("orders").incrementalBy("key"));
    world.run().throwIfFailed();
    try (Replicator replicator = world.replicator(world.source, new MemoryStateStore()).build()) {
      RunReport report =
          replicator.replicate(Selection.of(table("orders").incrementalBy("id")), world.sink);
      assertThatThrownBy(report::throwIfFailed)
          .hasMessageContaining("was made for incremental by key")
          .hasMessageContaining("replicator.reset(");
    }
  }

  @Test
  void jsonLinesHoldEachRowOnceThoughARunDiedBeforeItsFirstRow(@TempDir Path folder)
      throws Exception {
    World world = new World(new CollectingSink());
    TableId orders = world.table("orders");
    world.fill(orders, 1, 4);
    world.selection = Selection.of(table("orders"));
    world.run(JsonLinesSink.into(folder)).throwIfFailed();
    world.source.once(
        Moment.beforeBatch(orders, 1),
        InMemorySource.failing(dev.bobbin.error.SourceException.Kind.PERMANENT));
    assertThatThrownBy(() -> world.run(JsonLinesSink.into(folder)).throwIfFailed());
    // A new process with no state of its own, as without rememberIn.
    try (Replicator replicator = world.replicator(world.source, new MemoryStateStore()).build()) {
      replicator.replicate(world.selection, JsonLinesSink.into(folder)).throwIfFailed();
    }
    try (Stream<Path> files = Files.list(JsonLinesSink.into(folder).folderOf(orders))) {
      List<Path> data = files.filter(f -> f.toString().endsWith(".jsonl")).toList();
      assertThat(data).hasSize(1);
      assertThat(Files.readAllLines(data.get(0))).hasSize(4).doesNotHaveDuplicates();
    }
  }

  @Test
  void anExecutorWithoutAFreeThreadKeepsNoBatch() throws Exception {
    ExecutorService busy = Executors.newFixedThreadPool(1);
    CountDownLatch end = new CountDownLatch(1);
    busy.execute(
        () -> {
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    try {
      World world = new World(new CollectingSink());
      TableId orders = world.table("orders");
      world.fill(orders, 1, 30);
      world.selection = Selection.of(table("orders").incrementalBy("key"));
      world.executor = busy;
      List<WeakReference<RecordBatch>> batches = new ArrayList<>();
      RecordSink sink = batch -> batches.add(new WeakReference<>(batch));
      world.run(sink).throwIfFailed();
      assertThat(batches).hasSize(10);
      System.gc();
      assertThat(batches.stream().filter(b -> b.get() != null).count()).isLessThanOrEqualTo(1);
    } finally {
      end.countDown();
      busy.shutdown();
    }
  }

  @Test
  void anInterruptIsHeardWhileTheCallerWaitsForAnotherTable() throws Exception {
    World world = new World(new CollectingSink());
    TableId small = world.table("a_small");
    TableId large = world.table("b_large");
    world.fill(small, 1, 1);
    world.fill(large, 1, 9);
    world.parallelism = 2;
    world.selection = Selection.of(table("a_small"), table("b_large"));
    CountDownLatch smallDone = new CountDownLatch(1);
    Gate gate = world.source.pauseAt(Moment.beforeBatch(large, 2));
    AtomicReference<RunReport> report = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>();
    Thread caller =
        new Thread(
            () -> {
              try (Replicator replicator =
                  world
                      .replicator(world.source, world.store)
                      .listener(
                          new dev.bobbin.ReplicatorListener() {
                            @Override
                            public void onTableFinished(RunReport.TableReport table) {
                              smallDone.countDown();
                            }
                          })
                      .build()) {
                report.set(replicator.replicate(world.selection, world.sink));
                flag.set(Thread.currentThread().isInterrupted());
              }
            });
    caller.start();
    smallDone.await();
    gate.awaitReached();
    caller.interrupt();
    caller.join();
    assertThat(report.get().table("a_small").orElseThrow().status())
        .isEqualTo(RunReport.Status.COMPLETED);
    assertThat(report.get().table("b_large").orElseThrow().status())
        .isEqualTo(RunReport.Status.CANCELLED);
    assertThat(flag.get()).isTrue();
    assertThatThrownBy(report.get()::throwIfFailed).hasMessageContaining("was cancelled before");
  }
}
