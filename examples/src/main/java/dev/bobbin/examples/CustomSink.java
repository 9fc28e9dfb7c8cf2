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
import java.util.concurrent.ConcurrentHashMap;

/**
 * A sink of one's own: it keeps the latest version of each row in memory, by the row's identity.
 *
 * <p>What it does with a map, another does with {@code MERGE} or {@code INSERT … ON CONFLICT}: a
 * row that comes again replaces the one before, so repeats after a crash do no harm, and a load
 * that is whole removes what was deleted in the source.
 */
// docs:begin custom-sink
public final class CustomSink implements RecordSink {

  private record Row(long loadId, Map<String, Object> values) {}

  private final Map<TableId, TableLoad> loads = new ConcurrentHashMap<>();
  private final Map<TableId, Map<List<Object>, Row>> tables = new ConcurrentHashMap<>();

  /** Before the first batch of a table, and again when its structure changes. */
  @Override
  public void open(TableLoad load) {
    if (load.identity().isEmpty()) {
      throw new IllegalArgumentException("Nothing tells the rows of this table apart: " + load);
    }
    loads.put(load.table().id(), load);
    tables.putIfAbsent(load.table().id(), new ConcurrentHashMap<>());
  }

  /** When this returns, the rows must be safe: the bookmark moves past them. */
  @Override
  public void write(RecordBatch batch) {
    TableLoad load = loads.get(batch.table());
    Map<List<Object>, Row> rows = tables.get(batch.table());
    for (Record record : batch) {
      List<Object> identity = new ArrayList<>();
      load.identity().forEach(column -> identity.add(record.get(column)));
      Map<String, Object> values = new LinkedHashMap<>();
      for (Column column : batch.columns()) {
        values.put(column.name(), record.get(column.name()));
      }
      rows.put(identity, new Row(load.loadId(), values));
    }
  }

  /** All rows of a load are there: what only older loads delivered was deleted in the source. */
  @Override
  public void complete(TableLoad load) {
    tables.get(load.table().id()).values().removeIf(row -> row.loadId() < load.loadId());
  }

  // docs:end custom-sink

  /**
   * The latest version of each row that was delivered.
   *
   * @param table the full name
   */
  public List<Map<String, Object>> rows(TableId table) {
    return tables.getOrDefault(table, Map.of()).values().stream().map(Row::values).toList();
  }
}
