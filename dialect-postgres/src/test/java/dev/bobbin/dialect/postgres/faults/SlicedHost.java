package dev.bobbin.dialect.postgres.faults;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.tls.Tls;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host application that loads a full and an incremental table in slices, again and again until it
 * is killed. Its sink is a database, in which each batch is durable when it has been inserted.
 */
final class SlicedHost {

  /** Rows of a batch, which is the most that may come again per scan and kill. */
  static final int BATCH_ROWS = 75;

  static final int READERS = 4;

  /** The tables of the sink; {@code seq} is the order in which things happened. */
  static final String[] TABLES = {
    "CREATE SEQUENCE seq",
    "CREATE TABLE delivered (seq bigint DEFAULT nextval('seq'), life int, tab text, load bigint,"
        + " scan text, horizon bigint, id bigint, version bigint)",
    "CREATE INDEX ON delivered (tab, load)",
    "CREATE TABLE events (seq bigint DEFAULT nextval('seq'), life int, tab text, load bigint, what"
        + " text)",
  };

  /** The lowest transaction that was running when what stands at the position was read. */
  private static final Pattern HORIZON = Pattern.compile("snapshot=(\\d+):");

  private SlicedHost() {}

  /**
   * Arguments: host, port, database, user, state, database of the sink, life, how often. Begins
   * when a line comes.
   */
  public static void main(String[] args) throws Exception {
    boolean once = args[7].equals("once");
    Selection selection =
        Selection.of(
            TableSelection.table("orders").incrementalBy("changed"), TableSelection.table("stock"));
    try (DatabaseSink sink =
            new DatabaseSink(
                "jdbc:postgresql://%s:%s/%s?user=%s&ApplicationName=sink"
                    .formatted(args[0], args[1], args[5], args[3]),
                Integer.parseInt(args[6]));
        Replicator replicator =
            Replicator.from(
                    PostgresDialect.at(args[0], Integer.parseInt(args[1]), args[2])
                        .tls(Tls.off())
                        .login(args[3], ""))
                .named("Sliced host")
                .rememberIn(FileStateStore.at(Path.of(args[4])))
                .batchRows(BATCH_ROWS)
                .parallelism(READERS)
                .build()) {
      replicator.discover(); // so that the life that follows is not all class loading
      System.out.println("ready");
      if (System.in.read() < 0) {
        return;
      }
      for (int run = 1; run <= 2 || !once; run++) {
        RunReport report = replicator.replicate(selection, sink);
        report.throwIfFailed();
        report.tables().forEach(t -> t.notes().forEach(note -> System.out.println("note " + note)));
        System.out.println("run");
        if (run % 2 == 0 && !once) {
          replicator.reset("orders");
        }
      }
    }
  }

  private static final class DatabaseSink implements RecordSink, AutoCloseable {
    private final Connection connection;
    private final PreparedStatement rows;
    private final PreparedStatement event;
    private final int life;

    DatabaseSink(String url, int life) throws SQLException {
      this.connection = DriverManager.getConnection(url);
      this.life = life;
      this.rows =
          connection.prepareStatement(
              "INSERT INTO delivered (life, tab, load, scan, horizon, id, version)"
                  + " SELECT ?, ?, ?, ?, ?, unnest(?::bigint[]), unnest(?::bigint[])");
      this.event =
          connection.prepareStatement(
              "INSERT INTO events (life, tab, load, what) VALUES (?, ?, ?, ?)");
    }

    @Override
    public void open(TableLoad load) throws SQLException {
      tell(load, load.isWhole() ? "increment" : "open");
    }

    @Override
    public void write(RecordBatch batch) throws SQLException {
      System.out.println("writing");
      Object[] ids = new Object[batch.rowCount()];
      Object[] versions = new Object[batch.rowCount()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = batch.column("id").getLong(i);
        versions[i] = batch.column("version").getLong(i);
      }
      Matcher horizon = HORIZON.matcher(batch.checkpoint().position().orElse(""));
      rows.setInt(1, life);
      rows.setString(2, batch.table().name());
      rows.setLong(3, batch.checkpoint().loadId());
      rows.setString(4, batch.checkpoint().scan());
      rows.setLong(5, horizon.find() ? Long.parseLong(horizon.group(1)) : Long.MAX_VALUE);
      rows.setArray(6, connection.createArrayOf("int8", ids));
      rows.setArray(7, connection.createArrayOf("int8", versions));
      rows.execute();
    }

    @Override
    public void complete(TableLoad load) throws SQLException {
      tell(load, "complete");
    }

    private void tell(TableLoad load, String what) throws SQLException {
      event.setInt(1, life);
      event.setString(2, load.table().id().name());
      event.setLong(3, load.loadId());
      event.setString(4, what);
      event.execute();
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }
}
