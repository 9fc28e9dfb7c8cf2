package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.RunReport;
import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testsupport.Waiting;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A load by four readers while others write: what is delivered is one snapshot, to the row. */
class ParallelLoadTest {

  private static final int ROWS = 64_000;
  private static final int MD5S = 20;
  private static final int READERS = 4;

  private PostgresServer server;
  private Scene scene;
  private Traffic traffic;

  /** By blocks on 18, by keys before 14, which cannot find rows by their place. */
  @ParameterizedTest
  @ValueSource(strings = {"9.6", "13", "18"})
  void deliversTheExportedSnapshotExactlyWhileOthersWrite(String version) throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    server =
        PostgresServer.version(version)
            .config("max_prepared_transactions", "20")
            .config("shared_buffers", "128MB")
            .start();
    try {
      scene = Scene.on(server, Traffic.create("stock", ROWS, MD5S));
      Sink sink = new Sink();
      RunReport report;
      try (Traffic writers = new Traffic(server, scene.database, List.of("stock"), ROWS, MD5S)) {
        traffic = writers;
        traffic.start(6, Duration.ofMillis(8), seed);
        Waiting.until("traffic", () -> traffic.commits() > 200);
        report =
            scene.run(
                scene.replicator().parallelism(READERS).batchRows(200),
                sink,
                TableSelection.table("stock"));
      }

      report.throwIfFailed();
      System.out.println(
          version
              + ": "
              + sink.scans.size()
              + " scans, "
              + sink.batches
              + " batches, "
              + sink.snapshot.size()
              + " rows, "
              + traffic.commits()
              + " commits");
      assertThat(sink.scans).as("slices").hasSizeGreaterThanOrEqualTo(8);
      assertThat(sink.torn).isEmpty();
      assertThat(sink.twice).isEmpty();
      assertThat(sink.rows.equals(sink.snapshot)).as(sink.difference()).isTrue();
      assertThat(report.rows()).isEqualTo(sink.snapshot.size());
      // Otherwise the writers would have done nothing that the readers could have mistaken.
      assertThat(versions(server.connect(scene.database))).isNotEqualTo(sink.snapshot);
    } finally {
      server.close();
    }
  }

  /** All rows by their id; closes the connection. */
  private static Map<Long, Long> versions(Connection connection) throws SQLException {
    Map<Long, Long> versions = new HashMap<>();
    try (connection;
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, version FROM stock")) {
      while (rows.next()) {
        versions.put(rows.getLong(1), rows.getLong(2));
      }
    }
    return versions;
  }

  /** Reads the load's snapshot for itself while the first batch waits, and keeps all rows. */
  private final class Sink implements RecordSink {
    private final Map<Long, Long> rows = new HashMap<>();
    private final List<Long> twice = new ArrayList<>();
    private final List<Long> torn = new ArrayList<>();
    private final Set<String> scans = new HashSet<>();
    private Map<Long, Long> snapshot = Map.of();
    private int batches;

    @Override
    public void write(RecordBatch batch) throws Exception {
      if (batches++ == 0) {
        String application = scene.applicationName();
        Waiting.until("as many readers", () -> server.backendsOf(application) >= READERS);
        snapshot = snapshotOfTheLoad();
      }
      if (batches % 50 == 0) {
        long now = traffic.commits();
        Waiting.until("more commits", () -> traffic.commits() > now + 100);
      }
      scans.add(batch.checkpoint().scan());
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      for (Record row : batch) {
        long id = row.getLong("id");
        long version = row.getLong("version");
        byte[] text = (id + "/" + version).getBytes(StandardCharsets.UTF_8);
        String payload = HexFormat.of().formatHex(md5.digest(text)).repeat(MD5S);
        if (!payload.equals(row.getString("payload"))) {
          torn.add(id);
        }
        if (rows.put(id, version) != null) {
          twice.add(id);
        }
      }
    }

    private Map<Long, Long> snapshotOfTheLoad() throws SQLException {
      String exported = scene.query("SELECT string_agg(f, ' ') FROM pg_ls_dir('pg_snapshots') f");
      Connection connection = server.connect(scene.database);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET TRANSACTION SNAPSHOT '" + exported + "'");
      }
      return versions(connection);
    }

    private String difference() {
      Map<Long, Long> missing = new HashMap<>(snapshot);
      missing.entrySet().removeAll(rows.entrySet());
      Map<Long, Long> others = new HashMap<>(rows);
      others.entrySet().removeAll(snapshot.entrySet());
      return missing.size()
          + " missing: "
          + some(missing)
          + "; "
          + others.size()
          + " others: "
          + some(others);
    }

    private static List<?> some(Map<Long, Long> rows) {
      return rows.entrySet().stream().limit(20).toList();
    }
  }
}
