package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.dialect.jdbc.load.SqlText;
import dev.bobbin.dialect.sqlserver.Parameter.Form;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.StateException;
import dev.bobbin.record.ColumnVector;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import microsoft.sql.DateTimeOffset;
import org.jspecify.annotations.Nullable;

/**
 * The text of a key's value in bookmarks and positions: exact, and bound as a parameter of the
 * column's own type it is equal to the key for the server.
 *
 * <p>Times have seven digits behind the second; bytes are in hexadecimal digits. Of {@code
 * datetime} the text is the millisecond that the server shows, which is rounded to the very 1/300
 * of a second that it comes from.
 */
final class KeyText {

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSSS", Locale.ROOT);
  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSS", Locale.ROOT);
  private static final DateTimeFormatter OFFSET_DATE_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSS xxx", Locale.ROOT);

  /** Before it, what the driver takes for the calendar is not the server's. */
  private static final int FIRST_GREGORIAN_YEAR = 1583;

  private KeyText() {}

  /**
   * The text of a value that is not NULL in the source.
   *
   * @throws SourceException if the value is one that cannot be compared, such as text that is no
   *     Unicode
   */
  static String of(ColumnVector keys, int row) {
    Column column = keys.column();
    DataType type = column.type();
    if (keys.isNull(row)) {
      throw new SourceException(
          SourceException.Kind.PERMANENT,
          "The key column " + column.name() + " holds a value that cannot be compared.",
          "Mend the values in the database, or choose another replication key.",
          null);
    }
    if (type instanceof DataType.Bool) {
      return keys.getBoolean(row) ? "1" : "0";
    } else if (type instanceof DataType.Int) {
      return Long.toString(keys.getLong(row));
    } else if (type instanceof DataType.Decimal) {
      return present(keys.getDecimal(row)).toPlainString();
    } else if (type instanceof DataType.Float number) {
      return number.bits() == 32
          ? Float.toString((float) keys.getDouble(row))
          : Double.toString(keys.getDouble(row));
    } else if (type instanceof DataType.Date) {
      return DATE.format(present(keys.getDate(row)));
    } else if (type instanceof DataType.Time) {
      return TIME.format(present(keys.getTime(row)));
    } else if (type instanceof DataType.Timestamp) {
      return DATE_TIME.format(present(keys.getTimestamp(row)));
    } else if (type instanceof DataType.OffsetTimestamp) {
      return OFFSET_DATE_TIME.format(present(keys.getOffsetTimestamp(row)));
    } else if (type instanceof DataType.Uuid) {
      return present(keys.getUuid(row)).toString();
    } else if (type instanceof DataType.Bytes) {
      return HexFormat.of().formatHex(present(keys.getBytes(row)));
    }
    return present(keys.getString(row));
  }

  private static <T> T present(@Nullable T value) {
    return Objects.requireNonNull(value);
  }

  /**
   * The value as an operand of the type of its column.
   *
   * @param column whose native type {@link TypeName} reads
   * @param collation of a text in a code page: the one whose code page it is converted to; empty
   *     where that is not to be said
   * @throws StateException if the text is not that of a value of the type
   */
  static SqlText operand(Column column, String collation, String text) {
    TypeName type = TypeName.parse(column.nativeType());
    try {
      if (type.isOfCodePage()) {
        // A varchar compared with an nvarchar would be converted row by row.
        return new SqlText(
            "CAST(?" + (collation.isEmpty() ? "" : " COLLATE " + collation) + " AS " + type + ")",
            List.of(Parameter.text(text)));
      }
      return value(type, text);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw damaged();
    }
  }

  private static SqlText value(TypeName type, String text) {
    int digits = Math.max(0, type.first());
    return switch (type.base()) {
      case "bit" -> plain(Form.BIT, text.equals("1"));
      case "tinyint" -> plain(Form.TINYINT, Short.valueOf(text));
      case "smallint" -> plain(Form.SMALLINT, Short.valueOf(text));
      case "int" -> plain(Form.INT, Integer.valueOf(text));
      case "bigint" -> plain(Form.BIGINT, Long.valueOf(text));
      case "decimal" ->
          // The driver declares the greatest precision, whatever it is told.
          new SqlText(
              "CAST(? AS " + type + ")",
              List.of(
                  new Parameter(
                      Form.DECIMAL, new BigDecimal(text), 38, Math.max(0, type.second()))));
      case "money" -> plain(Form.MONEY, new BigDecimal(text));
      case "smallmoney" -> plain(Form.SMALLMONEY, new BigDecimal(text));
      case "real" ->
          new SqlText("CAST(? AS real)", List.of(Parameter.of(Form.FLOAT, Double.valueOf(text))));
      case "float" -> plain(Form.FLOAT, Double.valueOf(text));
      case "date" -> {
        LocalDate date = LocalDate.parse(text, DATE);
        yield date.getYear() < FIRST_GREGORIAN_YEAR ? cast(text, "date") : plain(Form.DATE, date);
      }
      case "time" -> parameter(new Parameter(Form.TIME, LocalTime.parse(text, TIME), digits, 0));
      case "datetime", "smalldatetime" ->
          // The driver declares a datetime2, as which a datetime is equal to none of its own.
          new SqlText(
              "CAST(? AS " + type + ")",
              List.of(new Parameter(Form.DATETIME2, dateTime(text), 7, 0)));
      case "datetime2" -> {
        LocalDateTime time = dateTime(text);
        yield time.getYear() < FIRST_GREGORIAN_YEAR
            ? cast(text, type.toString())
            : parameter(new Parameter(Form.DATETIME2, time, digits, 0));
      }
      case "datetimeoffset" -> {
        OffsetDateTime time = OffsetDateTime.parse(text, OFFSET_DATE_TIME);
        yield time.getYear() <= FIRST_GREGORIAN_YEAR
            ? cast(text, type.toString())
            : parameter(
                new Parameter(Form.DATETIMEOFFSET, DateTimeOffset.valueOf(time), digits, 0));
      }
      case "uniqueidentifier" -> plain(Form.UNIQUEIDENTIFIER, UUID.fromString(text).toString());
      case "binary", "varbinary", "rowversion" ->
          plain(Form.VARBINARY, HexFormat.of().parseHex(text));
      case "nchar", "nvarchar" -> parameter(Parameter.text(text));
      default -> throw new IllegalArgumentException("no key is of type " + type);
    };
  }

  private static SqlText plain(Form form, Object value) {
    return parameter(Parameter.of(form, value));
  }

  private static SqlText parameter(Parameter parameter) {
    return new SqlText("?", List.of(parameter));
  }

  private static SqlText cast(String text, String type) {
    return new SqlText("CAST(? AS " + type + ")", List.of(Parameter.text(text)));
  }

  static String dateTime(LocalDateTime time) {
    return DATE_TIME.format(time);
  }

  static LocalDateTime dateTime(String text) {
    return LocalDateTime.parse(text, DATE_TIME);
  }

  static String date(LocalDate date) {
    return DATE.format(date);
  }

  static LocalDate date(String text) {
    return LocalDate.parse(text, DATE);
  }

  static String offsetDateTime(OffsetDateTime time) {
    return OFFSET_DATE_TIME.format(time);
  }

  static OffsetDateTime offsetDateTime(String text) {
    return OffsetDateTime.parse(text, OFFSET_DATE_TIME);
  }

  private static StateException damaged() {
    return new StateException(
        "A saved key is damaged: it is not a value of its type. Nothing has been read.",
        "Restore the state from a backup, or reset the table, which then begins a new load.",
        null);
  }
}
