package dev.bobbin.testsupport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;

/** What this JVM, its log above all, writes to stderr. */
public final class StandardError {

  private StandardError() {}

  /** What is written while that is done. It does not reach the console. */
  public static String during(Runnable work) {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    PrintStream console = System.err;
    System.setErr(new PrintStream(written, true, UTF_8));
    try {
      work.run();
    } finally {
      System.setErr(console);
    }
    return written.toString(UTF_8);
  }
}
