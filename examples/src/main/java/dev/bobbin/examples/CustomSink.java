package dev.bobbin.examples;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.TableId;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A sink of one's own: it keeps the latest version of each row in memory, by the row's identity.
 *
 * <p>What it does with a map, another does with {@code MERGE} or {@code INSERT … ON CONFLICT}: a
 * row that comes again replaces the one before, so repeats after a crash do no harm, and a load
 * that is whole removes what was deleted in the source.
 */
// docs:begin custom-sink
public final class CustomSink implements RecordSink {

  private record Row(long loadId, Map<String, @Nullable Object> values) {}

  private record Copy(TableLoad load, Map<List<@Nullable Object>, Row> rows) {}

  private final Map<TableId, Copy> copies = new ConcurrentHashMap<>();

  /** Before the first batch of a table, and again when its structure changes. */
  @Override
  public void open(TableLoad load) {
    if (load.identity().isEmpty()) {
      throw new IllegalArgumentException("Nothing tells the rows of this table apart: " + load);
    }
    copies.merge(
        load.table().id(),
        new Copy(load, new ConcurrentHashMap<>()),
        (before, now) -> new Copy(load, before.rows()));
  }

  /** When this returns, the rows must be safe: the bookmark moves past them. */
  @Override
  public void write(RecordBatch batch) {
    Copy copy = copyOf(batch.table());
    for (Record record : batch) {
      List<@Nullable Object> identity = new ArrayList<>();
      copy.load().identity().forEach(column -> identity.add(record.get(column)));
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      for (Column column : batch.columns()) {
        values.put(column.name(), record.get(column.name()));
      }
      copy.rows().put(identity, new Row(copy.load().loadId(), values));
    }
  }

  /** All rows of a load are there: what only older loads delivered was deleted in the source. */
  @Override
  public void complete(TableLoad load) {
    copyOf(load.table().id()).rows().values().removeIf(row -> row.loadId() < load.loadId());
  }

  // docs:end custom-sink

  private Copy copyOf(TableId table) {
    return Objects.requireNonNull(copies.get(table), "open(…) comes first");
  }

  /**
   * The latest version of each row that was delivered.
   *
   * @param table the full name
   */
  public List<Map<String, @Nullable Object>> rows(TableId table) {
    return copyOf(table).rows().values().stream().map(Row::values).toList();
  }
}
