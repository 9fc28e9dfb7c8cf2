package dev.bobbin.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Interval;
import dev.bobbin.catalog.TableId;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecordBatchTest {

  private static final TableId TABLE = TableId.of("public", "t");
  private static final long MICROS = 1_000_000;
  private static final byte[] EMPTY_DOCUMENT = {5, 0, 0, 0, 0};

  /** A type, how a value is appended, and what comes out. */
  record Case(DataType type, Consumer<ColumnBuilder> append, Object expected) {
    @Override
    public String toString() {
      return type + " " + expected;
    }
  }

  static List<Case> cases() {
    return List.of(
        new Case(new DataType.Bool(), c -> c.appendBoolean(true), true),
        new Case(new DataType.Int(16, true), c -> c.appendInt(-7), -7L),
        new Case(new DataType.Int(32, false), c -> c.appendLong(4_000_000_000L), 4_000_000_000L),
        new Case(new DataType.Int(64, true), c -> c.appendLong(Long.MIN_VALUE), Long.MIN_VALUE),
        new Case(
            new DataType.Int(64, false),
            c -> c.appendLong(-1),
            new BigInteger("18446744073709551615")),
        new Case(
            new DataType.Decimal(5, 2), c -> c.appendDecimal(-110, 2), new BigDecimal("-1.10")),
        new Case(
            DataType.Decimal.UNBOUNDED,
            c -> c.appendDecimal(new BigDecimal("1e-16383")),
            new BigDecimal("1e-16383")),
        new Case(
            DataType.Decimal.UNBOUNDED,
            c -> c.appendDecimal(new BigDecimal("9".repeat(1000) + ".5")),
            new BigDecimal("9".repeat(1000) + ".5")),
        new Case(new DataType.Float(32), c -> c.appendFloat(Float.NaN), Float.NaN),
        new Case(new DataType.Float(64), c -> c.appendDouble(-0.0), -0.0),
        new Case(new DataType.Text(), c -> text(c, "héllo 😀"), "héllo 😀"),
        new Case(new DataType.Json(), c -> text(c, "{\"a\":1}"), "{\"a\":1}"),
        new Case(new DataType.Other("ltree"), c -> text(c, "a.b"), "a.b"),
        new Case(new DataType.Document(), c -> bytes(c, EMPTY_DOCUMENT), EMPTY_DOCUMENT),
        new Case(
            new DataType.Date(),
            c -> c.appendInt((int) LocalDate.of(-44, 3, 15).toEpochDay()),
            LocalDate.of(-44, 3, 15)),
        new Case(
            new DataType.Time(),
            c -> c.appendLong(86_399_999_999L),
            LocalTime.of(23, 59, 59, 999_999_000)),
        new Case(
            new DataType.OffsetTime(),
            c -> c.appendPair(3_600_000_000L, -9000),
            OffsetTime.parse("01:00:00-02:30")),
        new Case(
            new DataType.Timestamp(),
            c -> c.appendLong(-1),
            LocalDateTime.parse("1969-12-31T23:59:59.999999")),
        new Case(
            new DataType.Instant(),
            c ->
                c.appendFarTicks(
                    Instant.parse("+294276-12-31T23:59:59Z").getEpochSecond(), 999_999),
            Instant.parse("+294276-12-31T23:59:59.999999Z")),
        new Case(
            new DataType.OffsetTimestamp(),
            c -> c.appendPair(0, 3600),
            OffsetDateTime.parse("1970-01-01T01:00:00+01:00")),
        new Case(
            new DataType.Interval(),
            c -> c.appendPair(-5, (-14L << 32) | (-3 & 0xffffffffL)),
            new Interval(-14, -3, -5)),
        new Case(new DataType.Uuid(), c -> c.appendPair(1, -1), new UUID(1, -1)),
        new Case(
            new DataType.Array(new DataType.Int(32, true)),
            c -> {
              c.element().appendInt(1);
              c.element().appendNull();
              c.element().appendInt(3);
              c.element().appendInt(4);
              c.appendArray(2, 2);
            },
            Arrays.asList(Arrays.asList(1L, null), Arrays.asList(3L, 4L))),
        new Case(new DataType.Array(new DataType.Text()), c -> c.appendArray(), List.of()));
  }

  private static void bytes(ColumnBuilder column, byte[] bytes) {
    column.appendBytes(bytes, 0, bytes.length);
  }

  private static void text(ColumnBuilder column, String text) {
    byte[] bytes = ("xx" + text + "yy").getBytes(StandardCharsets.UTF_8);
    column.appendBytes(bytes, 2, bytes.length - 4);
  }

  private static BatchBuilder builder(DataType type) {
    return new BatchBuilder(
        TABLE, List.of(Column.of("v", type, type.toString())), MICROS, 1 << 20, 10_000);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesBackWhatWasAppendedAmongNullsAndAfterManyRows(Case value) {
    BatchBuilder builder = builder(value.type());
    for (int batch = 0; batch < 2; batch++) {
      for (int i = 0; i < 300; i++) {
        if (i % 3 == 0) {
          builder.column(0).appendNull();
        } else if (i % 7 == 0) {
          builder.column(0).appendUnrepresentable("the source's text " + i);
        } else {
          value.append().accept(builder.column(0));
        }
        builder.endRow(8);
      }
      RecordBatch rows = builder.finish();
      assertThat(rows.rowCount()).isEqualTo(300);
      for (int i = 0; i < 300; i++) {
        boolean isNull = i % 3 == 0 || i % 7 == 0;
        assertThat(rows.row(i).isNull("v")).isEqualTo(isNull);
        assertThat(rows.row(i).get("v")).isEqualTo(isNull ? null : value.expected());
        assertThat(rows.row(i).original("v").isPresent()).isEqualTo(i % 3 != 0 && i % 7 == 0);
      }
      assertThat(rows.column("v").unrepresentableCount()).isEqualTo(28);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void keepsValuesWhenRowsAreTakenOut(Case value) {
    BatchBuilder builder = builder(value.type());
    for (int i = 0; i < 200; i++) {
      if (i % 2 == 0) {
        value.append().accept(builder.column(0));
      } else {
        builder.column(0).appendNull();
      }
      builder.endRow(8);
    }
    BitSet out = new BitSet();
    out.set(0, 101);
    RecordBatch rest = builder.finish().without(out);
    assertThat(rest.rowCount()).isEqualTo(99);
    assertThat(rest.row(0).isNull(0)).isTrue();
    assertThat(rest.row(1).get(0)).isEqualTo(value.expected());
    assertThat(rest.row(97).get(0)).isEqualTo(value.expected());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void digestsEqualRowsAlikeAndNullDifferently(Case value) throws Exception {
    BatchBuilder builder = builder(value.type());
    value.append().accept(builder.column(0));
    builder.endRow(8);
    value.append().accept(builder.column(0));
    builder.endRow(8);
    builder.column(0).appendNull();
    builder.endRow(8);
    builder.column(0).appendUnrepresentable("x");
    builder.endRow(8);
    RecordBatch rows = builder.finish();
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(new byte[32], "HmacSHA256"));
    assertThat(rows.digest(0, mac))
        .isEqualTo(rows.digest(1, mac))
        .isNotEqualTo(rows.digest(2, mac));
    assertThat(rows.digest(2, mac)).isNotEqualTo(rows.digest(3, mac));
    assertThat(rows.sameValue(0, 0, 1)).isTrue();
    assertThat(rows.sameValue(0, 0, 2)).isFalse();
    assertThat(rows.sameValue(0, 2, 3)).isFalse();
  }

  @Test
  void namesTheFittingGetterWhenAnotherIsCalled() {
    BatchBuilder builder = builder(new DataType.Text());
    text(builder.column(0), "a");
    builder.endRow(1);
    RecordBatch rows = builder.finish();
    assertThatThrownBy(() -> rows.row(0).getLong("v"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("getLong does not fit column v of type text");
    assertThatThrownBy(() -> rows.column("w"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("its columns are [v]");
    assertThatThrownBy(rows::checkpoint).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void hasDocumentsAsViewsOfItsBytes() {
    BatchBuilder builder = builder(new DataType.Document());
    for (int i = 0; i < 3; i++) {
      if (i == 1) {
        builder.column(0).appendNull();
      } else {
        bytes(builder.column(0), new byte[] {12, 0, 0, 0, 0x10, 'n', 0, (byte) i, 0, 0, 0, 0});
      }
      builder.endRow(12);
    }
    RecordBatch rows = builder.finish();
    assertThat(rows.row(0).getDocument("v").getLong("n")).isZero();
    assertThat(rows.row(1).getDocument("v")).isNull();
    assertThat(rows.row(2).getDocument(0).getLong("n")).isEqualTo(2);
    assertThat(rows.row(2).getBytes("v")).isEqualTo(rows.row(2).getDocument("v").bytes());
    BitSet first = new BitSet();
    first.set(0, 2);
    assertThat(rows.without(first).row(0).getDocument(0)).isEqualTo(rows.row(2).getDocument(0));
    assertThatThrownBy(() -> rows.row(0).getString("v"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("getString does not fit column v of type document");
  }

  @Test
  void sharesDocumentsWithTheArrayTheyLieIn() {
    byte[] array = new byte[30];
    byte[] document = {12, 0, 0, 0, 0x10, 'n', 0, 5, 0, 0, 0, 0};
    System.arraycopy(document, 0, array, 3, 12);
    System.arraycopy(EMPTY_DOCUMENT, 0, array, 20, 5);
    BatchBuilder builder = builder(new DataType.Document());
    builder.column(0).appendShared(array, 3, 12);
    builder.endRow(12);
    builder.column(0).appendShared(array, 20, 5);
    builder.endRow(5);

    RecordBatch rows = builder.finish();

    assertThat(rows.column(0).getBytes(0)).isEqualTo(document);
    assertThat(rows.column(0).getBytes(1)).isEqualTo(EMPTY_DOCUMENT);
    assertThat(rows.column(0).buffer(0).isReadOnly()).isTrue();
    assertThat(rows.column(0).buffer(0).position()).isZero();
    assertThat(rows.column(0).buffer(0).get(7)).isEqualTo((byte) 5);
    assertThat(rows.column(0).buffer(1).capacity()).isEqualTo(5);
    assertThat(rows.byteSize()).isBetween(17L, 64L);
    assertThatThrownBy(() -> builder(new DataType.Bytes()).column(0).appendShared(array, 0, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void hasNoDocumentsInAColumnOfBytes() {
    BatchBuilder builder = builder(new DataType.Bytes());
    bytes(builder.column(0), EMPTY_DOCUMENT);
    builder.endRow(5);
    RecordBatch rows = builder.finish();
    assertThatThrownBy(() -> rows.row(0).getDocument("v"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("getDocument does not fit column v of type bytes");
  }

  @Test
  void closesABatchByBytesAndByRows() {
    BatchBuilder byRows =
        new BatchBuilder(
            TABLE, List.of(Column.of("v", new DataType.Bool(), "bool")), 1, 1 << 20, 5);
    BatchBuilder byBytes =
        new BatchBuilder(
            TABLE, List.of(Column.of("v", new DataType.Text(), "text")), 1, 4096, 9_999);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    while (!byRows.isFull()) {
      byRows.column(0).appendBoolean(random.nextBoolean());
      byRows.endRow(1);
    }
    assertThat(byRows.finish().rowCount()).isEqualTo(5);
    while (!byBytes.isFull()) {
      byte[] bytes = new byte[random.nextInt(200)];
      byBytes.column(0).appendBytes(bytes, 0, bytes.length);
      byBytes.endRow(bytes.length);
    }
    assertThat(byBytes.finish().byteSize()).as("seed %d", seed).isBetween(3500L, 5000L);
  }
}
