package dev.bobbin.testkit;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.state.StateStore;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A source, a sink and a store, which outlive the processes that run between them. */
final class World {

  final InMemorySource source = InMemorySource.named("shop");
  final MemoryStateStore store = new MemoryStateStore();
  final CollectingSink sink;
  Selection selection = Selection.of();
  int batchRows = 3;
  int parallelism = 1;
  @Nullable Executor executor;

  World(CollectingSink sink) {
    this.sink = sink;
  }

  /** A table with an id, a nullable key and a text. */
  TableId table(String name) {
    return source.create(
        Table.named(source.id(name))
            .column(Column.of("id", new DataType.Int(64, true), "bigint").notNull())
            .column(Column.of("key", new DataType.Int(64, true), "bigint"))
            .column(Column.of("text", new DataType.Text(), "text"))
            .primaryKey("id")
            .index(new Table.Index("by_key", List.of("key"), false, false, false, true))
            .build());
  }

  /** Inserts rows whose keys are the same as their ids. */
  void fill(TableId table, int from, int to) {
    for (long id = from; id <= to; id++) {
      source.insert(table, id, id, "text " + id);
    }
  }

  Replicator.Builder replicator(SourceDialect dialect, StateStore state) {
    Replicator.Builder builder =
        Replicator.from(dialect)
            .named("World")
            .rememberIn(state)
            .batchRows(batchRows)
            .parallelism(parallelism)
            .retry(new RetryPolicy(4, Duration.ofMillis(1), Duration.ofMillis(1)));
    if (executor != null) {
      builder.executor(executor);
    }
    return builder;
  }

  RunReport run() {
    return run(sink);
  }

  RunReport run(RecordSink to) {
    try (Replicator replicator = replicator(source, store).build()) {
      return replicator.replicate(selection, to);
    }
  }

  /** Runs within a process that may die. */
  void run(CrashPoint process) {
    act(process, replicator -> replicator.replicate(selection, process.sink(sink)));
  }

  interface Act {
    RunReport on(Replicator replicator);
  }

  /** Does something within a process that may die. */
  void act(CrashPoint process, Act act) {
    try (Replicator replicator = replicator(process.source(source), process.store(store)).build()) {
      RunReport report = act.on(replicator);
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
    if (process.hasCrashed()) {
      sink.processDied();
    }
  }

  /** How often rows came beyond the first time, those with a NULL key left out. */
  int repeats(TableId table) {
    Map<Map<String, Object>, Integer> times = new LinkedHashMap<>(sink.timesDelivered(table));
    return times.entrySet().stream()
        .filter(e -> e.getKey().get("key") != null)
        .mapToInt(e -> e.getValue() - 1)
        .sum();
  }

  static boolean same(
      Collection<Map<String, Object>> expected, Collection<Map<String, Object>> actual) {
    return CollectingSink.sameRows(expected, actual);
  }
}
