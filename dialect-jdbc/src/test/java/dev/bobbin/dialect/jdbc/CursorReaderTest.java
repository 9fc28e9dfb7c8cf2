package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.ColumnBuilder;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.state.Bookmark;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a reader makes of the rows of a cursor, and how it ends. */
class CursorReaderTest {

  private static final Table TABLE =
      Table.named(TableId.of("db", "t"))
          .column(Column.of("id", new DataType.Int(64, true), "bigint"))
          .primaryKey("id")
          .build();
  private static final TableScan WHOLE =
      new TableScan(TABLE, TableScan.ALL, new ScanRange.WholeTable());
  private static final TableScan BY_KEY =
      new TableScan(
          TABLE, TableScan.KEY, new ScanRange.FromBookmark("id", null, new Overlap.None()));
  private static final ReadLimits LIMITS = new ReadLimits(1000, 3, 5000);

  /** A row, or what happens where one is expected. */
  private record Row(long id, long size, int mark, Throwable failure) {}

  private static Row row(long id) {
    return sized(id, 8);
  }

  private static Row sized(long id, long size) {
    return new Row(id, size, 0, null);
  }

  private static Row marked(long id, int mark) {
    return new Row(id, 8, mark, null);
  }

  private static Row failing(Throwable failure) {
    return new Row(0, 0, 0, failure);
  }

  /** Rows that no server has sent. */
  private static final class Rows implements Cursor {
    private final List<Row> left;
    private List<ColumnBuilder> columns = List.of();
    private Row current = row(0);
    private String end = "open";
    private int released;

    Rows(Row... rows) {
      left = new ArrayList<>(List.of(rows));
    }

    @Override
    public void open(List<ColumnBuilder> to) {
      columns = to;
    }

    @Override
    public boolean next() throws SQLException {
      if (left.isEmpty()) {
        return false;
      }
      current = left.remove(0);
      if (current.failure() instanceof SQLException e) {
        throw e;
      } else if (current.failure() instanceof RuntimeException e) {
        throw e;
      } else if (current.failure() instanceof Error e) {
        throw e;
      }
      return true;
    }

    @Override
    public long size() {
      return current.size();
    }

    @Override
    public void append() {
      columns.get(0).appendLong(current.id());
    }

    @Override
    public int mark() {
      return current.mark();
    }

    @Override
    public void release() {
      released++;
    }

    @Override
    public void finish() {
      end = end.equals("open") ? "finished" : "twice";
    }

    @Override
    public void discard() {
      end = end.equals("open") ? "discarded" : "twice";
    }
  }

  private static CursorPlan plan(boolean marked) {
    return new CursorPlan(
        marked,
        (keys, row) ->
            new Bookmark("id", TABLE.columns().get(0).type(), "bigint", "" + keys.get(row)),
        rows -> "behind " + rows.column("id").get(rows.rowCount() - 1),
        marked,
        "the end",
        List.of("a note"));
  }

  private static CursorReader reader(Cursor cursor, TableScan scan, CursorPlan plan) {
    return new CursorReader(
        cursor,
        scan,
        plan,
        LIMITS,
        1_000_000,
        e ->
            new SourceException(
                SourceException.Kind.PERMANENT, "SQLSTATE " + e.getSQLState(), "Mend it.", e),
        "Mend the index.");
  }

  private static List<SourceBatch> all(CursorReader opened) {
    List<SourceBatch> batches = new ArrayList<>();
    try (CursorReader reader = opened) {
      for (Optional<SourceBatch> next = reader.next(); next.isPresent(); next = reader.next()) {
        batches.add(next.get());
      }
    }
    return batches;
  }

  private static List<Object> ids(SourceBatch batch) {
    List<Object> ids = new ArrayList<>();
    batch.rows().forEach(row -> ids.add(row.get("id")));
    return ids;
  }

  private static void refuses(String because, TableScan scan, Row... rows) {
    Rows cursor = new Rows(rows);
    CursorReader reader =
        reader(cursor, scan, plan(scan.range() instanceof ScanRange.FromBookmark));
    assertThatThrownBy(
            () -> {
              while (reader.next().isPresent()) {}
            })
        .isInstanceOf(SourceException.class)
        .hasMessageContaining(because);
    assertThatThrownBy(reader::next).isInstanceOf(SourceException.class);
    reader.close();
    reader.close();
    assertThat(cursor.end).isEqualTo("discarded");
  }

  @Test
  void readsBatchesAndFinishesTheConnection() {
    Rows cursor = new Rows(row(1), row(2), row(3), row(4));
    CursorReader reader = reader(cursor, WHOLE, plan(false));
    List<SourceBatch> batches = all(reader);
    assertThat(batches)
        .extracting(CursorReaderTest::ids)
        .containsExactly(List.of(1L, 2L, 3L), List.of(4L));
    assertThat(batches).extracting(SourceBatch::last).containsExactly(false, true);
    assertThat(batches)
        .extracting(b -> b.position().orElseThrow())
        .containsExactly("behind 3", "behind 4");
    assertThat(batches).allMatch(b -> b.bookmark().isEmpty() && b.recentOrNull() == null);
    assertThat(cursor.end).isEqualTo("finished");
    assertThat(cursor.released).isEqualTo(2);
    assertThat(reader.received()).isEqualTo(32);
    assertThat(reader.endPosition()).contains("the end");
    assertThat(reader.notes()).containsExactly("a note");
    assertThat(reader.next()).isEmpty();
  }

