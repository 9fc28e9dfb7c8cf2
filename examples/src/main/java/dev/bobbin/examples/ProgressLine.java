package dev.bobbin.examples;

import dev.bobbin.ReplicatorListener;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.Plan;
import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Shows how far a run is: on a terminal a line that is written again and again, elsewhere a line
 * now and then.
 */
final class ProgressLine implements ReplicatorListener, AutoCloseable {

  private static final long EVERY_NANOS = 1_000_000_000L;
  private static final long EVERY_NANOS_ON_TERMINAL = 100_000_000L;

  private final PrintStream out;
  private final Story story;
  private final boolean terminal;
  private final Map<TableId, Long> rows = new ConcurrentHashMap<>();
  private final long begin = System.nanoTime();
  private long expected;
  private long last = begin;
  private int width;

  ProgressLine(PrintStream out, Story story) {
    this.out = out;
    this.story = story;
    this.terminal = isTerminal();
  }

  /** Before JDK 22 there is only a console where there is a terminal. */
  @SuppressWarnings("SystemConsoleNull") // JDK 22 and later are asked below
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null || "dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException olderJdk) {
      return true;
    }
  }

  @Override
  public synchronized void onPlan(Plan plan) {
    expected =
        plan.tables().stream()
            .filter(table -> table.isLoad())
            .mapToLong(table -> table.source().estimatedRows().orElse(0))
            .sum();
  }

  @Override
  public synchronized void onProgress(TableId table, long rowsOfTable, long bytes) {
    rows.put(table, rowsOfTable);
    long now = System.nanoTime();
    if (now - last < (terminal ? EVERY_NANOS_ON_TERMINAL : EVERY_NANOS)) {
      return;
    }
    last = now;
    long all = rows.values().stream().mapToLong(Long::longValue).sum();
    double seconds = (now - begin) / 1e9;
    String line =
        String.format(
            Locale.ROOT,
            "    %4.1f s: %,d rows%s, %,.0f rows/s",
            seconds,
            all,
            expected >= all ? String.format(Locale.ROOT, " of about %,d", expected) : "",
            all / seconds);
    if (terminal) {
      out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
      out.flush();
      width = line.length();
    } else {
      out.println(line);
    }
  }

  @Override
  public synchronized void onRetry(
      TableId table, int attempt, Duration pause, BobbinException cause) {
    close();
    String why = attempt > 1 ? "." : ": " + cause.problem().split("\\. ", 2)[0] + ".";
    story.say("%s is tried again in %.1f s%s", table.name(), pause.toMillis() / 1e3, why);
  }

  /** Leaves the line empty. */
  @Override
  public synchronized void close() {
    if (width > 0) {
      out.print("\r" + " ".repeat(width) + "\r");
      out.flush();
      width = 0;
    }
  }
}
