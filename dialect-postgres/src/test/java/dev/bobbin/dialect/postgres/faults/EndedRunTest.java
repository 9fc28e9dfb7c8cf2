package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testkit.Gate;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.testsupport.InBackground;
import dev.bobbin.testsupport.Outcomes;
import dev.bobbin.testsupport.VersionedRows;
import dev.bobbin.testsupport.Waiting;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fault 2: a run is closed or interrupted in the middle. It drains or cancels, the checkpoint of
 * the batch that the sink has taken is saved, and no thread and no backend is left.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EndedRunTest {

  private static final int ROWS = 3_000;

  private static PostgresServer server;
  private static World world;

  @TempDir private Path state;
  private final CollectingSink rows = new CollectingSink();
  private final FailingSink sink = new FailingSink(rows);
  private final AtomicReference<Replicator> current = new AtomicReference<>();

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.shared(PostgresVersion.DEFAULT);
    world = World.on(server, ROWS, 3_000);
  }

  @AfterEach
  void nothingIsLeft() {
    world.awaitNoBackends();
    World.assertNoThreads();
  }

  private Replicator open(Replicator.Builder builder) {
    Replicator replicator = builder.rememberIn(FileStateStore.at(state)).build();
    current.set(replicator);
    return replicator;
  }

  private void assertGoesOn() throws Exception {
    try (Replicator replicator = open(world.replicator(world.dialect()))) {
      replicator.replicate(World.everything(), sink).throwIfFailed();
    }
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 0);
  }

  private static Status status(RunReport report, TableId table) {
    return report.table(table).orElseThrow().status();
  }

  /** A thread that has come to wait for another one. */
  private static void awaitWaiting(Thread thread) {
    Waiting.until(thread + " waits", () -> thread.getState() == Thread.State.WAITING);
  }

  /** Fault 2: another thread closes the replicator while the sink has a batch. */
  @Test
  void closingFromAnotherThreadLetsTheSinkFinishItsBatchAndRemembersIt() throws Exception {
    Gate gate = new Gate();
    sink.before(Call.WRITE, 9, gate::pass);
    Replicator replicator = open(world.replicator(world.dialect()).parallelism(1));
    CompletableFuture<RunReport> run =
        CompletableFuture.supplyAsync(() -> replicator.replicate(World.ordersOnly(), sink));
    gate.awaitReached();
    Thread closer = new Thread(replicator::close, "closer");
    closer.start();
    awaitWaiting(closer);
    gate.open();
    closer.join();

    assertThat(status(run.join(), world.orders)).isEqualTo(Status.CANCELLED);
    assertThat(sink.count(Call.WRITE)).isEqualTo(9);
    World.assertNoThreads();
    assertGoesOn();
  }

  /** Fault 2: the sink itself closes the replicator, on the calling thread and on another one. */
  @Test
  void closingFromWithinTheSinkEndsTheRun() throws Exception {
    sink.after(Call.WRITE, 7, () -> current.get().close());
    try (Replicator replicator = open(world.replicator(world.dialect()))) {
      RunReport report = replicator.replicate(World.everything(), sink);
      Outcomes.assertCancelled(report);
    }
    World.assertNoThreads();
    assertGoesOn();
  }

  /** Fault 2: the sink closes the replicator on a thread that is not the one that called run. */
  @Test
  void closingFromWithinTheSinkOnAWorkersThreadEndsTheRun() throws Exception {
    AtomicReference<Thread> caller = new AtomicReference<>();
    Replicator replicator = open(world.replicator(world.dialect()));
    FailingSink closing = new FailingSink(rows);
    for (int i = 1; i <= 60; i++) {
      closing.after(
          Call.WRITE,
          i,
          () -> {
            if (Thread.currentThread() != caller.get()) {
              replicator.close();
            }
          });
    }
    CompletableFuture<RunReport> run =
        CompletableFuture.supplyAsync(
            () -> {
              caller.set(Thread.currentThread());
              return replicator.replicate(World.everything(), closing);
            });
    RunReport report = run.get(1, TimeUnit.MINUTES);
    replicator.close();
    assertThat(report.isCompleted()).isFalse();
    World.assertNoThreads();
    assertGoesOn();
  }

  /** Fault 2: a listener closes the replicator, whichever thread it is called on. */
  @Test
  void closingFromWithinAListenerEndsTheRun() throws Exception {
    ReplicatorListener closing =
        new ReplicatorListener() {
          @Override
          public void onProgress(TableId table, long delivered, long bytes) {
            if (delivered >= 500) {
              current.get().close();
            }
          }
        };
    Replicator replicator = open(world.replicator(world.dialect()).listener(closing));
    CompletableFuture<RunReport> run =
        CompletableFuture.supplyAsync(() -> replicator.replicate(World.everything(), sink));
    RunReport report = run.get(1, TimeUnit.MINUTES);
    replicator.close();
    assertThat(report.isCompleted()).isFalse();
    World.assertNoThreads();
    assertGoesOn();
  }

  /** Fault 2: the calling thread is interrupted while the sink, which does not look, works. */
  @Test
  void anInterruptEndsTheRunAndStaysSet() throws Exception {
    Thread caller = Thread.currentThread();
    sink.after(Call.WRITE, 7, caller::interrupt);
    try (Replicator replicator = open(world.replicator(world.dialect()))) {
      RunReport report = replicator.replicate(World.everything(), sink);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(report.isCompleted()).isFalse();
      assertThat(report.tables()).allMatch(t -> t.status() != Status.FAILED);
    }
    World.assertNoThreads();
    assertGoesOn();
  }

  /** Fault 2: the calling thread is interrupted while the sink waits for something. */
  @Test
  void anInterruptOfTheSinkIsNoFailureOfTheSink() throws Exception {
    Gate never = new Gate();
    Thread caller = Thread.currentThread();
    sink.before(
        Call.WRITE,
        4,
        () -> {
          caller.interrupt();
          Thread.sleep(60_000);
        });
    try (Replicator replicator = open(world.replicator(world.dialect()).parallelism(1))) {
      RunReport report = replicator.replicate(World.ordersOnly(), sink);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(status(report, world.orders)).isEqualTo(Status.CANCELLED);
    } finally {
      never.open();
    }
    assertGoesOn();
  }

  /** Fault 2: the server has not sent a row yet; its backend is ended, not left to its query. */
  @Test
  void closingEndsAQueryThatHasNotSentARowYet() throws Exception {
    world.execute(
        "CREATE OR REPLACE VIEW sleepy AS SELECT id, pg_sleep(1000)::text AS t FROM countries");
    Replicator replicator = open(world.replicator(world.dialect()));
    CompletableFuture<RunReport> run =
        CompletableFuture.supplyAsync(
            () -> replicator.replicate(Selection.of(TableSelection.table("sleepy")), sink));
    Waiting.until(
        "the query runs",
        () ->
            !"0"
                .equals(
                    server.query(
                        world.database,
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND"
                            + " datname = current_database()")));
    replicator.close();
    assertThat(run.join().tables())
        .extracting(RunReport.TableReport::status)
        .containsExactly(Status.CANCELLED);
    World.assertNoThreads();
  }

  /** Fault 2: the scan is not open yet, since another session holds a lock on its table. */
  @Test
  void closingEndsTheWaitForALock() throws Exception {
    Replicator replicator =
        open(world.replicator(world.dialect()).lockTimeout(Duration.ofMinutes(10)));
    CompletableFuture<RunReport> run;
    try (Connection holder = server.connect(world.database);
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("LOCK TABLE countries IN ACCESS EXCLUSIVE MODE");
      run = InBackground.supply(() -> replicator.replicate(World.countriesOnly(), sink));
      Waiting.until(
          "the lock is waited for",
          () ->
              !"0"
                  .equals(
                      server.query(
                          "postgres",
                          "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                              + " AND datname = '"
                              + world.database
                              + "'")));
      CompletableFuture<Void> closing = InBackground.run(replicator::close);
      closing.get(1, TimeUnit.MINUTES);
      holder.rollback();
    }
    assertThat(status(run.join(), world.countries)).isEqualTo(Status.CANCELLED);
    World.assertNoThreads();
  }

  /** Fault 2: the connections of the host's own pool go back as they came, or do not go back. */
  @Test
  void givesNothingBrokenBackToTheHostsPool() throws Exception {
    int size = 4;
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.jdbcUrl(world.database));
    config.setUsername(server.user());
    config.setPassword(server.password().orElse(""));
    config.addDataSourceProperty("ApplicationName", "host application");
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(10_000);
    config.setPoolName("host");
    try (HikariDataSource pool = new HikariDataSource(config)) {
      PostgresDialect dialect = PostgresDialect.from(pool);
      for (int write : new int[] {2, 5, 11}) {
        FailingSink ending = new FailingSink(rows);
        ending.after(Call.WRITE, write, () -> current.get().close());
        try (Replicator replicator = open(world.replicator(dialect))) {
          assertThat(replicator.replicate(World.everything(), ending).isCompleted()).isFalse();
        }
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        assertPoolIsWhole(pool, size);
      }
      try (Replicator replicator = open(world.replicator(dialect))) {
        replicator.replicate(World.everything(), sink).throwIfFailed();
      }
      assertPoolIsWhole(pool, size);
      Waiting.until(
          "no COPY goes on",
          () ->
              "0"
                  .equals(
                      server.query(
                          world.database,
                          "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state"
                              + " <> 'idle' AND datname = current_database()")));
    }
    Waiting.until("the host's pool has ended", () -> World.bobbinThreads().isEmpty());
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 0);
  }

  private static void assertPoolIsWhole(HikariDataSource pool, int size) throws Exception {
    List<Connection> all = new ArrayList<>();
    try {
      for (int i = 0; i < size; i++) {
        Connection connection = pool.getConnection();
        all.add(connection);
        assertThat(connection.getAutoCommit()).isTrue();
        assertThat(connection.isReadOnly()).isFalse();
        try (Statement statement = connection.createStatement();
            ResultSet row =
                statement.executeQuery(
                    "SELECT current_setting('application_name'),"
                        + " current_setting('statement_timeout'), current_setting('search_path'),"
                        + " current_setting('transaction_read_only'),"
                        + " current_setting('lock_timeout')")) {
          row.next();
          List<String> settings = new ArrayList<>();
          for (int column = 1; column <= 5; column++) {
            settings.add(row.getString(column));
          }
          assertThat(settings)
              .containsExactly("host application", "0", "\"$user\", public", "off", "0");
        }
      }
    } finally {
      for (Connection connection : all) {
        connection.close();
      }
    }
  }
}
