package dev.bobbin.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.error.StateException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a store in files does beyond the contract that testkit checks: faults 14, 15 and 16. */
class FileStateStoreTest {

  private static final String OLD = "{\"a\": \"old\"}";
  private static final String NEW = "{\"a\": \"new canary\"}";

  @TempDir Path temp;

  private Path dir;
  private Path folder;
  private FileStateStore store;
  private Path current;
  private Path previous;

  @BeforeEach
  void open() {
    dir = temp.resolve("state");
    folder = dir.resolve("shop");
    store = FileStateStore.at(dir);
    current = new StateFolder(folder).file("Orders");
    previous = current.resolveSibling(current.getFileName() + ".previous");
  }

  private void saveTwice() {
    try (StateLease lease = store.lease("shop")) {
      lease.save("Orders", OLD);
      lease.save("Orders", NEW);
    }
  }

  private void assertRecovered() {
    assertThat(store.read("shop")).containsExactly(new StateDocument("Orders", OLD, true));
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> store.read("shop"))
        .isInstanceOf(StateException.class)
        .hasMessageContainingAll(parts)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("canary"));
  }

  @Test
  void keepsReadableNamesAndThePreviousGeneration() throws IOException {
    saveTwice();
    assertThat(current.getFileName().toString()).matches("orders-[0-9a-f]{32}\\.json");
    assertThat(Files.readString(current))
        .matches("\\{\"sha256\":\"[0-9a-f]{64}\",\"format\":1,\"token\":1,\"name\":\"Orders\"}\n.*")
        .endsWith(NEW);
    assertThat(Files.readString(previous)).endsWith(OLD);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(
              current.getFileName().toString(), previous.getFileName().toString(), "lock", "lease");
    }
  }

  @Test
  void everyFlippedBitIsNoticed() throws IOException {
    saveTwice();
    byte[] good = Files.readAllBytes(current);
    for (int at = 0; at < good.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] bad = good.clone();
        bad[at] ^= (byte) (1 << bit);
        assertDamaged(bad);
      }
    }
    quietly(
        () -> {
          for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 << (at % 8));
            Files.write(current, bad);
            assertRecovered();
          }
        });
  }

  @Test
  void everyTruncationIsNoticed() throws IOException {
    saveTwice();
    byte[] good = Files.readAllBytes(current);
    quietly(
        () -> {
          for (int length = 0; length < good.length; length++) {
            Files.write(current, java.util.Arrays.copyOf(good, length));
            assertRecovered();
          }
          Files.write(current, java.util.Arrays.copyOf(good, good.length + 1));
          assertRecovered();
          Files.write(current, new byte[good.length]); // as after a crash without fsync
          assertRecovered();
        });
  }

  @Test
  void randomDamageIsNoticed() throws IOException {
    saveTwice();
    byte[] good = Files.readAllBytes(current);
    long seed = new Random().nextLong();
    System.out.println("randomDamageIsNoticed: seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] bad = good.clone();
      int from = random.nextInt(bad.length);
      byte[] noise = new byte[1 + random.nextInt(bad.length - from)];
      random.nextBytes(noise);
      System.arraycopy(noise, 0, bad, from, noise.length);
      if (!java.util.Arrays.equals(bad, good)) {
        assertDamaged(bad);
      }
    }
  }

  private static void assertDamaged(byte[] bytes) {
    assertThatThrownBy(() -> StateFile.parse(bytes)).isInstanceOf(StateFile.DamagedException.class);
  }

  @Test
  void recoveryIsLoggedWithTheFileAndWithoutTheContent() throws IOException {
    saveTwice();
    Files.write(current, new byte[0]);
    String log = quietly(this::assertRecovered);
    assertThat(log).contains("WARN", current.toString(), previous.toString(), "it is empty");
    assertThat(log).doesNotContain("canary", "old\"");
  }

  @Test
  void recoversFromDeletedFile() throws IOException {
    saveTwice();
    Files.delete(current);
    quietly(this::assertRecovered);
  }

  @Test
  void recoversWhenAnotherDocumentsFileWasPutInItsPlace() throws IOException {
    saveTwice();
    try (StateLease lease = store.lease("shop")) {
      lease.save("countries", "{}");
    }
    Files.copy(
        new StateFolder(folder).file("countries"),
        current,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    quietly(
        () ->
            assertThat(store.read("shop"))
                .contains(new StateDocument("Orders", OLD, true))
                .hasSize(2));
  }

  @Test
  void savingAfterRecoveryKeepsTheGoodGenerationAndNotTheDamagedOne() throws IOException {
    saveTwice();
    Files.write(current, new byte[] {1, 2, 3});
    try (StateLease lease = store.lease("shop")) {
      lease.save("Orders", "{\"a\": \"newest\"}");
    }
    assertThat(store.read("shop"))
        .containsExactly(new StateDocument("Orders", "{\"a\": \"newest\"}", false));
    Files.write(current, new byte[] {1, 2, 3});
    quietly(this::assertRecovered);
  }

  @Test
  void damagedWithoutGoodPreviousIsAFailureAndNeverAbsent() throws IOException {
    saveTwice();
    Files.write(previous, new byte[0]);
    assertThat(store.read("shop")).containsExactly(new StateDocument("Orders", NEW, false));
    Files.write(current, new byte[0]);
    assertRefused(current.toString(), "backup");
    Files.delete(current);
    assertRefused(current.toString(), "missing");
    Files.write(current, "canary".getBytes(UTF_8));
    Files.delete(previous);
    assertRefused(current.toString());
    try (StateLease lease = store.lease("shop")) {
      lease.delete("Orders"); // what a reset does
    }
    assertThat(store.read("shop")).isEmpty();
  }

  @Test
  void newerFormatIsRefusedAndLeftAlone() throws Exception {
    saveTwice();
    String text = Files.readString(current).substring(75).replace("\"format\":1", "\"format\":2");
    String checksum =
        HexFormat.of()
            .formatHex(
                java.security.MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    String newer = "{\"sha256\":\"" + checksum + text;
    Files.writeString(current, newer);
    assertRefused(current.toString(), "format 2", "newer");
    try (StateLease lease = store.lease("shop")) {
      assertThatThrownBy(() -> lease.save("Orders", "{}"))
          .isInstanceOf(StateException.class)
          .hasMessageContaining("format 2");
    }
    assertThat(Files.readString(current)).isEqualTo(newer);
    Files.move(current, previous, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertRefused("format 2");
  }

  @Test
  void leftoverTemporaryFilesAreIgnoredAndCleaned() throws IOException {
    saveTwice();
    Path leftover = folder.resolve("orders-0123.someone.new");
    Path half = current.resolveSibling("lease").resolve("lease.x.new");
    Files.writeString(leftover, "{\"sha");
    Files.writeString(half, "");
    assertThat(store.read("shop")).containsExactly(new StateDocument("Orders", NEW, false));
    store.lease("shop").close();
    assertThat(leftover).doesNotExist();
    assertThat(half).doesNotExist();
  }

  /** Where POSIX's rename does nothing since both names are links to one file. */
  @Test
  void goesOnAfterACrashBetweenKeepingAndReplacing() throws IOException {
    saveTwice();
    Files.delete(previous);
    Files.createLink(previous, current);
    try (StateLease lease = store.lease("shop")) {
      lease.save("Orders", "{\"a\": 3}");
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files.filter(f -> f.toString().endsWith(".new"))).isEmpty();
      }
    }
    assertThat(store.read("shop"))
        .containsExactly(new StateDocument("Orders", "{\"a\": 3}", false));
    assertThat(Files.readString(previous)).endsWith(NEW);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void filesAreReadableByTheirOwnerAlone() throws IOException {
    saveTwice();
    try (StateLease lease = store.lease("shop");
        Stream<Path> files = Files.walk(dir)) {
      List<Path> all = files.toList();
      assertThat(all).hasSizeGreaterThan(7);
      for (Path file : all) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as(file.toString())
            .isEqualTo(Files.isDirectory(file) ? "rwx------" : "rw-------");
      }
    }
  }

  @Test
  void unwritableFolderFailsAndSaysSo() throws IOException {
    Files.writeString(dir, "a file in the folder's place"); // read-only does not stop root
    assertThatThrownBy(() -> store.lease("shop"))
        .isInstanceOf(StateException.class)
        .hasCauseInstanceOf(IOException.class)
        .hasMessageContainingAll(folder.toString(), "writable");
    assertThatThrownBy(() -> store.read("shop")).isInstanceOf(StateException.class);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void failedSaveLeavesTheSavedDocument() throws IOException {
    saveTwice();
    try (StateLease lease = store.lease("shop")) {
      // What cannot be replaced by a file: a folder that is not empty.
      Files.delete(previous);
      Files.createDirectories(previous.resolve("x"));
      assertThatThrownBy(() -> lease.save("Orders", "{\"a\": 3}"))
          .isInstanceOf(StateException.class)
          .hasCauseInstanceOf(IOException.class)
          .hasMessageContainingAll(current.toString(), "still stands");
      assertThat(store.read("shop")).containsExactly(new StateDocument("Orders", NEW, false));
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files.filter(f -> f.toString().endsWith(".new"))).isEmpty();
      }
    }
  }

  /** The limit on a process's file sizes fails a write in its middle, as a full disk does. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void writeThatFailsInItsMiddleLeavesTheSavedDocument() throws Exception {
    saveTwice();
    Process child = start(List.of("sh", "-c", "ulimit -f 32 && exec \"$@\"", "sh"), "large");
    assertThat(firstLine(child))
        .startsWith("refused")
        .contains(current.toString(), "still stands", "IOException");
    assertThat(store.read("shop")).containsExactly(new StateDocument("Orders", NEW, false));
    assertThat(Files.readString(previous)).endsWith(OLD);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(f -> f.toString().endsWith(".new"))).isEmpty();
    }
  }

  @Test
  void contentThatUtf8CannotHoldIsRefused() {
    saveTwice();
    try (StateLease lease = store.lease("shop")) {
      assertThatThrownBy(() -> lease.save("Orders", "canary \ud83e"))
          .isInstanceOf(StateException.class)
          .hasMessageContaining("Unicode")
          .hasMessageNotContaining("canary");
    }
    assertThat(store.read("shop")).containsExactly(new StateDocument("Orders", NEW, false));
  }

  @Test
  void lostLeaseCannotSave() throws IOException {
    for (String lost : List.of("lock", "lease", "folder", "replaced")) {
      FileStateStore fresh = FileStateStore.at(temp.resolve(lost));
      Path shop = temp.resolve(lost).resolve("shop");
      try (StateLease lease = fresh.lease("shop")) {
        lease.save("Orders", OLD);
        switch (lost) {
          case "folder" -> Files.move(shop, shop.resolveSibling("elsewhere"));
          case "replaced" -> {
            Files.delete(shop.resolve("lock"));
            Files.createFile(shop.resolve("lock"));
          }
          case "lease" -> Files.move(shop.resolve("lease"), shop.resolve("gone"));
          default -> Files.delete(shop.resolve(lost));
        }
        assertThatThrownBy(() -> lease.save("Orders", NEW))
            .as(lost)
            .isInstanceOf(StateException.class)
            .hasMessageContaining("lost");
        assertThatThrownBy(lease::renew).isInstanceOf(StateException.class);
        assertThatThrownBy(() -> lease.delete("Orders")).isInstanceOf(StateException.class);
      }
    }
  }

  @Test
  void tokenIncreasesThoughItsFileIsDamagedOrDeleted() throws IOException {
    for (int i = 0; i < 3; i++) {
      store.lease("shop").close();
    }
    Path tokenFile = new StateFolder(folder.resolve("lease")).file("lease");
    Files.write(tokenFile, new byte[0]);
    try (StateLease lease = store.lease("shop")) {
      assertThat(lease.fencingToken()).isEqualTo(4);
      lease.save("Orders", OLD);
    }
    Files.move(folder.resolve("lease"), temp.resolve("away"));
    try (StateLease lease = store.lease("shop")) {
      assertThat(lease.fencingToken()).isEqualTo(5);
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void secondLeaseIsRefusedThroughASymbolicLinkToo() throws IOException {
    try (StateLease lease = store.lease("shop")) {
      Path link = Files.createSymbolicLink(temp.resolve("link"), dir);
      assertThatThrownBy(() -> FileStateStore.at(link).lease("shop"))
          .isInstanceOf(StateException.class)
          .hasMessageContainingAll("process " + ProcessHandle.current().pid(), "host", "since");
      lease.save("Orders", OLD);
    }
  }

  /** A refused attempt must not open and close the lock file: POSIX would drop the lock. */
  @Test
  void refusedAttemptInThisProcessDoesNotFreeTheLockForAnotherProcess() throws Exception {
    try (StateLease lease = store.lease("shop")) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> FileStateStore.at(dir).lease("shop"))
            .isInstanceOf(StateException.class);
      }
      Process child = child("once");
      assertThat(firstLine(child)).contains("refused", "process " + ProcessHandle.current().pid());
      lease.save("Orders", OLD);
    }
    Process child = child("once");
    assertThat(firstLine(child)).isEqualTo("leased");
  }

  @Test
  void refusesWhileAnotherProcessHoldsTheLeaseAndNamesIt() throws Exception {
    Process child = child("loop");
    try {
      assertThat(firstLine(child)).isEqualTo("leased");
      assertThatThrownBy(() -> store.lease("shop"))
          .isInstanceOf(StateException.class)
          .hasMessageContainingAll("process " + child.pid(), "host", "since", "Wait");
    } finally {
      child.destroyForcibly().waitFor();
    }
    store.lease("shop").close();
  }

  @Test
  void survivesKillsInTheMiddleOfSaving() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("survivesKillsInTheMiddleOfSaving: seed " + seed);
    Random random = new Random(seed);
    long token = 0;
    int last = -1;
    for (int i = 0; i < 8; i++) {
      Process child = child("loop");
      assertThat(firstLine(child)).isEqualTo("leased");
      Thread.sleep(20 + random.nextInt(80));
      child.destroyForcibly();
      assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
      List<StateDocument> documents = store.read("shop");
      assertThat(documents).noneMatch(StateDocument::recovered);
      for (StateDocument document : documents) {
        assertThat(document.content()).matches("(\\d+)( \\1){999}");
        int count = Integer.parseInt(document.content().substring(0, 8).split(" ", 2)[0]);
        assertThat(count).isGreaterThanOrEqualTo(last);
        last = count;
      }
      try (StateLease lease = store.lease("shop")) {
        assertThat(lease.fencingToken()).isGreaterThan(token);
        token = lease.fencingToken();
      }
    }
    assertThat(last).isPositive();
  }

  @Test
  void savesInAThreadThatIsInterruptedAgainAndAgain() throws Exception {
    try (StateLease lease = store.lease("shop")) {
      Thread saver = Thread.currentThread();
      boolean[] stop = new boolean[1];
      Thread nagger =
          new Thread(
              () -> {
                while (!stop[0]) {
                  saver.interrupt();
                  Thread.onSpinWait();
                }
              });
      nagger.start();
      try {
        for (int i = 0; i < 50; i++) {
          lease.save("Orders", "{\"a\": " + i + "}");
        }
        assertThat(store.read("shop"))
            .containsExactly(new StateDocument("Orders", "{\"a\": 49}", false));
      } finally {
        stop[0] = true;
        Thread.interrupted();
        while (nagger.isAlive()) {
          try {
            nagger.join();
          } catch (InterruptedException e) {
            Thread.interrupted();
          }
        }
        Thread.interrupted();
      }
    }
  }

  @Test
  void leaseThatCouldNotBeTakenIsFree() throws IOException {
    saveTwice();
    Path tokenFile = new StateFolder(folder.resolve("lease")).file("lease");
    byte[] good = Files.readAllBytes(tokenFile);
    Files.write(tokenFile, new byte[0]);
    assertThatThrownBy(() -> store.lease("shop"))
        .isInstanceOf(StateException.class)
        .hasMessageContaining(tokenFile.toString());
    Files.write(tokenFile, good);
    store.lease("shop").close();
    try (FileChannel channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.WRITE)) {
      assertThat(channel.tryLock()).isNotNull();
    }
  }

  private interface Checked {
    void run() throws IOException;
  }

  /** Runs with System.err, where slf4j-simple writes, caught; returns what was written. */
  private static String quietly(Checked work) throws IOException {
    PrintStream err = System.err;
    ByteArrayOutputStream caught = new ByteArrayOutputStream();
    System.setErr(new PrintStream(caught, true, UTF_8));
    try {
      work.run();
    } finally {
      System.setErr(err);
    }
    return caught.toString(UTF_8);
  }

  private Process child(String how) throws IOException {
    return start(List.of(), how);
  }

  private Process start(List<String> through, String how) throws IOException {
    List<String> command = new ArrayList<>(through);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "-XX:TieredStopAtLevel=1",
            Child.class.getName(),
            dir.toString(),
            how));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return builder.start();
  }

  private static String firstLine(Process child) throws IOException, InterruptedException {
    String line = child.inputReader(UTF_8).readLine();
    assertThat(line).as("the child's first line").isNotNull();
    return line;
  }

  /** Another process: takes the lease, and saves until it is killed, or not at all. */
  static final class Child {
    public static void main(String[] args) {
      FileStateStore store = FileStateStore.at(Path.of(args[0]));
      StateLease lease;
      try {
        lease = store.lease("shop");
      } catch (StateException e) {
        System.out.println("refused " + e.getMessage());
        return;
      }
      if (args[1].equals("large")) {
        try {
          lease.save("Orders", "x".repeat(1_000_000));
          System.out.println("saved");
        } catch (StateException e) {
          System.out.println("refused " + e.getMessage() + " " + e.getCause());
        }
        return;
      }
      System.out.println("leased");
      if (args[1].equals("once")) {
        lease.close();
        return;
      }
      int count = 0;
      for (StateDocument document : store.read("shop")) {
        count = Integer.parseInt(document.content().substring(0, 8).split(" ", 2)[0]);
      }
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (System.nanoTime() < end) {
        count++;
        lease.save("Orders", (count + " ").repeat(1000).strip());
      }
    }
  }
}
