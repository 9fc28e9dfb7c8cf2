package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FerretDbTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void isTheOneThatTheVariableNamesBeforeThatOnThePath() throws Exception {
    Path named = executable("named/any", "echo 'version: v1.24.2'");
    Path first = executable("first/ferretdb", "echo 'version: v1.9.0'; echo 'commit: 1'");
    Path second = executable("second/ferretdb", "echo 'version: v1.8.0'");
    String path = folder.resolve("none") + "::" + first.getParent() + ":" + second.getParent();
    assertThat(FerretDb.find(named.toString(), path)).isEqualTo(new FerretDb(named, "v1.24.2"));
    assertThat(FerretDb.find(null, path)).isEqualTo(new FerretDb(first, "v1.9.0"));
    assertThat(FerretDb.find(" ", path)).isEqualTo(new FerretDb(first, "v1.9.0"));
  }

  @Test
  void isPassedOverOnThePathWhereItIsOfNoUse() throws Exception {
    assertThatThrownBy(() -> FerretDb.find(null, folder.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no ferretdb on the PATH")
        .hasMessageContaining("BOBBIN_TEST_FERRETDB is not set");
    Path broken = executable("broken/ferretdb", "echo 'panic: no version'; exit 2");
    assertThatThrownBy(() -> FerretDb.find(null, broken.getParent().toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not run: panic: no version");
    Path later = executable("later/ferretdb", "echo 'version: v2.0.0'");
    assertThatThrownBy(() -> FerretDb.find(null, later.getParent().toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("v2.0.0");
  }

  @Test
  void isNotPassedOverWhereTheVariableNamesIt() {
    String missing = folder.resolve("missing").toString();
    assertThatThrownBy(() -> FerretDb.find(missing, ""))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("BOBBIN_TEST_FERRETDB")
        .hasMessageContaining(missing);
  }

  @Test
  void isSaidOnceToBeSkippedWhereThereIsNone() {
    try (ChildJvm child =
        ChildJvm.of(Asker.class)
            .environment(FerretDb.VARIABLE, "")
            .environment("PATH", folder.toString())
            .environment(MongoAddress.VARIABLE, "")
            .start()) {
      assertThat(child.awaitExit(PATIENCE)).isZero();
      assertThat(child.lines())
          .containsExactly(
              "[test-servers] FerretDB: skipped: there is no ferretdb on the PATH, and"
                  + " BOBBIN_TEST_FERRETDB is not set",
              "[test-servers] MongoDB: skipped: BOBBIN_TEST_MONGODB_URL is not set",
              "[test-servers] mongo-java-server in this JVM, from Maven artifacts",
              "[JAVA_SERVER]");
    }
  }

  private Path executable(String name, String script) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Asks twice for every kind. */
  static final class Asker {
    public static void main(String[] arguments) {
      for (int time = 0; time < 2; time++) {
        if (MongoServer.ferretDb().isPresent()
            || MongoServer.shared(MongoKind.FERRETDB).isPresent()
            || MongoServer.shared(MongoKind.MONGODB).isPresent()) {
          throw new IllegalStateException("there is one");
        }
      }
      System.out.println(
          MongoServer.allShared().stream().map(server -> server.kind().name()).toList());
    }
  }
}
