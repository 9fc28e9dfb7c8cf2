package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path temp;

  @BeforeEach
  void letOtherAccountsIn() throws IOException {
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void isFilledByRacingJvmsAndMendedWhenFilesWereTidiedAway() throws Exception {
    try (ChildJvm one = start();
        ChildJvm other = start()) {
      assertThat(one.awaitLine("9.6"::equals, PATIENCE)).isEqualTo("9.6");
      assertThat(other.awaitLine("9.6"::equals, PATIENCE)).isEqualTo("9.6");
      assertThat(one.awaitExit(PATIENCE)).isZero();
      assertThat(other.awaitExit(PATIENCE)).isZero();
    }
    List<Path> entries = entries();
    assertThat(entries).hasSize(2); // the programs and the data; no drafts, nothing running

    Path program = entries.get(0).resolve("bin/postgres");
    Files.delete(program);
    try (ChildJvm later = start()) {
      assertThat(later.awaitLine("9.6"::equals, PATIENCE)).isEqualTo("9.6");
      assertThat(later.awaitExit(PATIENCE)).isZero();
    }
    assertThat(program).exists();
    assertThat(entries()).isEqualTo(entries);
  }

  private ChildJvm start() {
    return ChildJvm.of(Starter.class).jvmFlags("-Djava.io.tmpdir=" + temp).start();
  }

  private List<Path> entries() throws IOException {
    Path root = temp.resolve("bobbin-test-servers-" + System.getProperty("user.name"));
    try (Stream<Path> all = Files.list(root)) {
      return all.sorted().toList();
    }
  }

  /** Starts a server, says which, and ends. */
  static final class Starter {
    public static void main(String[] arguments) {
      try (PostgresServer server = PostgresServer.start(PostgresVersion.V9_6)) {
        System.out.println(server.version());
      }
    }
  }
}
