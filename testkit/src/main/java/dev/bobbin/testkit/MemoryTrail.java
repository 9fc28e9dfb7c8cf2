package dev.bobbin.testkit;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.state.Bookmark;
import java.time.Clock;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a scan of an {@link InMemorySource} leaves behind for those that come after it. */
interface MemoryTrail {

  /**
   * Where a scan goes on that is interrupted behind some of its rows.
   *
   * @param rows all of the scan
   * @param count how many were read
   */
  @Nullable String behind(List<MemoryRow> rows, int count);

  /** Which of these rows the next scan reads again though they may not have changed. */
  @Nullable BitSet recent(List<MemoryRow> rows);

  /** Where the next scan begins. */
  @Nullable String end();

  /** What a person should know. */
  default List<String> notes() {
    return List.of();
  }

  /** Of a scan that leaves nothing. */
  static MemoryTrail none() {
    return new None(List.of());
  }

  /** Of a scan by key of a table whose rows have no versions. */
  static MemoryTrail none(ScanRange.FromBookmark from) {
    return from.position().isEmpty()
        ? none()
        : new None(List.of(notBelieved("the versions of its rows are not kept")));
  }

  /** Of a slice of a load. */
  static MemoryTrail ofSlice(MemorySnapshot snapshot, MemoryPosition.Slice from, int again) {
    return new OfSlice(snapshot, from, again);
  }

  /** Of a scan by key of a table whose rows have versions. */
  static ByKey byKey(
      MemorySnapshot snapshot, Table table, ScanRange.FromBookmark from, Comparator<Object> order) {
    return new ByKey(snapshot, table, from, order);
  }

  /** The range of the scan by key that stands for what a load has read. */
  static ScanRange.FromBookmark tail(
      MemorySnapshot snapshot,
      Table table,
      Incremental method,
      Comparator<Object> order,
      Clock clock) {
    Column column =
        table
            .column(method.key())
            .orElseThrow(() -> new IllegalArgumentException("the load leaves out its own key"));
    Object horizon = Values.horizon(column.type(), clock);
    Optional<Object> greatest =
        snapshot.rows().stream()
            .map(row -> row.values().get(column.name()))
            .filter(Objects::nonNull)
            .map(Objects::requireNonNull)
            .filter(key -> horizon == null || order.compare(key, horizon) <= 0)
            .max(order);
    return new ScanRange.FromBookmark(
        column.name(),
        greatest
            .map(
                key ->
                    new Bookmark(
                        column.name(), column.type(), column.nativeType(), Values.text(key)))
            .orElse(null),
        method.overlap(),
        ByKey.complete(snapshot).text());
  }

  /** Whether rows of the snapshot have a key that is ahead of the clock. */
  static boolean hasKeysAhead(
      MemorySnapshot snapshot,
      Table table,
      Incremental method,
      Comparator<Object> order,
      Clock clock) {
    Object horizon = Values.horizon(table.column(method.key()).orElseThrow().type(), clock);
    return horizon != null
        && snapshot.rows().stream()
            .map(row -> row.values().get(method.key()))
            .filter(Objects::nonNull)
            .map(Objects::requireNonNull)
            .anyMatch(key -> order.compare(key, horizon) > 0);
  }

  private static String notBelieved(String because) {
    return "All rows of the overlap are read again, because " + because + ".";
  }

  /**
   * Of a scan that leaves nothing.
   *
   * @param notes what a person should know
   */
  record None(List<String> notes) implements MemoryTrail {
    @Override
    public @Nullable String behind(List<MemoryRow> rows, int count) {
      return null;
    }

    @Override
    public @Nullable BitSet recent(List<MemoryRow> rows) {
      return null;
    }

    @Override
    public @Nullable String end() {
      return null;
    }
  }

  /**
   * Of a slice of a load.
   *
   * @param snapshot of the load
   * @param from where the scan began
   * @param again how many of its first rows were read before the load was interrupted, and have
   *     changed since; until they have all come, the scan stands where it began
   */
  record OfSlice(MemorySnapshot snapshot, MemoryPosition.Slice from, int again)
      implements MemoryTrail {
    @Override
    public String behind(List<MemoryRow> rows, int count) {
      return (count <= again ? from : from.read(snapshot, rows.get(count - 1).id())).text();
    }

    @Override
    public @Nullable BitSet recent(List<MemoryRow> rows) {
      return null;
    }

    @Override
    public String end() {
      return from.done(snapshot).text();
    }
  }

