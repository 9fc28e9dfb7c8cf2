package dev.bobbin.dialect.jdbc.load;

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
 * Makes the statements of scans that are not ranges of a load.
 *
 * <p>Of a scan from a bookmark, and of one by a key that is a point in time, each row ends with a
 * number that is no column of the table: {@link RowMark#UP_TO_BOOKMARK} where the key is not above
 * the bookmark, plus {@link RowMark#AHEAD} where it is later than the server's now and a day. What
 * has no time zone is taken as the time of whichever zone is latest, which is UTC+14, so a day
 * becomes 38 hours, counted from now in UTC.
 *
 * @param sql how the database writes them
 * @param fit whether the rows can be read in the order of the index of this name
 */
public record ScanQueries(ScanSql sql, Predicate<String> fit) {

  private CursorPlan plan(boolean marked) {
    return new CursorPlan(marked, sql::bookmark, rows -> null, false, null, List.of());
  }

  /**
   * The query of a scan.
   *
   * @throws ConfigurationException if the range does not fit the type of the key
   */
  public ScanQuery of(TableScan scan) {
    Table table = scan.table();
    if (scan.range() instanceof ScanRange.FromBookmark from) {
      return byKey(table, from);
    }
    SqlText condition =
        scan.range() instanceof ScanRange.NullKeyRows nulls
            ? new SqlText(sql.reference(nulls.key()) + " IS NULL", List.of())
            : SqlText.NOTHING;
    return new ScanQuery(
        sql.select(table, SqlText.NOTHING, null, condition, "", false), plan(false));
  }

  private ScanQuery byKey(Table table, ScanRange.FromBookmark from) {
    Column key = key(table, from.key());
    Optional<Bookmark> bookmark = from.bookmark();
    List<SqlText> marks = new ArrayList<>();
    bookmark.ifPresent(
        b ->
            marks.add(
                SqlText.when(
                    sql.compare(key, "<=", sql.operand(key, b.value())), RowMark.UP_TO_BOOKMARK)));
    ahead(key, ">").ifPresent(c -> marks.add(SqlText.when(c, RowMark.AHEAD)));
    SqlText condition =
        bookmark
            .map(b -> sql.compare(key, ">=", sql.start(key, b, from.overlap())))
            .orElse(notNull(key));
    return new ScanQuery(
        sql.select(
            table,
            SqlText.sum(marks),
            index(table, key),
            SqlText.joined(List.of(condition, sql.settled(key)), " AND "),
            sql.orderBy(List.of(key), false),
            false),
        plan(!marks.isEmpty()));
  }

  /** The greatest key that is not ahead: of a table with that column alone, one row or none. */
  ScanQuery greatest(Table table, String name) {
    Column key = key(table, name);
    SqlText condition = ahead(key, "<=").orElse(notNull(key));
    return one(
        table,
        SqlText.joined(List.of(condition, sql.settled(key)), " AND "),
        key,
        sql.orderBy(List.of(key), true));
  }

  /**
   * A key that is ahead: of a table with that column alone, one row or none; empty where no key can
   * be.
   */
  Optional<ScanQuery> anyAhead(Table table, String name) {
    Column key = key(table, name);
    return ahead(key, ">").map(c -> one(table, c, key, ""));
  }

  private ScanQuery one(Table table, SqlText condition, Column key, String orderBy) {
    return new ScanQuery(
        sql.select(table, SqlText.NOTHING, index(table, key), condition, orderBy, true),
        plan(false));
  }

  private Optional<SqlText> ahead(Column key, String operator) {
    return sql.dayAhead(key).map(limit -> sql.compare(key, operator, limit));
  }

  private SqlText notNull(Column key) {
    return key.nullable()
        ? new SqlText(sql.reference(key.name()) + " IS NOT NULL", List.of())
        : SqlText.NOTHING;
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
   * The index to read by. It is named, since an optimizer would rather sort the whole table where
   * many rows are new, and send nothing until that is done.
   */
  private @Nullable String index(Table table, Column key) {
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
