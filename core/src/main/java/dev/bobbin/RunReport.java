package dev.bobbin;

import dev.bobbin.catalog.CatalogDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.select.ReplicationMethod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a run did. Immutable.
 *
 * @param started when it began
 * @param took how long it took
 * @param tables one for each table of the plan
 * @param difference how the structure differed from the last run
 */
public record RunReport(
    Instant started, Duration took, List<TableReport> tables, CatalogDifference difference) {

  /** How the copy of a table ended. */
  public enum Status {
    /** Everything that the plan said was delivered and is durable. */
    COMPLETED,
    /** It failed; {@link TableReport#failure()} says why. Its checkpoint is kept. */
    FAILED,
    /** The run was cancelled before the table was done. Its checkpoint is kept. */
    CANCELLED
  }

  /**
   * What a run did with one table. Immutable.
   *
   * @param table the table
   * @param method the replication method
   * @param status how it ended
   * @param loadId the load that its rows belong to; 0 where none was begun
   * @param rows rows that the sink took, repeats included
   * @param bytes their size
   * @param batches the batches
   * @param retries how often it was tried again
   * @param took how long it took
   * @param unrepresentable by column, the values that the Java type cannot hold
   * @param notes what the reader should know, one sentence each
   * @param failureOrNull why it failed; null unless it did
   */
  public record TableReport(
      TableId table,
      ReplicationMethod method,
      Status status,
      long loadId,
      long rows,
      long bytes,
      long batches,
      int retries,
      Duration took,
      Map<String, Long> unrepresentable,
      List<String> notes,
      @Nullable BobbinException failureOrNull) {

    /** Copies the collections. */
    public TableReport {
      unrepresentable = Map.copyOf(unrepresentable);
      notes = List.copyOf(notes);
    }

    /** Why it failed; empty unless it did. */
    public Optional<BobbinException> failure() {
      return Optional.ofNullable(failureOrNull);
    }
  }

  /** Copies the list. */
  public RunReport {
    tables = List.copyOf(tables);
  }

  /** The report on one table, by its name; leading parts may be left out. */
  public Optional<TableReport> table(TableId table) {
    return tables.stream().filter(t -> t.table().endsWith(table)).findFirst();
  }

  /** The report on one table, by its name in the form that {@link TableId#parse} reads. */
  public Optional<TableReport> table(String table) {
    return table(TableId.parse(table));
  }

  /** Rows over all tables. */
  public long rows() {
    return tables.stream().mapToLong(TableReport::rows).sum();
  }

  /** Bytes over all tables. */
  public long bytes() {
    return tables.stream().mapToLong(TableReport::bytes).sum();
  }

  /** Whether every table is completed. */
  public boolean isCompleted() {
    return tables.stream().allMatch(t -> t.status() == Status.COMPLETED);
  }

  /**
   * Throws the first failure there is, the others suppressed in it; does nothing where every table
   * is completed.
   *
   * @throws BobbinException if a table failed, or was not done because the run was cancelled
   */
  public void throwIfFailed() {
    List<BobbinException> failures =
        tables.stream().flatMap(t -> t.failure().stream()).distinct().toList();
    if (!failures.isEmpty()) {
      BobbinException first = failures.get(0);
      failures.subList(1, failures.size()).forEach(first::addSuppressed);
      throw first;
    }
    List<TableId> undone =
        tables.stream()
            .filter(t -> t.status() == Status.CANCELLED)
            .map(TableReport::table)
            .toList();
    if (!undone.isEmpty()) {
      throw new SourceException(
          SourceException.Kind.TRANSIENT,
          "The run was cancelled before these tables were done: " + undone + ".",
          "Run again: it goes on from their checkpoints.",
          null);
    }
  }

  /** A table for people: a line for each table, then failures, notes and changes of structure. */
  public String describe() {
    int width =
        Math.max(5, tables.stream().mapToInt(t -> t.table().toString().length()).max().orElse(5));
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-" + width + "s  %-9s  %12s  %12s  %8s  %12s%n",
            "table",
            "status",
            "rows",
            "bytes",
            "seconds",
            "rows/s"));
    for (TableReport table : tables) {
      double seconds = table.took().toNanos() / 1e9;
      text.append(
          String.format(
              Locale.ROOT,
              "%-" + width + "s  %-9s  %,12d  %,12d  %8.2f  %,12.0f%n",
              table.table(),
              table.status().name().toLowerCase(Locale.ROOT),
              table.rows(),
              table.bytes(),
              seconds,
              seconds == 0 ? 0.0 : table.rows() / seconds));
    }
    for (TableReport table : tables) {
      table.failure().ifPresent(f -> line(text, table, "FAILED: " + f.getMessage()));
      table.notes().forEach(note -> line(text, table, note));
      if (table.retries() > 0) {
        line(text, table, "tried again " + table.retries() + " times");
      }
      table
          .unrepresentable()
          .forEach(
              (column, count) ->
                  line(
                      text,
                      table,
                      count + " values of " + column + " are NULL with the original text"));
    }
    if (!difference.isEmpty()) {
      text.append("structure: ").append(difference.describe().replace("\n", "\nstructure: "));
      text.append('\n');
    }
    return text.toString();
  }

  private static void line(StringBuilder text, TableReport table, String line) {
    text.append(table.table()).append(": ").append(line).append('\n');
  }
}
