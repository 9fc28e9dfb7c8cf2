package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.dialect.jdbc.CursorPlan;
import dev.bobbin.dialect.jdbc.RowMark;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.state.Bookmark;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The statement of a scan, and what is made of its rows.
 *
 * <p>Of a scan from a bookmark, and of one by a key that is a point in time, each row ends with a
 * number that is no column of the table: {@link RowMark#UP_TO_BOOKMARK} where the key is not above
 * the bookmark, plus {@link RowMark#AHEAD} where it is later than the server's now and a day. What
 * has no time zone is taken as the time of whichever zone is latest, which is UTC+14, so a day
 * becomes 38 hours, counted from now in UTC.
 *
 * @param sql the statement
 * @param plan what is made of the rows
 */
record ScanQuery(SqlText sql, CursorPlan plan) {

  private static final CursorPlan PLAIN = plan(false);

  private static CursorPlan plan(boolean marked) {
    return new CursorPlan(marked, KeyText::bookmark, rows -> null, false, null, List.of());
  }

  /**
   * The query of a scan that is not a range of a load.
   *
   * @param fit whether the rows can be read in the order of the index of this name
   * @throws ConfigurationException if the range does not fit the type of the key
   */
  static ScanQuery of(TableScan scan, Predicate<String> fit) {
    SelectStatement select = new SelectStatement(scan.table());
    if (scan.range() instanceof ScanRange.FromBookmark from) {
      return byKey(scan.table(), from, select, fit);
    }
    if (scan.range() instanceof ScanRange.NullKeyRows nulls) {
      SqlText isNull = new SqlText(SelectStatement.reference(nulls.key()) + " IS NULL", List.of());
      return new ScanQuery(select.of(SelectStatement.NOTHING, null, isNull, ""), PLAIN);
    }
    return new ScanQuery(
        select.of(SelectStatement.NOTHING, null, SelectStatement.NOTHING, ""), PLAIN);
  }

  private static ScanQuery byKey(
      Table table, ScanRange.FromBookmark from, SelectStatement select, Predicate<String> fit) {
    Column key = key(table, from.key());
    Optional<Bookmark> bookmark = from.bookmark();
    List<SqlText> marks = new ArrayList<>();
    bookmark.ifPresent(
        b ->
            marks.add(
                SelectStatement.when(
                    SelectStatement.compare(key, "<=", value(b)), RowMark.UP_TO_BOOKMARK)));
    ahead(key, ">").ifPresent(c -> marks.add(SelectStatement.when(c, RowMark.AHEAD)));
    SqlText condition =
        bookmark
            .map(b -> SelectStatement.compare(key, ">=", KeyBounds.start(b, from.overlap())))
            .orElse(notNull(key));
    return new ScanQuery(
        select.of(
            SelectStatement.sum(marks),
            index(table, key, fit),
            condition,
            SelectStatement.orderBy(List.of(key), "")),
        plan(!marks.isEmpty()));
  }

  /** The greatest key that is not ahead: of a table with that column alone, one row or none. */
  static ScanQuery greatest(Table table, String name, Predicate<String> fit) {
    Column key = key(table, name);
    String end = SelectStatement.orderBy(List.of(key), " DESC") + " LIMIT 1";
    return one(table, ahead(key, "<=").orElse(notNull(key)), index(table, key, fit), end);
  }

  /**
   * A key that is ahead: of a table with that column alone, one row or none; empty where no key can
   * be.
   */
  static Optional<ScanQuery> anyAhead(Table table, String name, Predicate<String> fit) {
    Column key = key(table, name);
    return ahead(key, ">").map(c -> one(table, c, index(table, key, fit), " LIMIT 1"));
  }

  private static ScanQuery one(Table table, SqlText condition, @Nullable String index, String end) {
    return new ScanQuery(
        new SelectStatement(table).of(SelectStatement.NOTHING, index, condition, end), PLAIN);
  }

  private static SqlText value(Bookmark bookmark) {
    KeyText.Operand value = KeyText.operand(bookmark.type(), bookmark.value());
    return new SqlText(value.sql(), List.of(value.parameter()));
  }

  private static Optional<SqlText> ahead(Column key, String operator) {
    return KeyBounds.dayAhead(key.type())
        .map(limit -> SelectStatement.compare(key, operator, new SqlText(limit, List.of())));
  }

  private static SqlText notNull(Column key) {
    return key.nullable()
        ? new SqlText(SelectStatement.reference(key.name()) + " IS NOT NULL", List.of())
        : SelectStatement.NOTHING;
  }

  private static Column key(Table table, String name) {
    return table
        .column(name)
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "The scan of "
                        + table.id()
                        + " does not read its replication key "
                        + name
                        + ".",
                    "Select that column too."));
  }

  /**
   * The index to read by. It is named, since the optimizer would rather sort the whole table where
   * many rows are new, and send nothing until that is done.
   */
  private static @Nullable String index(Table table, Column key, Predicate<String> fit) {
    return table.indexes().stream()
        .filter(i -> i.ordered() && !i.partial() && i.columns().get(0).equals(key.name()))
        .filter(i -> fit.test(i.name()))
        .min(
            Comparator.comparing((Table.Index i) -> !i.primary())
                .thenComparing(i -> i.columns().size()))
        .map(Table.Index::name)
        .orElse(null);
  }
}