  /** Of a scan by key of a table whose rows have versions. */
  final class ByKey implements MemoryTrail {

    /**
     * Rows that are still to be read: at or above a key, or any, and not written before a number.
     */
    private record Step(@Nullable Object key, long oldest) {}

    private final MemorySnapshot snapshot;
    private final Comparator<Object> order;
    private final String keyColumn;
    private final List<Step> steps;
    private final List<String> notes;

    private ByKey(
        MemorySnapshot snapshot,
        Table table,
        ScanRange.FromBookmark from,
        Comparator<Object> order) {
      this.snapshot = snapshot;
      this.order = order;
      this.keyColumn = from.key();
      Optional<List<Step>> believed =
          from.position().flatMap(text -> believe(text, MemoryReader.keyType(table, from)));
      this.steps = believed.orElse(List.of(new Step(null, 0)));
      this.notes =
          from.position().isPresent() && believed.isEmpty()
              ? List.of(
                  notBelieved("the source or the table is not the one that the last scan read"))
              : List.of();
    }

    private Optional<List<Step>> believe(String text, DataType type) {
      MemoryPosition.ByKey position = MemoryPosition.ByKey.parse(text).orElse(null);
      if (position == null
          || !position.history().equals(snapshot.history())
          || position.incarnation() != snapshot.incarnation()) {
        return Optional.empty();
      }
      List<Step> believed = new ArrayList<>();
      try {
        for (MemoryPosition.ByKey.Step step : position.steps()) {
          String key = step.keyOrNull();
          believed.add(new Step(key == null ? null : Values.parse(type, key), step.oldest()));
        }
        return Optional.of(believed);
      } catch (RuntimeException e) {
        return Optional.empty(); // the key had another type
      }
    }

    static MemoryPosition complete(MemorySnapshot snapshot) {
      return new MemoryPosition.ByKey(
          snapshot.history(),
          snapshot.incarnation(),
          List.of(new MemoryPosition.ByKey.Step(null, snapshot.oldest())));
    }

    /** Whether the last scan may not have seen the row. */
    boolean wants(MemoryRow row) {
      Object key = row.key(keyColumn);
      return steps.stream()
          .anyMatch(
              step ->
                  row.writer() >= step.oldest()
                      && (step.key() == null || order.compare(key, step.key()) >= 0));
    }

    /** Below the last key the snapshot has been seen; from it on, what was seen before it. */
    @Override
    public String behind(List<MemoryRow> rows, int count) {
      Object reached = rows.get(count - 1).key(keyColumn);
      List<Step> after = new ArrayList<>();
      after.add(new Step(null, snapshot.oldest()));
      for (Step step : steps) {
        Object key = step.key();
        after.add(
            new Step(
                key == null || order.compare(key, reached) < 0 ? reached : key, step.oldest()));
      }
      // The step that lies lower and asks for more makes the other one needless.
      List<MemoryPosition.ByKey.Step> said = new ArrayList<>();
      for (Step step : after) {
        if (after.stream().noneMatch(wider -> covers(wider, step))) {
          said.add(
              new MemoryPosition.ByKey.Step(
                  step.key() == null ? null : Values.text(step.key()), step.oldest()));
        }
      }
      return new MemoryPosition.ByKey(snapshot.history(), snapshot.incarnation(), said).text();
    }

    private boolean covers(Step wider, Step step) {
      int keys =
          wider.key() == null || step.key() == null
              ? Boolean.compare(wider.key() != null, step.key() != null)
              : order.compare(wider.key(), step.key());
      return keys <= 0
          && wider.oldest() <= step.oldest()
          && (keys < 0 || wider.oldest() < step.oldest());
    }

    @Override
    public BitSet recent(List<MemoryRow> rows) {
      BitSet recent = new BitSet();
      for (int i = 0; i < rows.size(); i++) {
        recent.set(i, rows.get(i).writer() >= snapshot.oldest());
      }
      return recent;
    }

    @Override
    public String end() {
      return complete(snapshot).text();
    }

    @Override
    public List<String> notes() {
      return notes;
    }
  }
}
