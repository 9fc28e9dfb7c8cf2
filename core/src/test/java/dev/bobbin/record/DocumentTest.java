package dev.bobbin.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBinaryWriter;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDbPointer;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonJavaScript;
import org.bson.BsonJavaScriptWithScope;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonSymbol;
import org.bson.BsonTimestamp;
import org.bson.BsonUndefined;
import org.bson.RawBsonDocument;
import org.bson.UuidRepresentation;
import org.bson.codecs.BsonDocumentCodec;
import org.bson.io.BasicOutputBuffer;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentTest {

  private static final String OID = "56e1fc72e0c917e9c4714161";
  private static final UUID ID = UUID.fromString("73ffd264-44b3-4c69-90e8-e7d1dfc035d4");

  private static Document of(BsonDocument document) {
    RawBsonDocument raw = new RawBsonDocument(document, new BsonDocumentCodec());
    byte[] bytes = new byte[raw.getByteBuffer().remaining()];
    raw.getByteBuffer().get(bytes);
    return Document.of(bytes);
  }

  private static BsonDocument order() {
    return new BsonDocument("_id", new BsonInt64(7))
        .append(
            "address",
            new BsonDocument("city", new BsonString("Wien"))
                .append("zip", new BsonNull())
                .append("geo", new BsonArray(List.of(new BsonDouble(48.2), new BsonInt32(16)))))
        .append(
            "items",
            new BsonArray(
                List.of(
                    new BsonDocument("quantity", new BsonInt32(3)),
                    new BsonArray(List.of(new BsonString("x"))),
                    new BsonDocument("1", new BsonString("one")))));
  }

  @Test
  void reachesValuesByNamesAndNumbers() {
    Document order = of(order());
    assertThat(order.getLong("_id")).isEqualTo(7);
    assertThat(order.getString("address.city")).isEqualTo("Wien");
    assertThat(order.getDouble("address.geo.0")).isEqualTo(48.2);
    assertThat(order.getLong("items.0.quantity")).isEqualTo(3);
    assertThat(order.getString("items.1.0")).isEqualTo("x");
    assertThat(order.getString("items.2.1")).isEqualTo("one");
    assertThat(order.getDocument("address").getString("city")).isEqualTo("Wien");
    assertThat(order.getDocument("items.0").names()).containsExactly("quantity");
    assertThat(order.getString(DocumentPath.of("address", "city"))).isEqualTo("Wien");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "address.street",
        "Address",
        "address.city.x",
        "items.3",
        "items.00",
        "items.-1",
        "items.quantity",
        "items.99999999999",
        "items.0.quantity.0",
        "_id.x",
        "address.geo.2",
        "it",
        "items.0x"
      })
  void isNullWhereNothingIs(String path) {
    Document order = of(order());
    assertThat(order.has(path)).isFalse();
    assertThat(order.isNull(path)).isTrue();
    assertThat(order.typeOf(path)).isNull();
    assertThat(order.get(path)).isNull();
    assertThat(order.getString(path)).isNull();
    assertThatThrownBy(() -> order.getLong(path))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("at " + path)
        .hasMessageContaining("isNull");
  }

  @Test
  void tellsNullFromWhatIsMissing() {
    Document order = of(order());
    assertThat(order.has("address.zip")).isTrue();
    assertThat(order.isNull("address.zip")).isTrue();
    assertThat(order.typeOf("address.zip")).isEqualTo("null");
    assertThat(order.get("address.zip")).isNull();
    assertThat(order.getBytes("address.zip")).isNull();
    assertThat(order.isNull("address")).isFalse();
    assertThatThrownBy(() -> order.getBoolean("address.zip"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void reachesNamesOfEveryKind() {
    BsonDocument inner = new BsonDocument("", new BsonString("empty"));
    Document document =
        of(
            new BsonDocument("a.b", inner)
                .append("$c", new BsonString("dollar"))
                .append("", new BsonString("nameless"))
                .append("\"q\"", new BsonString("quotes"))
                .append("naïve 😀", new BsonString("not ASCII"))
                .append("0", new BsonString("digit")));
    assertThat(document.getString(DocumentPath.of("a.b", ""))).isEqualTo("empty");
    assertThat(document.getString("\"a.b\".\"\"")).isEqualTo("empty");
    assertThat(document.getString("$c")).isEqualTo("dollar");
    assertThat(document.getString(DocumentPath.of(""))).isEqualTo("nameless");
    assertThat(document.getString("naïve 😀")).isEqualTo("not ASCII");
    assertThat(document.getString("0")).isEqualTo("digit");
    assertThat(document.names()).containsExactly("a.b", "$c", "", "\"q\"", "naïve 😀", "0");
    for (String name : document.names()) {
      assertThat(document.has(DocumentPath.of(name))).isTrue();
    }
  }

  @Test
  void keepsNamesThatStandThereTwiceAndReadsTheFirst() {
    BasicOutputBuffer out = new BasicOutputBuffer();
    try (BsonBinaryWriter writer = new BsonBinaryWriter(out)) {
      writer.writeStartDocument();
      writer.writeInt32("a", 1);
      writer.writeInt32("b", 2);
      writer.writeString("a", "three");
      writer.writeEndDocument();
    }
    Document document = Document.of(out.toByteArray());
    assertThat(document.names()).containsExactly("a", "b", "a");
    assertThat(document.getLong("a")).isEqualTo(1);
    assertThat(document.toRelaxedJson()).isEqualTo("{\"a\":1,\"b\":2,\"a\":\"three\"}");
  }

  /** A value, its type, and its canonical Java value. */
  record Case(String type, org.bson.BsonValue value, Object java) {
    @Override
    public String toString() {
      return type + " " + value;
    }
  }

  static List<Case> cases() {
    ObjectId oid = new ObjectId(OID);
    byte[] data = {1, 2, 3};
    return List.of(
        new Case("double", new BsonDouble(-0.0), -0.0),
        new Case("double", new BsonDouble(Double.NaN), Double.NaN),
        new Case("string", new BsonString("a\0b 😀"), "a\0b 😀"),
        new Case("string", new BsonString(""), ""),
        new Case("array", new BsonArray(), List.of()),
        new Case(
            "array",
            new BsonArray(
                List.of(
                    new BsonInt32(1), new BsonNull(), new BsonArray(List.of(new BsonInt64(2))))),
            Arrays.asList(1, null, List.of(2L))),
        new Case("binData", new BsonBinary(data), data),
        new Case("binData", new BsonBinary((byte) 2, data), data),
        new Case("binData", new BsonBinary((byte) 0x80, new byte[0]), new byte[0]),
        new Case("binData", new BsonBinary(ID), ID),
        new Case("binData", new BsonBinary((byte) 4, data), data),
        new Case(
            "binData",
            new BsonBinary(ID, UuidRepresentation.JAVA_LEGACY),
            new BsonBinary(ID, UuidRepresentation.JAVA_LEGACY).getData()),
        new Case("undefined", new BsonUndefined(), "{\"$undefined\":true}"),
        new Case("objectId", new BsonObjectId(oid), OID),
        new Case("bool", BsonBoolean.FALSE, false),
        new Case("date", new BsonDateTime(-1), Instant.ofEpochMilli(-1)),
        new Case("date", new BsonDateTime(Long.MIN_VALUE), Instant.ofEpochMilli(Long.MIN_VALUE)),
        new Case("date", new BsonDateTime(Long.MAX_VALUE), Instant.ofEpochMilli(Long.MAX_VALUE)),
        new Case("null", new BsonNull(), null),
        new Case(
            "regex",
            new BsonRegularExpression("a\"b", "i"),
            "{\"$regularExpression\":{\"pattern\":\"a\\\"b\",\"options\":\"i\"}}"),
        new Case(
            "dbPointer",
            new BsonDbPointer("n", oid),
            "{\"$dbPointer\":{\"$ref\":\"n\",\"$id\":{\"$oid\":\"" + OID + "\"}}}"),
        new Case("javascript", new BsonJavaScript("x"), "{\"$code\":\"x\"}"),
        new Case("symbol", new BsonSymbol("x"), "{\"$symbol\":\"x\"}"),
        new Case(
            "javascriptWithScope",
            new BsonJavaScriptWithScope("x", new BsonDocument("y", new BsonInt32(1))),
            "{\"$code\":\"x\",\"$scope\":{\"y\":{\"$numberInt\":\"1\"}}}"),
        new Case("int", new BsonInt32(Integer.MIN_VALUE), Integer.MIN_VALUE),
        new Case("long", new BsonInt64(Long.MAX_VALUE), Long.MAX_VALUE),
        new Case(
            "timestamp", new BsonTimestamp(1, -1), "{\"$timestamp\":{\"t\":1,\"i\":4294967295}}"),
        new Case("decimal", new BsonDecimal128(Decimal128.parse("1.10")), new BigDecimal("1.10")),
        new Case(
            "decimal", new BsonDecimal128(Decimal128.parse("NaN")), "{\"$numberDecimal\":\"NaN\"}"),
        new Case(
            "decimal", new BsonDecimal128(Decimal128.parse("-0")), "{\"$numberDecimal\":\"-0\"}"),
        new Case("minKey", new BsonMinKey(), "{\"$minKey\":1}"),
        new Case("maxKey", new BsonMaxKey(), "{\"$maxKey\":1}"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasACanonicalJavaValueOfEveryType(Case value) {
    Document document =
        of(
            new BsonDocument("before", new BsonString("x"))
                .append("v", new BsonArray(List.of(value.value())))
                .append("w", value.value())
                .append("after", new BsonInt32(1)));
    assertThat(document.typeOf("w")).isEqualTo(value.type());
    assertThat(document.get("w")).isEqualTo(value.java());
    assertThat(document.get("v.0")).isEqualTo(value.java());
    assertThat(document.getList("v").get(0)).isEqualTo(value.java());
    assertThat(document.getLong("after")).isEqualTo(1); // the value was skipped as a whole
  }

  private static final List<BiFunction<Document, String, Object>> GETTERS =
      List.of(
          Document::getBoolean,
          Document::getLong,
          Document::getDouble,
          Document::getDecimal,
          Document::getString,
          Document::getBytes,
          Document::getInstant,
          Document::getObjectId,
          Document::getUuid,
          Document::getDocument,
          Document::getList);

  @ParameterizedTest
  @MethodSource("cases")
  void refusesAGetterThatDoesNotFitByPathAndTypeAlone(Case value) {
    Document document = of(new BsonDocument("some.secret", value.value()));
    for (BiFunction<Document, String, Object> getter : GETTERS) {
      try {
        Object read = getter.apply(document, "\"some.secret\"");
        assertThat(read == null).isEqualTo(value.type().equals("null"));
      } catch (IllegalStateException e) {
        assertThat(e.getMessage())
            .contains("at \"some.secret\"")
            .containsAnyOf(value.type(), "isNull")
            .doesNotContain(OID, "1.10", "😀", "NaN", Long.toString(Long.MAX_VALUE));
      }
    }
  }

  @Test
  void hasAGetterForEveryTypeOfJava() {
    Document document =
        of(
            new BsonDocument("bool", BsonBoolean.TRUE)
                .append("bytes", new BsonBinary((byte) 2, new byte[] {5}))
                .append("instant", new BsonDateTime(-1500))
                .append("oid", new BsonObjectId(new ObjectId(OID)))
                .append("uuid", new BsonBinary(ID))
                .append("old", new BsonBinary(ID, UuidRepresentation.PYTHON_LEGACY)));
    assertThat(document.getBoolean("bool")).isTrue();
    assertThat(document.getBytes("bytes")).containsExactly(5);
    assertThat(document.getInstant("instant")).isEqualTo(Instant.parse("1969-12-31T23:59:58.5Z"));
    assertThat(document.getObjectId("oid")).isEqualTo(OID);
    assertThat(document.getUuid("uuid")).isEqualTo(ID);
    assertThat(document.getBytes("uuid")).hasSize(16);
    assertThatThrownBy(() -> document.getUuid("old"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("subtype 3");
  }

  /** {@code -} where the getter refuses. */
  @ParameterizedTest
  @CsvSource({
    "i 5, 5, 5.0, 5",
    "l 9007199254740993, 9007199254740993, -, 9007199254740993",
    "l 9007199254740992, 9007199254740992, 9.007199254740992E15, 9007199254740992",
    "l 9223372036854775807, 9223372036854775807, -, 9223372036854775807",
    "l -9223372036854775808, -9223372036854775808, -9.223372036854775808E18, -9223372036854775808",
    "d 5.0, 5, 5.0, 5",
    "d 0.5, -, 0.5, -",
    "d -0.0, -, -0.0, -",
    "d 0.0, 0, 0.0, 0",
    "d NaN, -, NaN, -",
    "d Infinity, -, Infinity, -",
    "d 9.223372036854775807E18, -, 9.223372036854775807E18, 9223372036854775808",
    "d -9.223372036854775808E18, -9223372036854775808, -9.223372036854775808E18,"
        + " -9223372036854775808",
    "d 1E22, -, 1E22, 10000000000000000000000",
    "n 5, 5, 5.0, 5",
    "n 5.00, 5, 5.0, 5.00",
    "n 5.5, -, 5.5, 5.5",
    "n 0.1, -, -, 0.1",
    "n 1E+3, 1000, 1000.0, 1E+3",
    "n 1E+6144, -, -, 1.000000000000000000000000000000000E+6144",
    "n -0, -, -0.0, -",
    "n NaN, -, NaN, -",
    "n -Infinity, -, -Infinity, -"
  })
  void convertsNumbersOnlyWhereTheyStayTheSame(
      String stored, String asLong, String asDouble, String asDecimal) {
    String text = stored.substring(2);
    org.bson.BsonValue value =
        switch (stored.charAt(0)) {
          case 'i' -> new BsonInt32(Integer.parseInt(text));
          case 'l' -> new BsonInt64(Long.parseLong(text));
          case 'd' -> new BsonDouble(Double.parseDouble(text));
          default -> new BsonDecimal128(Decimal128.parse(text));
        };
    Document document = of(new BsonDocument("n", value));
    check(asLong.equals("-") ? null : Long.valueOf(asLong), () -> document.getLong("n"));
    check(asDouble.equals("-") ? null : Double.valueOf(asDouble), () -> document.getDouble("n"));
    check(asDecimal.equals("-") ? null : new BigDecimal(asDecimal), () -> document.getDecimal("n"));
  }

  private static void check(Object expected, java.util.function.Supplier<Object> getter) {
    if (expected == null) {
      assertThatThrownBy(getter::get)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("exactly");
    } else {
      assertThat(getter.get()).isEqualTo(expected);
    }
  }

  @Test
  void isAViewOfAPartOfAnArray() {
    byte[] bson = of(order()).bytes();
    byte[] arena = new byte[bson.length + 20];
    Arrays.fill(arena, (byte) 0x55);
    System.arraycopy(bson, 0, arena, 7, bson.length);
    Document document = Document.of(arena, 7, bson.length);
    assertThat(document.getString("address.city")).isEqualTo("Wien");
    assertThat(document.bytes()).isEqualTo(bson);
    assertThat(document.byteSize()).isEqualTo(bson.length);
    assertThat(document).isEqualTo(Document.of(bson)).hasSameHashCodeAs(Document.of(bson));
    assertThat(document).isNotEqualTo(Document.of(bson).getDocument("address"));
    byte[] address = document.getDocument("address").bytes();
    assertThat(Document.of(address)).isEqualTo(document.getDocument("address"));
    assertThatThrownBy(() -> Document.of(arena, 7, arena.length))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void showsItsSizeAlone() {
    assertThat(of(order())).hasToString("document of " + of(order()).byteSize() + " bytes");
  }

  @Test
  void readsADocumentOf16MegabytesAndOneOfDepth100() {
    String large = "x".repeat((16 << 20) - 100);
    Document document =
        of(new BsonDocument("large", new BsonString(large)).append("z", new BsonInt32(1)));
    assertThat(document.getLong("z")).isEqualTo(1);
    assertThat(document.getString("large")).isEqualTo(large);
    assertThat(document.toRelaxedJson()).hasSize(large.length() + 18);

    BsonDocument deep = new BsonDocument("end", BsonBoolean.TRUE);
    for (int i = 1; i < 100; i++) {
      deep = new BsonDocument("d", deep);
    }
    List<String> path = new ArrayList<>(Collections.nCopies(99, "d"));
    path.add("end");
    assertThat(of(deep).getBoolean(String.join(".", path))).isTrue();
    assertThat(of(deep).toCanonicalJson()).endsWith("true" + "}".repeat(100));
  }
}
