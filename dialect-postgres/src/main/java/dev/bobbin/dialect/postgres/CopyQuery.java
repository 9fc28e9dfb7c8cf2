package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.state.Bookmark;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The COPY statement of a scan, made from the scan alone.
 *
 * <p>COPY takes no parameters, so the bookmark stands in it as a literal, always in the form {@code
 * E'…'} ({@link PostgresSql#literal}) and cast to the key's type.
 *
 * <p>Of a scan from a bookmark, and of one by a key that is a point in time, each row ends with a
 * {@code smallint} that is no column of the table: {@link #UP_TO_BOOKMARK} where the key is not
 * above the bookmark, plus {@link #AHEAD} where it is later than the server's now and a day. What
 * has no time zone is taken as the time of whichever zone is latest, which is UTC+14, so a day
 * becomes 38 hours, counted from now in UTC.
 */
final class CopyQuery {

  /** The mark of a row whose key is at or below the bookmark. */
  static final int UP_TO_BOOKMARK = 1;

  /** The mark of a row whose key is later than now and a day. */
  static final int AHEAD = 2;

  private static final String ROW = "bobbin_row";
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final Duration MICRO = Duration.ofNanos(1000);
  private static final long SECONDS_PER_DAY = 86_400;
  // The first times that PostgreSQL has (manual, 8.5).
  private static final String FIRST_TIME = "'4714-11-24 00:00:00+00 BC'";
  private static final String FIRST_DATE = "'4714-11-24 BC'::date";
  // 9.3 reads at most an int of hours, which is 245,000 years.
  private static final long LONGEST_SECONDS = 7_500_000_000_000L;
  private static final long LONGEST_DAYS = 2_145_000_000L;

  private final String sql;
  private final String settings;
  private final boolean marked;

  private CopyQuery(String sql, String settings, boolean marked) {
    this.sql = sql;
    this.settings = settings;
    this.marked = marked;
  }

  /**
   * The statement of a scan.
   *
   * @param anyBytes whether texts can be any bytes, as in a database in SQL_ASCII
   * @throws ConfigurationException if the range does not fit the type of the key
   */
  static CopyQuery of(TableScan scan, boolean anyBytes) {
    List<String> expressions = new ArrayList<>();
    for (Column column : scan.table().columns()) {
      expressions.add(SelectedColumn.expression(column, reference(column.name()), anyBytes));
    }
    ScanRange range = scan.range();
    String rest = "";
    String mark = "";
    String path = "pg_catalog";
    if (range instanceof ScanRange.NullKeyRows nulls) {
      rest = " WHERE " + reference(nulls.key()) + " IS NULL";
    } else if (range instanceof ScanRange.FromBookmark from) {
      Column key = key(scan, from.key());
      String reference = reference(key.name());
      Optional<Bookmark> bookmark = from.bookmark();
      mark = mark(reference, key, bookmark);
      rest =
          " WHERE "
              + reference
              + bookmark.map(b -> " >= " + start(b, from.overlap())).orElse(" IS NOT NULL")
              // Qualified: a bare name would mean the output column, which may be cast.
              + " ORDER BY "
              + reference;
      List<String> type = PostgresSql.typeName(key.nativeType());
      if (type.size() == 2) {
        path += ", " + PostgresSql.identifier(type.get(0));
      }
    }
    boolean marked = !mark.isEmpty();
    if (marked) {
      expressions.add(mark);
    } else if (expressions.isEmpty()) {
      // A table without columns still has rows; before 9.4 a SELECT needs an expression.
      expressions.add("0::int2");
      marked = true;
    }
    String sql =
        "COPY (SELECT "
            + String.join(", ", expressions)
            + " FROM "
            + PostgresSql.table(scan.table().id())
            + " AS "
            + ROW
            + rest
            + ") TO STDOUT (FORMAT binary)";
    return new CopyQuery(sql, settings(path), marked);
  }

  /** The statement. */
  String sql() {
    return sql;
  }

  /** Whether each row ends with the mark that is no column of the table. */
  boolean marked() {
    return marked;
  }

  /**
   * SET LOCAL commands that the statement needs in its transaction. The search path holds the
   * schema of the key's type, without which the comparison with the bookmark would not find an
   * extension's operators and fall back to those of text; the rest fixes how values that come as
   * text are written.
   */
  String settings() {
    return settings;
  }

  private static String settings(String path) {
    return "SET LOCAL search_path = "
        + path
        + "; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'"
        + "; SET LOCAL TimeZone = 'UTC'; SET LOCAL extra_float_digits = 3"
        + "; SET LOCAL bytea_output = 'hex'; SET LOCAL xmlbinary = 'base64'";
  }

  private static String reference(String column) {
    return ROW + '.' + PostgresSql.identifier(column);
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

  private static String mark(String reference, Column key, Optional<Bookmark> bookmark) {
    List<String> marks = new ArrayList<>();
    // A subselect without a reference to the row is evaluated once, whatever is in it.
    bookmark.ifPresent(
        b -> marks.add(when(reference + " <= (SELECT " + literal(b) + ')', UP_TO_BOOKMARK)));
    dayAhead(key.type())
        .ifPresent(limit -> marks.add(when(reference + " > (SELECT " + limit + ')', AHEAD)));
    return marks.isEmpty() ? "" : '(' + String.join(" + ", marks) + ")::int2";
  }

  private static String when(String condition, int mark) {
    return "CASE WHEN " + condition + " THEN " + mark + " ELSE 0 END";
  }

  private static Optional<String> dayAhead(DataType type) {
    String naive = "(now() AT TIME ZONE 'UTC') + '38 hours'::interval";
    if (type instanceof DataType.Instant) {
      return Optional.of("now() + '24 hours'::interval");
    } else if (type instanceof DataType.Timestamp) {
      return Optional.of(naive);
    } else if (type instanceof DataType.Date) {
      return Optional.of('(' + naive + ")::date");
    }
    return Optional.empty();
  }

  /** The bookmark as a constant of the key's type. */
  private static String literal(Bookmark bookmark) {
    // Text in money's own form depends on lc_monetary.
    String through = bookmark.type() instanceof DataType.Decimal ? "::numeric" : "";
    return PostgresSql.literal(bookmark.value()) + through + "::" + bookmark.nativeType();
  }

  /** Where to begin: the bookmark less the overlap, no lower than the type goes. */
  private static String start(Bookmark bookmark, Overlap overlap) {
    if (overlap instanceof Overlap.Time time) {
      return startByTime(bookmark, time.width());
    } else if (overlap instanceof Overlap.Count count) {
      return startByCount(bookmark, count.width());
    }
    return literal(bookmark);
  }

  private static String startByTime(Bookmark bookmark, Duration width) {
    DataType type = bookmark.type();
    String literal = literal(bookmark);
    if (type instanceof DataType.Date) {
      long days = Math.min(LONGEST_DAYS, ceilDays(width));
      return orFirst(literal, FIRST_DATE, Long.toString(days), "'-infinity'::date");
    }
    String name =
        type instanceof DataType.Instant
            ? "timestamptz"
            : type instanceof DataType.Timestamp ? "timestamp" : "";
    if (name.isEmpty()) {
      throw mismatch(bookmark, "a length of time", "a number, or none");
    }
    if (width.toSeconds() >= LONGEST_SECONDS) {
      return "'-infinity'::" + name;
    }
    long micros = width.plus(MICRO).minusNanos(1).dividedBy(MICRO);
    return orFirst(
        literal + "::" + name,
        FIRST_TIME + "::" + name,
        "'" + hours(micros) + "'::interval",
        "'-infinity'::" + name);
  }

  /** An interval without days, which would be longer or shorter where the clock is changed. */
  private static String hours(long micros) {
    long seconds = micros / MICROS_PER_SECOND;
    return String.format(
        Locale.ROOT,
        "%d:%02d:%02d.%06d",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        micros % MICROS_PER_SECOND);
  }

  private static long ceilDays(Duration width) {
    long days = width.toSeconds() / SECONDS_PER_DAY;
    return width.minusDays(days).isZero() ? days : days + 1;
  }

  private static String orFirst(String literal, String first, String width, String lowest) {
    return "(CASE WHEN "
        + literal
        + " < "
        + first
        + " + "
        + width
        + " THEN "
        + lowest
        + " ELSE "
        + literal
        + " - "
        + width
        + " END)";
  }

  private static String startByCount(Bookmark bookmark, long width) {
    DataType type = bookmark.type();
    String value = PostgresSql.literal(bookmark.value());
    if (type instanceof DataType.Int number) {
      // In numeric, where nothing overflows; then of the key's type again, for the index.
      String name = !number.signed() ? "int8::oid" : "int" + number.bits() / 8;
      String lowest = number.signed() ? "-" + BigInteger.ONE.shiftLeft(number.bits() - 1) : "0";
      return "GREATEST(" + value + "::numeric - " + width + ", " + lowest + "::numeric)::" + name;
    } else if (type instanceof DataType.Decimal) {
      String start = '(' + value + "::numeric - " + width + ')';
      // Of numeric without the modifiers, which could refuse what lies below the bookmark.
      return bookmark.nativeType().equals("money") ? start + "::money" : start;
    } else if (type instanceof DataType.Float number) {
      return '(' + value + "::float" + number.bits() / 8 + "::float8 - " + width + "::float8)";
    }
    throw mismatch(bookmark, "a number", "a length of time, or none");
  }

  private static ConfigurationException mismatch(Bookmark bookmark, String what, String remedy) {
    return new ConfigurationException(
        "The overlap of the replication key "
            + bookmark.column()
            + " is "
            + what
            + ", which does not fit its type "
            + bookmark.nativeType()
            + ".",
        "Make the overlap " + remedy + '.');
  }
}
