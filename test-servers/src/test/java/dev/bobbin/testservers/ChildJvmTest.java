package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class ChildJvmTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void givesLinesAsTheyComeAndTheExitCode() {
    try (ChildJvm child =
        ChildJvm.of(Echo.class).jvmFlags("-Xmx48m").arguments("a", "b c").start()) {
      assertThat(child.nextLine(PATIENCE)).isEqualTo("[a, b c]");
      long heap = Long.parseLong(child.nextLine(PATIENCE));
      assertThat(heap).isLessThanOrEqualTo(48L << 20);
      child.send("ping ä");
      assertThat(child.awaitLine(line -> line.startsWith("got"), PATIENCE)).isEqualTo("got ping ä");
      child.send("quit");
      assertThat(child.awaitExit(PATIENCE)).isEqualTo(7);
      assertThat(child.errors()).containsExactly("bye");
      assertThat(child.lines()).hasSize(3);
    }
  }

  @Test
  void isKilledNow() {
    try (ChildJvm child = ChildJvm.of(Echo.class).start()) {
      child.nextLine(PATIENCE);
      child.killNow();
      assertThat(child.isAlive()).isFalse();
      assertThat(child.awaitExit(PATIENCE)).isEqualTo(128 + 9);
    }
  }

  @Test
  void saysWhatTheChildPrintedWhenItEndsEarly() {
    try (ChildJvm child = ChildJvm.of(Echo.class).start()) {
      child.send("quit");
      assertThatThrownBy(() -> child.awaitLine("never"::equals, PATIENCE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("ended");
      child.awaitExit(PATIENCE);
      assertThatThrownBy(() -> child.nextLine(PATIENCE)).hasMessageContaining("bye");
    }
  }

  @Test
  void noServerSurvivesItsJvmHoweverThatEnds() throws Exception {
    for (boolean killed : new boolean[] {true, false}) {
      try (ChildJvm child = ChildJvm.of(Host.class).start()) {
        long postmaster =
            Long.parseLong(child.awaitLine(line -> line.startsWith("pid "), PATIENCE).substring(4));
        String folder = child.nextLine(PATIENCE);
        if (killed) {
          child.killNow();
        } else {
          child.send("quit");
          child.awaitExit(PATIENCE);
        }
        awaitNot(() -> ServerProcess.isRunning(postmaster), "postmaster");
        awaitNot(() -> Files.exists(Path.of(folder)), folder);
      }
    }
  }

  private static void awaitNot(BooleanSupplier present, String name) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (present.getAsBoolean()) {
      assertThat(System.nanoTime()).as("%s is gone", name).isLessThan(deadline);
      Thread.sleep(20);
    }
  }

  /** Prints its arguments and heap, then echoes lines until "quit". */
  static final class Echo {
    public static void main(String[] arguments) throws Exception {
      var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      out.println(Arrays.toString(arguments));
      out.println(Runtime.getRuntime().maxMemory());
      var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.equals("quit")) {
          System.err.println("bye");
          System.exit(7);
        }
        out.println("got " + line);
      }
    }
  }

  /** Starts a server and keeps it until its stdin says something. */
  static final class Host {
    public static void main(String[] arguments) throws Exception {
      PostgresServer server = PostgresServer.start(PostgresVersion.V18);
      String data = server.query("postgres", "SHOW data_directory");
      System.out.println("pid " + Files.readAllLines(Path.of(data, "postmaster.pid")).get(0));
      System.out.println(Path.of(data).getParent());
      if (System.in.read() >= 0) {
        System.exit(0);
      }
    }
  }
}
