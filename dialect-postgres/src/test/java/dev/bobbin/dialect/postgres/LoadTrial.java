package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Table;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A table with an id and a text v that is loaded as a run does it, and what a sink has of it. */
final class LoadTrial {

  final SourceSession session;
  final Table table;
  final Map<String, String> positions = new LinkedHashMap<>();
  final Map<Long, String> sink = new TreeMap<>();
  int rows;
  @Nullable Incremental incremental;

  LoadTrial(SourceSession session, Table table) {
    this.session = session;
    this.table = table;
  }

  SourceLoad begin(int readers) {
    SourceLoad load =
        session
            .beginLoad(new LoadRequest(table, incremental, positions, true, readers))
            .orElseThrow();
    if (load.restarted().isPresent() || positions.isEmpty()) {
      positions.clear();
      sink.clear();
      rows = 0;
      for (TableScan scan : load.scans()) {
        positions.put(scan.name(), ((ScanRange.Slice) scan.range()).position());
      }
    }
    return load;
  }

  /** Reads a scan, at most some batches of it, and keeps its position. */
  void read(SourceLoad load, TableScan scan, int batches) {
    try (BatchReader reader = load.open(scan)) {
      for (int i = 0; i < batches; i++) {
        Optional<SourceBatch> next = reader.next();
        if (next.isEmpty()) {
          positions.put(scan.name(), reader.endPosition().orElseThrow());
          return;
        }
        SourceBatch batch = next.get();
        keep(batch.rows());
        positions.put(scan.name(), batch.position().orElseThrow());
      }
    }
  }

  void keep(RecordBatch batch) {
    ColumnVector ids = batch.column(0);
    ColumnVector texts = batch.column(1);
    for (int i = 0; i < batch.rowCount(); i++) {
      sink.put(ids.getLong(i), String.valueOf(texts.getString(i)));
      rows++;
    }
  }

  /** Reads all scans to their ends. */
  void readAll(SourceLoad load) {
    for (TableScan scan : load.scans()) {
      read(load, scan, Integer.MAX_VALUE);
    }
  }

  void loadAll(int readers) {
    try (SourceLoad load = begin(readers)) {
      readAll(load);
    }
  }

  /** The scans of a load as if they had been saved and read again. */
  static List<String> names(SourceLoad load) {
    List<String> names = new ArrayList<>();
    load.scans().forEach(scan -> names.add(scan.name()));
    return names;
  }
}
