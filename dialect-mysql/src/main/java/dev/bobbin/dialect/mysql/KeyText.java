package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.StateException;
import dev.bobbin.record.ColumnVector;
import java.math.BigInteger;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * The text of a key's value in bookmarks and positions: exact, and bound as a parameter it is equal
 * to the key for the server.
 *
 * <p>Times have six digits behind the second, in UTC where they are points in time; bytes are in
 * hexadecimal digits; a FLOAT is written as the DOUBLE that it is equal to, since that is how the
 * server compares it.
 */
final class KeyText {

  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS", Locale.ROOT);
  private static final int DIGITS = 65;

  private KeyText() {}

  /**
   * The text of a value that is not NULL in the source.
   *
   * @throws SourceException if the value is one that cannot be compared, such as text whose bytes
   *     are not of its character set
   */
  static String of(ColumnVector keys, int row) {
    Column column = keys.column();
    DataType type = column.type();
    if (keys.isNull(row)) {
      // A zero date, or a time beyond the day; the server compares it as any other.
      return keys.original(row)
          .filter(text -> !type.isTextual())
          .orElseThrow(
              () ->
                  new SourceException(
                      SourceException.Kind.PERMANENT,
                      "The key column " + column.name() + " holds a value that cannot be compared.",
                      "Mend the values in the database, or choose another replication key.",
                      null));
    }
    if (type instanceof DataType.Bool) {
      return keys.getBoolean(row) ? "1" : "0";
    } else if (type instanceof DataType.Int number) {
      long value = keys.getLong(row);
      return number.signed() ? Long.toString(value) : Long.toUnsignedString(value);
    } else if (type instanceof DataType.Decimal) {
      return Objects.requireNonNull(keys.getDecimal(row)).toPlainString();
    } else if (type instanceof DataType.Float) {
      return Double.toString(keys.getDouble(row));
    } else if (type instanceof DataType.Date) {
      return DATE.format(Objects.requireNonNull(keys.getDate(row)));
    } else if (type instanceof DataType.Time) {
      return TIME.format(Objects.requireNonNull(keys.getTime(row)));
    } else if (type instanceof DataType.Timestamp) {
      return dateTime(Objects.requireNonNull(keys.getTimestamp(row)));
    } else if (type instanceof DataType.Instant) {
      return dateTime(
          LocalDateTime.ofInstant(Objects.requireNonNull(keys.getInstant(row)), ZoneOffset.UTC));
    } else if (type instanceof DataType.Uuid) {
      return Objects.requireNonNull(keys.getUuid(row)).toString();
    } else if (type instanceof DataType.Bytes) {
      return HexFormat.of().formatHex(Objects.requireNonNull(keys.getBytes(row)));
    }
    return Objects.requireNonNull(keys.getString(row));
  }

  /** A date and time. */
  static String dateTime(LocalDateTime time) {
    return DATE_TIME.format(time);
  }

  /**
   * The value as an operand of the type of its column, so that the comparison uses the index, and
   * of texts the column's own collation.
   *
   * @throws StateException if the text is not that of a value of the type
   */
  static SqlText operand(DataType type, String text) {
    if (type instanceof DataType.Int number) {
      return new SqlText(
          number.signed() ? "CAST(? AS SIGNED)" : "CAST(? AS UNSIGNED)", List.of(text));
    } else if (type instanceof DataType.Bool) {
      return new SqlText("CAST(? AS UNSIGNED)", List.of(text));
    } else if (type instanceof DataType.Decimal decimal) {
      return new SqlText(
          "CAST(? AS DECIMAL(" + DIGITS + "," + Math.max(0, decimal.scale()) + "))", List.of(text));
    } else if (type instanceof DataType.Float) {
      return new SqlText("?", List.of(number(text)));
    } else if (type instanceof DataType.Date) {
      return new SqlText("CAST(? AS DATE)", List.of(text));
    } else if (type instanceof DataType.Time) {
      return new SqlText("CAST(? AS TIME(6))", List.of(text));
    } else if (type instanceof DataType.Timestamp || type instanceof DataType.Instant) {
      return new SqlText("CAST(? AS DATETIME(6))", List.of(text));
    } else if (type instanceof DataType.Bytes) {
      return new SqlText("?", List.of(bytes(text)));
    }
    return new SqlText("?", List.of(text));
  }

  private static Double number(String text) {
    try {
      return Double.valueOf(text);
    } catch (NumberFormatException e) {
      throw damaged();
    }
  }

  private static byte[] bytes(String text) {
    try {
      return HexFormat.of().parseHex(text);
    } catch (IllegalArgumentException e) {
      throw damaged();
    }
  }

  /** The lowest whole number of a type. */
  static BigInteger lowest(DataType.Int type) {
    return type.signed() ? BigInteger.ONE.shiftLeft(type.bits() - 1).negate() : BigInteger.ZERO;
  }

  private static StateException damaged() {
    return new StateException(
        "A saved key is damaged: it is not a value of its type. Nothing has been read.",
        "Restore the state from a backup, or reset the table, which then begins a new load.",
        null);
  }
}
