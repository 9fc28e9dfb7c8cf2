package dev.bobbin.dialect.postgres;

import static dev.bobbin.dialect.postgres.CopyStatement.reference;

import dev.bobbin.catalog.Column;
import dev.bobbin.dialect.jdbc.RowMark;
import dev.bobbin.dialect.postgres.CopyPass.End;
import dev.bobbin.dialect.postgres.CopyPass.Positions;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.state.Bookmark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The COPY statement of a scan that is not a slice.
 *
 * <p>COPY takes no parameters, so the bookmark stands in it as a literal, always in the form {@code
 * E'…'} ({@link PostgresSql#literal}) and cast to the key's type.
 *
 * <p>Of a scan from a bookmark, and of one by a key that is a point in time or whose table tells
 * latecomers, each row ends with a {@code smallint} that is no column of the table: {@link
 * RowMark#UP_TO_BOOKMARK} where the key is not above the bookmark, plus {@link RowMark#AHEAD} where
 * it is later than the server's now and a day, plus {@link RowMark#RECENT} where the next scan
 * reads the row again. What has no time zone is taken as the time of whichever zone is latest,
 * which is UTC+14, so a day becomes 38 hours, counted from now in UTC.
 */
final class CopyQuery {

  private CopyQuery() {}

  /**
   * The plan of a scan of which nothing but its range is known.
   *
   * @param anyBytes whether texts can be any bytes, as in a database in SQL_ASCII
   * @throws ConfigurationException if the range does not fit the type of the key
   */
  static CopyPlan of(TableScan scan, boolean anyBytes) {
    CopyStatement statement = new CopyStatement(scan.table(), anyBytes);
    if (scan.range() instanceof ScanRange.FromBookmark from) {
      return byKey(scan, from, statement, null);
    }
    String rest =
        scan.range() instanceof ScanRange.NullKeyRows nulls
            ? " WHERE " + reference(nulls.key()) + " IS NULL"
            : "";
    String sql = statement.of(statement.source(), "", rest);
    return new CopyPlan(
        CopyStatement.settings(null),
        List.of(new CopyPass(sql, statement.plainEnd(), Positions.none())),
        false,
        null,
        null,
        List.of());
  }

  /**
   * The plan of a scan by key of a table that tells latecomers.
   *
   * @param from the scan's range
   * @param latecomers what is known of the last scan
   */
  static CopyPlan of(
      TableScan scan, ScanRange.FromBookmark from, boolean anyBytes, Latecomers latecomers) {
    return byKey(scan, from, new CopyStatement(scan.table(), anyBytes), latecomers);
  }

  /** The greatest key that is not ahead: a plan for the key's column alone, of one row or none. */
  static CopyPlan greatest(TableScan scan, String key, boolean anyBytes) {
    Column column = key(scan, key);
    String reference = reference(key);
    return oneKey(
        scan,
        column,
        reference
            + KeyBounds.dayAhead(column.type())
                .map(limit -> " <= (SELECT " + limit + ')')
                .orElse(" IS NOT NULL")
            + " ORDER BY "
            + reference
            + " DESC",
        anyBytes);
  }

  /**
   * A key that is ahead: a plan for the key's column alone, of one row or none; empty where no key
   * can be.
   */
  static Optional<CopyPlan> anyAhead(TableScan scan, String key, boolean anyBytes) {
    Column column = key(scan, key);
    return KeyBounds.dayAhead(column.type())
        .map(limit -> oneKey(scan, column, reference(key) + " > (SELECT " + limit + ')', anyBytes));
  }

  private static CopyPlan oneKey(TableScan scan, Column key, String where, boolean anyBytes) {
    CopyStatement statement = new CopyStatement(scan.table(), anyBytes);
    String sql = statement.of(statement.source(), "", " WHERE " + where + " LIMIT 1");
    return new CopyPlan(
        CopyStatement.settings(key),
        List.of(new CopyPass(sql, End.NONE, Positions.none())),
        false,
        null,
        null,
        List.of());
  }

  private static CopyPlan byKey(
      TableScan scan,
      ScanRange.FromBookmark from,
      CopyStatement statement,
      @Nullable Latecomers latecomers) {
    Column key = key(scan, from.key());
    String reference = reference(key.name());
    Optional<Bookmark> bookmark = from.bookmark();
    List<String> marks = marks(reference, key, bookmark);
    String filter = "";
    if (latecomers != null) {
      marks.add(when(latecomers.recent(), RowMark.RECENT));
      filter = latecomers.filter(reference, bookmark.map(KeyBounds::literal));
    }
    String mark = marks.isEmpty() ? "" : '(' + String.join(" + ", marks) + ")::int2";
    String rest =
        " WHERE "
            + reference
            + bookmark.map(b -> " >= " + KeyBounds.start(b, from.overlap())).orElse(" IS NOT NULL")
            + filter
            // Qualified: a bare name would mean the output column, which may be cast.
            + " ORDER BY "
            + reference;
    return new CopyPlan(
        CopyStatement.settings(key),
        List.of(
            new CopyPass(
                statement.of(statement.source(), mark, rest),
                mark.isEmpty() ? End.NONE : End.MARK,
                latecomers == null ? Positions.none() : Positions.always(latecomers.middle()))),
        latecomers != null,
        latecomers == null ? null : latecomers.end(),
        latecomers == null ? null : latecomers.endOfNothing(),
        latecomers == null ? List.of() : latecomers.notes());
  }

  private static Column key(TableScan scan, String name) {
    return scan.table()
        .column(name)
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "The scan of "
                        + scan.table().id()
                        + " does not read its replication key "
                        + name
                        + ".",
                    "Select that column too."));
  }

  private static List<String> marks(String reference, Column key, Optional<Bookmark> bookmark) {
    List<String> marks = new ArrayList<>();
    // A subselect without a reference to the row is evaluated once, whatever is in it.
    bookmark.ifPresent(
        b ->
            marks.add(
                when(
                    reference + " <= (SELECT " + KeyBounds.literal(b) + ')',
                    RowMark.UP_TO_BOOKMARK)));
    KeyBounds.dayAhead(key.type())
        .ifPresent(
            limit -> marks.add(when(reference + " > (SELECT " + limit + ')', RowMark.AHEAD)));
    return marks;
  }

  private static String when(String condition, int mark) {
    return "CASE WHEN " + condition + " THEN " + mark + " ELSE 0 END";
  }
}
