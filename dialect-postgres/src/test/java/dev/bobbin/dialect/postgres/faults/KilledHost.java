package dev.bobbin.dialect.postgres.faults;

import dev.bobbin.Replicator;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.Durability;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.zip.CRC32;

/**
 * A host application that copies three tables again and again until it is killed. Its sink appends
 * each batch to a file, with a checksum, and makes it durable.
 */
final class KilledHost {

  /** Rows of a batch, which is the most that may come again per scan and kill. */
  static final int BATCH_ROWS = 25;

  /** Bytes after which the sink that is durable on flush is flushed: some batches. */
  static final long FLUSH_BYTES = 6_000;

  private KilledHost() {}

  static Selection selection() {
    return Selection.of(
        TableSelection.table("orders").incrementalBy("changed"),
        TableSelection.table("events").incrementalBy("at"),
        TableSelection.table("countries"));
  }

  /** Arguments: host, port, database, user, state, file, incarnation, durability, how often. */
  public static void main(String[] args) throws Exception {
    boolean once = args[8].equals("once");
    try (FileSink sink = new FileSink(Path.of(args[5]), args[6], args[7].equals("flush"));
        Replicator replicator =
            Replicator.from(
                    PostgresDialect.at(args[0], Integer.parseInt(args[1]), args[2])
                        .tls(Tls.off())
                        .login(args[3], ""))
                .named("Killed host")
                .rememberIn(FileStateStore.at(Path.of(args[4])))
                .batchRows(BATCH_ROWS)
                .parallelism(3)
                .build()) {
      do {
        replicator.replicate(selection(), sink).throwIfFailed();
        System.out.println("run");
      } while (!once);
    }
  }

  /**
   * Writes lines: {@code O table load} for an open, {@code B incarnation table load scan} with a
   * row per line ({@code id version key}) for a batch, {@code C table load} for a complete; after
   * each block {@code E checksum}.
   */
  private static final class FileSink implements RecordSink, AutoCloseable {
    private final FileChannel file;
    private final String incarnation;
    private final boolean onFlush;

    FileSink(Path file, String incarnation, boolean onFlush) throws IOException {
      this.file =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
      this.incarnation = incarnation;
      this.onFlush = onFlush;
    }

    @Override
    public Durability durability() {
      return onFlush ? Durability.onFlush(FLUSH_BYTES, Duration.ofSeconds(1)) : Durability.ON_WRITE;
    }

    @Override
    public void open(TableLoad load) throws IOException {
      append("O " + load.table().id().name() + " " + load.loadId() + "\n");
    }

    @Override
    public void write(RecordBatch batch) throws IOException, InterruptedException {
      System.out.println("writing");
      String table = batch.table().name();
      String key = table.equals("orders") ? "changed" : table.equals("events") ? "at" : "id";
      StringBuilder text = new StringBuilder("B ");
      text.append(incarnation).append(' ').append(table).append(' ');
      text.append(batch.checkpoint().loadId()).append(' ').append(batch.checkpoint().scan());
      text.append('\n');
      for (Record row : batch) {
        text.append(row.getLong("id")).append(' ').append(row.getLong("version")).append(' ');
        text.append(row.get(key)).append('\n');
      }
      append(text.toString());
      Thread.sleep(2); // a disk that is not very fast: kills meet batches that are half-way
      if (!onFlush) {
        file.force(false);
      }
    }

    @Override
    public void flush(dev.bobbin.catalog.TableId table) throws IOException {
      file.force(false);
    }

    @Override
    public void complete(TableLoad load) throws IOException {
      append("C " + load.table().id().name() + " " + load.loadId() + "\n");
      file.force(false);
    }

    private void append(String block) throws IOException {
      CRC32 sum = new CRC32();
      sum.update(block.getBytes(StandardCharsets.UTF_8));
      ByteBuffer bytes =
          ByteBuffer.wrap((block + "E " + sum.getValue() + "\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
