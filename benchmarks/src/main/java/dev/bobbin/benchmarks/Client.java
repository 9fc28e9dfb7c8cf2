package dev.bobbin.benchmarks;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A product's own client, a program: the least that a client can do with rows. */
enum Client {
  /** Copies a table in the binary format to /dev/null. */
  PSQL("psql", "copy-out", "a COPY through the JDBC driver to nowhere") {
    @Override
    ProcessBuilder copying(Source source, String table) {
      return new ProcessBuilder(
          "psql",
          "--no-psqlrc",
          "--no-password",
          "--host=" + source.host(),
          "--port=" + source.port(),
          "--username=" + source.user(),
          "--dbname=" + source.database(),
          "--command=\\copy " + table + " to '/dev/null' (format binary)");
    }

    @Override
    boolean hasCopied(String said, long rows) {
      return said.equals("COPY " + rows);
    }
  },

  /** Writes a table as text to /dev/null, row by row as they come. */
  MYSQL("mysql", "drain", "a result that the JDBC driver streams to nowhere") {
    @Override
    ProcessBuilder copying(Source source, String table) {
      return new ProcessBuilder(
              "mysql",
              "--no-defaults",
              "--quick",
              "--batch",
              "--skip-column-names",
              "--default-character-set=utf8mb4",
              "--protocol=tcp",
              "--host=" + source.host(),
              "--port=" + source.port(),
              "--user=" + source.user(),
              "--database=" + source.database(),
              "--execute=SELECT * FROM " + table)
          .redirectOutput(Redirect.DISCARD);
    }

    /** It does not count: it is silent unless something is wrong. */
    @Override
    boolean hasCopied(String said, long rows) {
      return said.isEmpty();
    }
  };

  private final String program;
  private final String standIn;
  private final String standInIs;

  Client(String program, String standIn, String standInIs) {
    this.program = program;
    this.standIn = standIn;
    this.standInIs = standInIs;
  }

  /** What the installed program says of its version; empty if there is none. */
  Optional<String> version() {
    try {
      Process process = new ProcessBuilder(program, "--version").redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? Optional.of(text.strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** The process that copies a whole table, not yet started. */
  abstract ProcessBuilder copying(Source source, String table);

  /** Whether what a process said that ended well is what it says of so many rows. */
  abstract boolean hasCopied(String said, long rows);

  /** The peer that is measured where the program is not installed. */
  String standIn() {
    return standIn;
  }

  /** That the program is not installed, and what the stand-in is. */
  String absence() {
    return "there is no " + program + ": it is " + standInIs;
  }
}
