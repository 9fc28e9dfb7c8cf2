package dev.bobbin.internal;

import dev.bobbin.record.RecordBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is counted while a table is copied. Used by one thread at a time. */
public final class TableTally {

  long loadId;
  long rows;
  long bytes;
  long batches;
  int retries;
  final Map<String, Long> unrepresentable = new TreeMap<>();
  final List<String> notes = new ArrayList<>();

  TableTally() {}

  void add(RecordBatch batch) {
    rows += batch.rowCount();
    bytes += batch.byteSize();
    batches++;
  }

  /** The last load. */
  public long loadId() {
    return loadId;
  }

  /** Rows that the sink took, repeats included. */
  public long rows() {
    return rows;
  }

  /** Their bytes. */
  public long bytes() {
    return bytes;
  }

  /** Batches that the sink took. */
  public long batches() {
    return batches;
  }

  /** How often it was tried again. */
  public int retries() {
    return retries;
  }

  /** Values that the Java type could not hold, by column. */
  public Map<String, Long> unrepresentable() {
    return unrepresentable;
  }

  /** What the reader of the report should know. */
  public List<String> notes() {
    return notes;
  }
}