  @Test
  void endsWithoutRowsWhenThereAreNone() {
    Rows cursor = new Rows();
    assertThat(all(reader(cursor, WHOLE, plan(false)))).isEmpty();
    assertThat(cursor.end).isEqualTo("finished");
  }

  @Test
  void closingBeforeTheEndDiscardsTheConnection() {
    Rows cursor = new Rows(row(1), row(2), row(3), row(4));
    CursorReader reader = reader(cursor, WHOLE, plan(false));
    assertThat(reader.next()).isPresent();
    reader.close();
    reader.cancel();
    assertThat(cursor.end).isEqualTo("discarded");
    Rows untouched = new Rows(row(1));
    reader(untouched, WHOLE, plan(false)).close();
    assertThat(untouched.end).isEqualTo("discarded");
  }

  @Test
  void aRowLargerThanABatchMakesOneOfItsOwnAndIsCountedOnce() {
    Rows cursor = new Rows(row(1), sized(2, 1000), row(3));
    CursorReader reader = reader(cursor, WHOLE, plan(false));
    assertThat(all(reader))
        .extracting(CursorReaderTest::ids)
        .containsExactly(List.of(1L), List.of(2L), List.of(3L));
    assertThat(reader.received()).isEqualTo(1016);
  }

  @Test
  void refusesARowThatIsTooLargeAndNamesItsKeyAndSize() {
    refuses("db.t (key id) is too large: 5001 bytes where 5000", WHOLE, row(1), sized(2, 5001));
  }

  @Test
  void failuresAreFailures() {
    refuses("SQLSTATE 08S01", WHOLE, row(1), failing(new SQLException("gone", "08S01")));
    refuses("the heap cannot hold it", WHOLE, failing(new OutOfMemoryError("Java heap space")));
    refuses(
        "cannot be read: a row is cut off.",
        WHOLE,
        failing(new MalformedDataException("a row is cut off")));
    refuses("cannot be read.", WHOLE, failing(new ArithmeticException("secret")));
    refuses("cannot be read.", WHOLE, failing(new IndexOutOfBoundsException("secret")));
  }

  @Test
  void countsTheRowsUpToTheBookmarkTheRecentAndThoseAhead() {
    int upTo = RowMark.UP_TO_BOOKMARK;
    List<SourceBatch> batches =
        all(
            reader(
                new Rows(
                    marked(1, upTo),
                    marked(1, upTo | RowMark.RECENT),
                    marked(1, upTo),
                    marked(1, upTo),
                    marked(2, RowMark.RECENT),
                    marked(9, RowMark.AHEAD),
                    marked(9, RowMark.AHEAD)),
                BY_KEY,
                plan(true)));
    assertThat(batches).extracting(SourceBatch::upToBookmark).containsExactly(3, 1, 0);
    assertThat(batches).extracting(SourceBatch::ahead).containsExactly(0, 1, 1);
    assertThat(batches)
        .extracting(b -> b.bookmark().map(Bookmark::value).orElse("none"))
        .containsExactly("1", "2", "none");
    assertThat(batches)
        .extracting(SourceBatch::recentOrNull)
        .containsExactly(
            BitSet.valueOf(new long[] {2}), BitSet.valueOf(new long[] {2}), new BitSet());
  }

  @Test
  void rowsOutOfOrderAreRefusedWithTheDialectsRemedy() {
    Row[] below = {marked(2, 0), marked(1, RowMark.UP_TO_BOOKMARK)};
    refuses("do not come in the order", BY_KEY, below);
    refuses("do not come in the order", BY_KEY, marked(9, RowMark.AHEAD), marked(2, 0));
    assertThatThrownBy(() -> all(reader(new Rows(below), BY_KEY, plan(true))))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.remedy()).isEqualTo("Mend the index."));
  }

  @Test
  void aBookmarkThatCannotBeMadeIsNoEnd() {
    CursorPlan plan =
        new CursorPlan(
            false,
            (keys, row) -> {
              throw new SourceException(
                  SourceException.Kind.PERMANENT, "No bookmark.", "Mend it.", null);
            },
            rows -> null,
            false,
            null,
            List.of());
    Rows cursor = new Rows(row(1));
    CursorReader reader = reader(cursor, BY_KEY, plan);
    assertThatThrownBy(reader::next).hasMessageContaining("No bookmark");
    assertThatThrownBy(reader::next).isInstanceOf(SourceException.class);
    reader.close();
    assertThat(cursor.end).isEqualTo("discarded");
  }

  @Test
  void cancellingFromAnotherThreadIsSaid() throws Exception {
    Rows cursor = new Rows(row(1), row(2), row(3), row(4));
    CursorReader reader = reader(cursor, WHOLE, plan(false));
    assertThat(reader.next()).isPresent();
    Thread other = new Thread(reader::cancel);
    other.start();
    other.join();
    assertThatThrownBy(reader::next).hasMessageContaining("was cancelled");
    reader.close();
    assertThat(cursor.end).isEqualTo("discarded");
  }
}
