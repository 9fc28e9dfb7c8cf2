package dev.bobbin.dialect.mysql.faults;

import static dev.bobbin.select.TableSelection.table;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bobbin.Replicator;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * A host application that copies a full table and two incremental ones, again and again until it is
 * killed. Its sink is a file, in which each batch is durable when it has been written.
 */
final class KilledHost {

  /** Rows of a batch, which is the most that may come again per scan and kill. */
  static final int BATCH_ROWS = 75;

  /** Wider than the longest transaction of the writers. */
  private static final Duration LATEST = Duration.ofSeconds(20);

  private KilledHost() {}

  /**
   * Arguments: host, port, database, user, state, file of the sink, life, readers, how often.
   * Begins when a line comes.
   */
  public static void main(String[] args) throws Exception {
    boolean once = args[8].equals("once");
    Selection selection =
        Selection.of(
            table("by_time").incrementalBy("changed").overlap(LATEST),
            table("by_number").incrementalBy("number").overlap(1_000),
            table("whole"));
    FileSink sink = new FileSink(Path.of(args[5]), Integer.parseInt(args[6]));
    try (Replicator replicator =
        Replicator.from(
                MySqlDialect.at(args[0], Integer.parseInt(args[1]), args[2])
                    .tls(Tls.off())
                    .login(args[3], Scene.PASSWORD))
            .named("Killed host")
            .rememberIn(FileStateStore.at(Path.of(args[4])))
            .batchRows(BATCH_ROWS)
            .parallelism(Integer.parseInt(args[7]))
            .build()) {
      replicator.discover(); // so that the life that follows is not all class loading
      System.out.println("ready");
      if (System.in.read() < 0) {
        return;
      }
      // What changed behind a load that went on comes with the run after it.
      for (int run = 1; run <= 2 || !once; run++) {
        replicator.replicate(selection, sink).throwIfFailed();
        System.out.println("run");
        if (run % 3 == 0) {
          replicator.reset("by_time");
          replicator.reset("by_number");
        }
      }
    }
  }

  /**
   * A line for each row and event: life, table, load, scan, id and version. What was being written
   * when the process was killed is a line without an end; the next one begins on a new line.
   */
  private record FileSink(Path file, int life) implements RecordSink {

    @Override
    public void open(TableLoad load) throws IOException {
      tell(load, "open");
    }

    @Override
    public void complete(TableLoad load) throws IOException {
      tell(load, "complete");
    }

    private void tell(TableLoad load, String what) throws IOException {
      append(
          "\n%d %s %d %s 0 0 .\n".formatted(life, load.table().id().name(), load.loadId(), what));
    }

    @Override
    public void write(RecordBatch batch) throws IOException {
      System.out.println("writing");
      StringBuilder lines = new StringBuilder("\n");
      for (int i = 0; i < batch.rowCount(); i++) {
        lines
            .append(life)
            .append(' ')
            .append(batch.table().name())
            .append(' ')
            .append(batch.checkpoint().loadId())
            .append(' ')
            .append(batch.checkpoint().scan())
            .append(' ')
            .append(batch.column("id").getLong(i))
            .append(' ')
            .append(batch.column("version").getLong(i))
            .append(" .\n");
      }
      append(lines.toString());
    }

    private void append(String lines) throws IOException {
      Files.write(
          file, lines.getBytes(UTF_8), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }
}
