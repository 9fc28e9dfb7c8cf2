package dev.bobbin.dialect.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongFunction;

/**
 * A column with a value for every row, in the form that COPY sends.
 *
 * @param name for people
 * @param value by the row, without its length
 */
record SampleColumn(String name, DataType type, String nativeType, LongFunction<ByteBuffer> value) {

  private static final long YEAR_2024 = 757_382_400_000_000L; // in PostgreSQL's microseconds

  /** One of each type that is measured. */
  static List<SampleColumn> all() {
    return List.of(
        of("int8", new DataType.Int(64, true), "bigint", row -> buffer(8).putLong(row * 7919)),
        of("int4", new DataType.Int(32, true), "integer", row -> buffer(4).putInt((int) row)),
        of("int2", new DataType.Int(16, true), "smallint", row -> buffer(2).putShort((short) row)),
        of("bool", new DataType.Bool(), "boolean", row -> buffer(1).put((byte) (row % 2))),
        of(
            "float8",
            new DataType.Float(64),
            "double precision",
            row -> buffer(8).putDouble((double) row)),
        of("numeric", new DataType.Decimal(12, 2), "numeric(12,2)", SampleColumn::price),
        of(
            "timestamptz",
            new DataType.Instant(),
            "timestamp with time zone",
            row -> buffer(8).putLong(YEAR_2024 + row * 7_000_013)),
        of("date", new DataType.Date(), "date", row -> buffer(4).putInt((int) row)),
        of("uuid", new DataType.Uuid(), "uuid", row -> buffer(16).putLong(row * 31).putLong(~row)),
        of("text", new DataType.Text(), "text", row -> text("Zürich-" + row % 8)),
        of("long-text", new DataType.Text(), "text", row -> text("0123456789 ".repeat(9) + row)),
        of(
            "jsonb",
            new DataType.Json(),
            "jsonb",
            row -> text("\u0001{\"size\": 1, \"x\": \"y\"}")));
  }

  private static SampleColumn of(
      String name, DataType type, String nativeType, LongFunction<ByteBuffer> value) {
    return new SampleColumn(name, type, nativeType, value);
  }

  Column column() {
    return Column.of(name, type, nativeType);
  }

  /** Length and value, as in a tuple. */
  void write(long row, ByteArrayOutputStream to) {
    byte[] bytes = value.apply(row).array();
    to.writeBytes(buffer(4).putInt(bytes.length).array());
    to.writeBytes(bytes);
  }

  /** Up to 9,999,999.99: two digits to the base of 10,000 before the point, and one after it. */
  private static ByteBuffer price(long row) {
    long cents = row * 37_003 % 1_000_000_000;
    return buffer(14)
        .putShort((short) 3)
        .putShort((short) 1)
        .putShort((short) 0)
        .putShort((short) 2)
        .putShort((short) (cents / 1_000_000))
        .putShort((short) (cents / 100 % 10_000))
        .putShort((short) (cents % 100 * 100));
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size);
  }

  private static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }
}
