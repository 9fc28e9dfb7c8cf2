package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.RunReport;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresServer.StopMode;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.testsupport.Retries;
import dev.bobbin.testsupport.VersionedRows;
import dev.bobbin.testsupport.Waiting;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fault 3, of a load that four readers share: the server ends one of them, or the one that exported
 * the snapshot, or all, or restarts. The load goes on under its id, and brings what was changed
 * before it did; of the other rows, none comes twice.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokenReadersTest {

  private static final int ROWS = 9_000;
  private static final int READERS = 4;

  private static PostgresServer server;
  private static Scene shared;

  /** What happens to the readers. */
  private enum Fault {
    ONE_IS_TERMINATED,
    THE_EXPORTER_IS_TERMINATED,
    ALL_ARE_TERMINATED,
    RESTART_FAST,
    RESTART_IMMEDIATE
  }

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.start(PostgresVersion.DEFAULT);
    // Two rows to a block, which makes four slices; and what a slice sends is more than the
    // sockets' buffers hold, so that its scan is still going on.
    shared =
        Scene.on(
            server,
            "CREATE SEQUENCE versions",
            "CREATE TABLE stock (id bigint PRIMARY KEY, version bigint NOT NULL, changed timestamptz"
                + " NOT NULL, payload text NOT NULL, more text STORAGE EXTERNAL) WITH (fillfactor ="
                + " 60)",
            "INSERT INTO stock SELECT i, v, clock_timestamp(), repeat(md5(i || '/' || v), 60),"
                + " repeat(md5(v::text), 250) FROM (SELECT i, nextval('versions') AS v FROM"
                + " generate_series(1, "
                + ROWS
                + ") AS i OFFSET 0) AS r",
            "CREATE INDEX ON stock (changed)",
            "VACUUM ANALYZE stock");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aFullLoadGoesOn(Fault fault) throws Exception {
    assertGoesOn(fault, TableSelection.table("stock"));
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void theFirstLoadOfAnIncrementalTableGoesOn(Fault fault) throws Exception {
    assertGoesOn(fault, TableSelection.table("stock").incrementalBy("changed"));
  }

  private void assertGoesOn(Fault fault, TableSelection selection) throws Exception {
    Scene scene = Scene.of(server, shared.database);
    String application = scene.applicationName();
    FailingSink sink = new FailingSink(scene.sink);
    sink.after(
        Call.WRITE,
        5,
        () -> {
          Waiting.until("all readers", () -> reading(scene, application) == READERS);
          happen(fault, scene, application);
        });
    int changed = 90;
    Retries retries =
        new Retries(
            () -> {
              try {
                // Here and there, and as the first thing that the retry has to bring.
                scene.execute(
                    "UPDATE stock SET version = n.v, payload = repeat(md5(id || '/' || n.v), 60),"
                        + " changed = clock_timestamp() FROM (SELECT nextval('versions') AS v) AS n"
                        + " WHERE id % "
                        + ROWS / changed
                        + " = 1");
              } catch (SQLException e) {
                throw new AssertionError(e);
              }
            });

    RunReport report =
        scene.run(
            scene
                .replicator()
                .parallelism(READERS)
                .batchRows(100)
                .retry(World.QUICK)
                .listener(retries),
            sink,
            selection);

    report.throwIfFailed();
    assertThat(retries.causes()).isNotEmpty().allMatch(Retries::isTransient);
    RunReport.TableReport table = report.tables().get(0);
    // What nobody's commit had yet brought to the disk when the load began ends with a crash.
    boolean anew = fault == Fault.RESTART_IMMEDIATE && table.loadId() > 1;
    assertThat(table.notes()).hasSize(anew ? 1 : 0).allMatch(note -> note.contains("crashed"));
    assertThat(table.loadId()).isEqualTo(anew ? 2 : 1);
    assertThat(scene.sink.violations()).isEmpty();
    Map<Long, String> source = texts(scene);
    assertThat(source).hasSize(ROWS);
    assertThat(VersionedRows.of(scene.sink.upserted(scene.table("stock"))).equals(source)).isTrue();
    assertThat(
            scene.sink.deliveries(scene.table("stock")).stream()
                .map(d -> d.checkpoint().scan())
                .collect(Collectors.toSet()))
        .hasSizeGreaterThanOrEqualTo(READERS);
    if (!anew) {
      assertThat(table.rows())
          .isBetween((long) ROWS, ROWS + (long) changed * retries.causes().size());
      VersionedRows.assertRepeatsAtMost(scene.sink, scene.table("stock"), 0);
    }
    Waiting.until("no backend", () -> server.backendsOf(application) == 0);
    World.assertNoThreads();
    assertThat(scene.run(scene.replicator(), selection).rows())
        .as("rows of the next run")
        .isEqualTo(selection.method().toString().startsWith("full") ? ROWS : 0);
  }

  private static Map<Long, String> texts(Scene scene) throws SQLException {
    try (var connection = server.connect(scene.database)) {
      return VersionedRows.in(connection, "stock");
    }
  }

  private static int reading(Scene scene, String application) throws SQLException {
    return Integer.parseInt(String.valueOf(scene.query("SELECT count(*)" + readers(application))));
  }

  private static String readers(String application) {
    return " FROM pg_stat_activity a WHERE a.application_name = '"
        + application
        + "' AND a.xact_start IS NOT NULL";
  }

  /** A snapshot's file is named by the virtual transaction that exported it. */
  private static final String EXPORTER =
      "(SELECT l.pid FROM pg_ls_dir('pg_snapshots') AS f JOIN pg_locks l ON l.virtualxid = (('x' ||"
          + " split_part(f, '-', 1))::bit(32)::int || '/' || ('x' || split_part(f, '-',"
          + " 2))::bit(32)::int) AND l.locktype = 'virtualxid')";

  private static void happen(Fault fault, Scene scene, String application) throws SQLException {
    String terminate = "SELECT count(pg_terminate_backend(a.pid))";
    switch (fault) {
      case ONE_IS_TERMINATED ->
          assertThat(
                  scene.query(
                      terminate
                          + " FROM (SELECT a.pid"
                          + readers(application)
                          + " AND a.pid <> "
                          + EXPORTER
                          + " ORDER BY a.state LIMIT 1) AS a"))
              .isEqualTo("1");
      case THE_EXPORTER_IS_TERMINATED ->
          assertThat(scene.query(terminate + readers(application) + " AND a.pid = " + EXPORTER))
              .isEqualTo("1");
      case ALL_ARE_TERMINATED ->
          assertThat(server.terminateBackends(application)).isGreaterThanOrEqualTo(READERS);
      case RESTART_FAST -> server.restart(StopMode.FAST);
      case RESTART_IMMEDIATE -> server.restart(StopMode.IMMEDIATE);
    }
  }
}
