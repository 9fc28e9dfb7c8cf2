package dev.bobbin.docs;

import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SinkException;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.Durability;
import dev.bobbin.sink.Progress;
import dev.bobbin.sink.RecordSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

// docs:begin durable-on-flush
/** Gathers rows in memory and uploads them as few large objects. */
final class UploadingSink implements RecordSink {

  /** Somewhere that keeps whole objects. */
  interface Uploads {
    void put(TableId table, byte[] content) throws IOException;
  }

  private final Uploads uploads;
  private final Map<TableId, StringBuilder> gathered = new ConcurrentHashMap<>();

  UploadingSink(Uploads uploads) {
    this.uploads = uploads;
  }

  @Override
  public Durability durability() {
    return Durability.onFlush(64 << 20, Duration.ofMinutes(1));
  }

  @Override
  public Progress progress(TableId table) {
    gathered.remove(table); // the first call of every attempt: what was not flushed comes again
    return Progress.notTracked();
  }

  @Override
  public void write(RecordBatch batch) {
    StringBuilder lines = gathered.computeIfAbsent(batch.table(), t -> new StringBuilder());
    for (Record row : batch) {
      lines.append(row.getLong("id")).append('\t').append(row.getString("name")).append('\n');
    }
  }

  @Override
  public void flush(TableId table) {
    String lines = gathered.get(table).toString();
    try {
      uploads.put(table, lines.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw SinkException.retryable("The upload of rows of " + table + " failed.", e);
    }
    gathered.remove(table);
  }

  @Override
  public boolean concurrent() {
    return true; // tables share nothing here but the map
  }
}
// docs:end durable-on-flush
