package dev.bobbin.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bobbin.record.RecordBatch;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The rows that the contract tests of dialects make, and how delivered ones are compared. */
final class SourceRows {

  static final Instant T0 = Instant.parse("2024-05-01T10:00:00Z");

  private SourceRows() {}

  /** The n-th row: its keys grow with n. */
  static SourceRow row(long n) {
    return at(new SourceRow(n, null, null, "payload " + n), n);
  }

  /** A row with the keys that the n-th row has. */
  static SourceRow at(SourceRow row, long n) {
    return new SourceRow(row.id(), T0.plusSeconds(n), n * 10, row.payload());
  }

  /** A delivered row. */
  static SourceRow of(Map<String, @Nullable Object> delivered, SourceFixture source) {
    Map<String, @Nullable Object> row = source.values(delivered);
    Number id = (Number) Objects.requireNonNull(row.get(source.idColumn()));
    Object version = row.get(SourceFixture.VERSION);
    return new SourceRow(
        id.longValue(),
        instant(row.get(SourceFixture.UPDATED)),
        version == null ? null : ((Number) version).longValue(),
        (String) row.get(SourceFixture.PAYLOAD));
  }

  /** The rows of a batch, in its order. */
  static List<SourceRow> of(RecordBatch batch, SourceFixture source) {
    List<SourceRow> rows = new ArrayList<>();
    batch.forEach(record -> rows.add(of(Values.row(batch.columns(), record), source)));
    return rows;
  }

  static @Nullable Instant instant(@Nullable Object time) {
    return time instanceof LocalDateTime naive
        ? naive.toInstant(ZoneOffset.UTC)
        : time instanceof OffsetDateTime offset ? offset.toInstant() : (Instant) time;
  }

  /** Checks that these are the rows, each as often, whatever the order. */
  static void assertRows(Collection<SourceRow> expected, Collection<SourceRow> actual) {
    assertRows(expected, actual, null);
  }

  /**
   * Checks that these are the rows, each as often, whatever the order.
   *
   * @param what a message for the case that they are not
   */
  static void assertRows(
      Collection<SourceRow> expected, Collection<SourceRow> actual, @Nullable String what) {
    Comparator<SourceRow> order = Comparator.comparingLong(SourceRow::id);
    assertEquals(
        expected.stream().sorted(order).toList(), actual.stream().sorted(order).toList(), what);
  }
}
