package dev.bobbin.dialect.sqlserver.stub;

import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * What the stub answers to one statement: a result, a failure, or nothing more than that it ran.
 */
public final class Answer {

  private static final int COLMETADATA = 0x81;
  private static final int ROW = 0xd1;
  private static final int NBCROW = 0xd2;
  private static final int ERROR = 0xaa;
  private static final int DONE = 0xfd;
  private static final int DONE_ERROR = 0x02;
  private static final int DONE_COUNT = 0x10;

  private final List<Type> types = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private final Tokens rows = new Tokens();
  private boolean breaks;
  private int count;
  private Tokens failure;

  private Answer() {}

  /** A statement without a result. */
  public static Answer done() {
    return new Answer();
  }

  /** A result with columns of certain types. */
  public static Answer of(Type... types) {
    Answer answer = new Answer();
    for (Type type : types) {
      answer.types.add(type);
      answer.names.add("c" + answer.types.size());
    }
    return answer;
  }

  /** A result with one row, whose types are those of the values. */
  public static Answer row(Object... values) {
    return rows(values.length, values);
  }

  /** A result with rows one after the other, whose types are those of the first one's values. */
  public static Answer rows(int columns, Object... values) {
    Type[] types = new Type[columns];
    for (int i = 0; i < columns; i++) {
      types[i] = Type.NVARCHAR;
      for (int at = i; at < values.length; at += columns) {
        if (values[at] != null) {
          types[i] = typeOf(values[at]);
          break;
        }
      }
    }
    Answer answer = of(types);
    for (int row = 0; row < values.length; row += columns) {
      byte[][] encoded = new byte[columns][];
      for (int i = 0; i < columns; i++) {
        encoded[i] = values[row + i] == null ? null : encode(values[row + i]);
      }
      answer.add(encoded);
    }
    return answer;
  }

  private static Type typeOf(Object value) {
    return value instanceof String
        ? Type.NVARCHAR
        : value instanceof byte[]
            ? Type.VARBINARY
            : value instanceof LocalDateTime ? Type.DATETIME2 : Type.BIGINT;
  }

  private static byte[] encode(Object value) {
    if (value instanceof String text) {
      return Tokens.utf16(text);
    } else if (value instanceof byte[] bytes) {
      return bytes;
    } else if (value instanceof LocalDateTime time) {
      return dateTime2(time);
    }
    return new Tokens().u64(((Number) value).longValue()).toBytes();
  }

  /** A datetime2(7): 100 ns since midnight in five bytes, and days since 0001-01-01 in three. */
  public static byte[] dateTime2(LocalDateTime time) {
    long ticks = time.toLocalTime().toNanoOfDay() / 100;
    long days = ChronoUnit.DAYS.between(LocalDateTime.of(1, 1, 1, 0, 0), time);
    return new Tokens()
        .u32(ticks)
        .u8((int) (ticks >> 32))
        .u16((int) days)
        .u8((int) (days >> 16))
        .toBytes();
  }

  /** Adds a row; a null is NULL. */
  public Answer add(byte[]... values) {
    rows.u8(ROW);
    for (int i = 0; i < values.length; i++) {
      rows.bytes(types.get(i).value(values[i]));
    }
    count++;
    return this;
  }

  /** Adds a row in the form that has a bitmap of its NULLs. */
  public Answer addWithBitmap(byte[]... values) {
    rows.u8(NBCROW);
    byte[] bitmap = new byte[(values.length + 7) / 8];
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        bitmap[i / 8] |= (byte) (1 << i % 8);
      }
    }
    rows.bytes(bitmap);
    for (int i = 0; i < values.length; i++) {
      if (values[i] != null) {
        rows.bytes(types.get(i).value(values[i]));
      }
    }
    count++;
    return this;
  }

  /** The connection breaks in the middle of the last row. */
  public Answer thenBreaks() {
    breaks = true;
    return this;
  }

  /** A failure comes after the rows. */
  public Answer thenFails(int number, String message) {
    failure = error(number, message);
    return this;
  }

  /** A failure instead of a result. */
  public static Answer failure(int number, String message) {
    return done().thenFails(number, message);
  }

  boolean breaks() {
    return breaks;
  }

  static Tokens error(int number, String message) {
    Tokens body =
        new Tokens().u32(number).u8(1).u8(16).text16(message).text8("stub").text8("").u32(1);
    return new Tokens().u8(ERROR).u16(body.size()).add(body);
  }

  static Tokens done(int status, long rows) {
    return new Tokens().u8(DONE).u16(status).u16(0xc1).u64(rows);
  }

  byte[] toBytes() {
    Tokens all = new Tokens();
    if (!types.isEmpty()) {
      all.u8(COLMETADATA).u16(types.size());
      for (int i = 0; i < types.size(); i++) {
        all.u32(types.get(i).userType()).u16(0x09).bytes(types.get(i).info());
        all.text8(names.get(i));
      }
      all.add(rows);
    }
    if (breaks) {
      byte[] whole = all.toBytes();
      return java.util.Arrays.copyOf(whole, whole.length - 3);
    }
    if (failure != null) {
      return all.add(failure).add(done(DONE_ERROR, 0)).toBytes();
    }
    return all.add(done(types.isEmpty() ? 0 : DONE_COUNT, count)).toBytes();
  }
}
