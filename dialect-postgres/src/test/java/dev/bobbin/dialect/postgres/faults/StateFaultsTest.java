package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.error.StateException;
import dev.bobbin.plan.Plan;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.state.StateDocument;
import dev.bobbin.state.StateLease;
import dev.bobbin.state.StateStore;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testkit.FailingSink;
import dev.bobbin.testkit.FailingSink.Call;
import dev.bobbin.testkit.Gate;
import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.testsupport.VersionedRows;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fault 14 (state truncated, changed or not writable), fault 15 (state of a newer version), fault
 * 16 (two hosts with one replicator) and fault 17 (the host's clock is a day off, or its time zone
 * changes).
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("long")
class StateFaultsTest {

  private static final int ROWS = 1_500;

  private World world;
  @TempDir private Path state;
  private final CollectingSink rows = new CollectingSink();

  @BeforeEach
  void start() throws Exception {
    world = World.on(PostgresServer.shared(PostgresVersion.DEFAULT), ROWS, 64);
  }

  @AfterEach
  void nothingIsLeft() {
    world.awaitNoBackends();
    World.assertNoThreads();
  }

  private Replicator.Builder replicator() {
    return world.replicator(world.dialect()).rememberIn(FileStateStore.at(state)).parallelism(1);
  }

  private RunReport run() {
    return run(rows);
  }

  private RunReport run(dev.bobbin.sink.RecordSink sink) {
    try (Replicator replicator = replicator().build()) {
      return replicator.replicate(World.everything(), sink);
    }
  }

  /** The files of the incremental table's checkpoints: the current one, or the one before. */
  private Path stateOfOrders(String ending) throws IOException {
    try (Stream<Path> files = Files.walk(state)) {
      return files
          .filter(f -> f.getFileName().toString().startsWith("table_"))
          .filter(f -> f.getFileName().toString().endsWith(ending))
          .filter(StateFaultsTest::isOfOrders)
          .findFirst()
          .orElseThrow();
    }
  }

  private static boolean isOfOrders(Path file) {
    try {
      return Files.readString(file).contains("public.orders");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What becomes of a file. */
  private enum Damage {
    EMPTY {
      @Override
      byte[] of(byte[] bytes) {
        return new byte[0];
      }
    },
    TRUNCATED {
      @Override
      byte[] of(byte[] bytes) {
        return java.util.Arrays.copyOf(bytes, bytes.length * 2 / 3);
      }
    },
    FLIPPED {
      @Override
      byte[] of(byte[] bytes) {
        byte[] changed = bytes.clone();
        changed[bytes.length - 20] ^= 1;
        return changed;
      }
    };

    abstract byte[] of(byte[] bytes);

    void to(Path file) throws IOException {
      Files.write(file, of(Files.readAllBytes(file)));
    }
  }

  /** Fault 14: of a damaged file, the previous generation is used, and the report says so. */
  @ParameterizedTest
  @EnumSource(Damage.class)
  void goesOnFromThePreviousGenerationOfDamagedState(Damage damage) throws Exception {
    // Stopped in the middle of the first load, so that generations lie a batch apart.
    RunReport first = run(new FailingSink(rows).before(Call.WRITE, 8, FailingSink.diskFull()));
    assertThat(first.table(world.orders).orElseThrow().status()).isEqualTo(Status.FAILED);
    damage.to(stateOfOrders(".json"));

    RunReport report = run();

    report.throwIfFailed();
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 100);
    assertThat(rows.loadIds(world.orders)).hasSize(1);
    assertThat(report.table(world.orders).orElseThrow().notes())
        .anyMatch(note -> note.contains("damaged") && note.contains("previous generation"));
    assertThat(report.describe()).contains("damaged");
  }

  /** Fault 14: the plan tells of the damage before anything is read. */
  @Test
  void saysInThePlanThatStateWasDamaged() throws Exception {
    run().throwIfFailed();
    Damage.FLIPPED.to(stateOfOrders(".json"));
    try (Replicator replicator = replicator().build()) {
      assertThat(replicator.plan(World.everything()).describe()).contains("damaged");
    }
  }

  /** Fault 14: where both generations are damaged, the run is refused and nothing is read. */
  @Test
  void neverBeginsFromZeroWhenBothGenerationsAreDamaged() throws Exception {
    run().throwIfFailed();
    Damage.TRUNCATED.to(stateOfOrders(".json"));
    Damage.FLIPPED.to(stateOfOrders(".json.previous"));
    int before = rows.rows(world.orders).size();

    assertThatThrownBy(this::run)
        .isInstanceOf(StateException.class)
        .hasMessageContaining("cannot be used")
        .hasMessageContaining("Restore the file from a backup");
    try (Replicator replicator = replicator().build()) {
      assertThatThrownBy(() -> replicator.plan(World.everything()))
          .isInstanceOf(StateException.class);
    }
    assertThat(rows.rows(world.orders)).hasSize(before);
  }

  /** Fault 14: the disk of the state is full in the middle of the run, which then stops. */
  @Test
  void stopsWhenStateCanNoLongerBeSaved() throws Exception {
    AtomicBoolean full = new AtomicBoolean();
    StateStore files = FileStateStore.at(state);
    FailingSink sink = new FailingSink(rows).after(Call.WRITE, 5, () -> full.set(true));
    try (Replicator replicator =
        world
            .replicator(world.dialect())
            .rememberIn(new FullStore(files, full))
            .parallelism(1)
            .build()) {
      RunReport report = replicator.replicate(World.ordersOnly(), sink);
      assertThat(report.table(world.orders).orElseThrow().failure().orElseThrow())
          .isInstanceOf(StateException.class)
          .hasMessageContaining("Make room");
      // The one batch that could not be remembered, and not one more.
      assertThat(sink.count(Call.WRITE)).isEqualTo(5);
    }
    run().throwIfFailed();
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 100);
  }

  /** Fault 14: with several tables side by side, none goes on once state cannot be saved. */
  @Test
  void stopsAllTablesWhenStateCanNoLongerBeSaved() throws Exception {
    AtomicBoolean full = new AtomicBoolean();
    FailingSink sink = new FailingSink(rows).after(Call.WRITE, 5, () -> full.set(true));
    try (Replicator replicator =
        world
            .replicator(world.dialect())
            .rememberIn(new FullStore(FileStateStore.at(state), full))
            .build()) {
      RunReport report = replicator.replicate(World.everything(), sink);
      assertThat(report.isCompleted()).isFalse();
      assertThat(report.tables()).anyMatch(t -> t.failure().isPresent());
    }
    run().throwIfFailed();
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 100);
  }

  /** Fault 14: the folder of the state disappears in the middle of the run, as a mount does. */
  @Test
  void stopsWhenTheFolderOfTheStateIsGone() throws Exception {
    Path moved = state.resolveSibling(state.getFileName() + "-moved");
    FailingSink sink = new FailingSink(rows).after(Call.WRITE, 5, () -> Files.move(state, moved));
    RunReport report;
    try (Replicator replicator = replicator().build()) {
      report = replicator.replicate(World.ordersOnly(), sink);
    }
    assertThat(report.table(world.orders).orElseThrow().failure().orElseThrow())
        .isInstanceOf(StateException.class);
    assertThat(sink.count(Call.WRITE)).isEqualTo(5);
    if (Files.exists(state)) {
      try (Stream<Path> left = Files.walk(state)) {
        left.sorted(java.util.Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
      }
    }
    Files.move(moved, state);
    // The file says that this process has the lease, which a process begun anew would not heed.
    Files.deleteIfExists(state.resolve(world.id()).resolve("holder"));
    run().throwIfFailed();
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 100);
  }

  /** A store on a disk that can become full. */
  private record FullStore(StateStore files, AtomicBoolean full) implements StateStore {
    @Override
    public List<StateDocument> read(String replicator) {
      return files.read(replicator);
    }

    @Override
    public StateLease lease(String replicator) {
      StateLease lease = files.lease(replicator);
      return new StateLease() {
        @Override
        public long fencingToken() {
          return lease.fencingToken();
        }

        @Override
        public void save(String name, String content) {
          if (full.get()) {
            throw new StateException(
                "The state could not be saved: No space left on device.",
                "Make room on the disk.",
                new IOException("No space left on device"));
          }
          lease.save(name, content);
        }

        @Override
        public void delete(String name) {
          lease.delete(name);
        }

        @Override
        public void renew() {
          lease.renew();
        }

        @Override
        public void close() {
          lease.close();
        }
      };
    }
  }

  /** Fault 15: a file of a newer format is refused with its remedy and left as it is. */
  @Test
  void refusesStateOfANewerVersion() throws Exception {
    run().throwIfFailed();
    Path file = stateOfOrders(".json");
    rewrite(file, text -> text.replaceFirst("\"format\":1", "\"format\":2"));
    byte[] newer = Files.readAllBytes(file);

    assertThatThrownBy(this::run)
        .isInstanceOf(StateException.class)
        .hasMessageContaining("format 2")
        .hasMessageContaining("newer than this version")
        .hasMessageContaining("version of Bobbin that wrote it");
    assertThat(Files.readAllBytes(file)).isEqualTo(newer);
  }

  /** Fault 15: also where only the document inside is of a newer format. */
  @Test
  void refusesADocumentOfANewerVersion() throws Exception {
    run().throwIfFailed();
    Path file = stateOfOrders(".json");
    rewrite(
        file,
        text -> {
          int body = text.indexOf('\n');
          return text.substring(0, body)
              + text.substring(body).replaceFirst("\"format\" ?: ?1", "\"format\":7");
        });
    byte[] newer = Files.readAllBytes(file);
    assertThatThrownBy(this::run)
        .isInstanceOf(StateException.class)
        .hasMessageContaining("format 7")
        .hasMessageContaining("newer");
    assertThat(Files.readAllBytes(file)).isEqualTo(newer);
  }

  /** Changes a state file and makes its checksum right again: what a newer version would write. */
  private static void rewrite(Path file, java.util.function.UnaryOperator<String> change)
      throws Exception {
    String start = "{\"sha256\":\"";
    String text = change.apply(Files.readString(file));
    byte[] rest = text.substring(start.length() + 64).getBytes(StandardCharsets.UTF_8);
    String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(rest));
    Files.writeString(file, start + sum + new String(rest, StandardCharsets.UTF_8));
  }

  /** Fault 16: a second replicator in the same process is refused while the first one runs. */
  @Test
  void refusesASecondRunInTheSameProcess() throws Exception {
    Gate gate = new Gate();
    FailingSink sink = new FailingSink(rows).before(Call.WRITE, 3, gate::pass);
    try (Replicator one = replicator().build();
        Replicator two = replicator().build()) {
      CompletableFuture<RunReport> run =
          CompletableFuture.supplyAsync(() -> one.replicate(World.everything(), sink));
      gate.awaitReached();
      Throwable refusal =
          catchThrowable(() -> two.replicate(World.everything(), new CollectingSink()));
      gate.open();
      assertThat(refusal)
          .isInstanceOf(StateException.class)
          .hasMessageContaining("in use by this same process")
          .hasMessageContaining("Wait until that run ends");
      run.join().throwIfFailed();
      two.replicate(World.everything(), rows).throwIfFailed();
    }
    world.assertSameRows(rows);
    VersionedRows.assertRepeatsAtMost(rows, world.orders, 0);
  }

  /** Fault 16: a second host process is refused; when the first is killed, the next goes on. */
  @Test
  void refusesASecondProcessUntilTheFirstHasDied() throws Exception {
    try (ChildJvm child =
        ChildJvm.of(HoldingHost.class)
            .jvmFlags("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
            .arguments(
                world.server.host(),
                Integer.toString(world.server.port()),
                world.database,
                world.server.user(),
                world.name,
                state.toString())
            .start()) {
      child.awaitLine("holding"::equals, Duration.ofMinutes(1));
      assertThatThrownBy(this::run)
          .isInstanceOf(StateException.class)
          .hasMessageContaining("in use by")
          .hasMessageContaining(Long.toString(child.pid()));
      child.killNow();
    }
    run().throwIfFailed();
    world.assertSameOrders(rows);
  }

  /** Fault 17: a clock that is a day off, either way, moves no bookmark and loses no row. */
  @Test
  void doesNotTrustTheHostsClock() throws Exception {
    world.execute(
        "CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, naive timestamp NOT"
            + " NULL)",
        "CREATE INDEX ON events (at)",
        "INSERT INTO events SELECT i, now() - i * interval '1 second', now() - i * interval '1"
            + " second' FROM generate_series(1, 300) AS i");
    var selection =
        dev.bobbin.select.Selection.of(
            dev.bobbin.select.TableSelection.table("events").incrementalBy("at"));
    TimeZone zone = TimeZone.getDefault();
    Locale locale = Locale.getDefault();
    var events = dev.bobbin.catalog.TableId.of(world.database, "public", "events");
    try {
      int id = 1_000;
      for (Duration off :
          List.of(Duration.ZERO, Duration.ofDays(1), Duration.ofDays(-1), Duration.ofDays(400))) {
        for (String there : List.of("UTC", "Pacific/Kiritimati", "America/St_Johns")) {
          TimeZone.setDefault(TimeZone.getTimeZone(there));
          Locale.setDefault(there.equals("UTC") ? Locale.forLanguageTag("ar-EG") : Locale.US);
          id++;
          world.execute("INSERT INTO events VALUES (" + id + ", now(), now())");
          try (Replicator replicator =
              replicator().clock(Clock.offset(Clock.system(ZoneId.of(there)), off)).build()) {
            replicator.replicate(selection, rows).throwIfFailed();
            Plan plan = replicator.plan(selection);
            String bookmark = plan.tables().get(0).bookmark().orElseThrow().value();
            assertThat(
                    world.server.query(
                        world.database,
                        "SELECT max(at) = '" + bookmark + "'::timestamptz FROM events"))
                .as("bookmark %s with the clock %s off in %s", bookmark, off, there)
                .isEqualTo("t");
          }
        }
      }
    } finally {
      TimeZone.setDefault(zone);
      Locale.setDefault(locale);
    }
    assertThat(rows.rows(events)).hasSize(312);
    assertThat(rows.repeatedRows(events)).isZero();
  }
}
