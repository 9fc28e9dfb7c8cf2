package dev.bobbin.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonBinaryWriter;
import org.bson.BsonDocument;
import org.bson.BsonJavaScript;
import org.bson.BsonMaxKey;
import org.bson.BsonString;
import org.bson.BsonSymbol;
import org.bson.BsonUndefined;
import org.bson.codecs.BsonDocumentCodec;
import org.bson.codecs.EncoderContext;
import org.bson.io.BasicOutputBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentFieldsTest {

  private static byte[] bson(BsonDocument document) {
    BasicOutputBuffer buffer = new BasicOutputBuffer();
    new BsonDocumentCodec()
        .encode(new BsonBinaryWriter(buffer), document, EncoderContext.builder().build());
    return buffer.toByteArray();
  }

  /** One column for each path, of these types. */
  private static Record only(BsonDocument document, List<String> paths, List<DataType> types) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      columns.add(Column.of(paths.get(i), types.get(i), ""));
    }
    BatchBuilder batch =
        new BatchBuilder(
            TableId.of("t"), columns, DocumentFields.TICKS_PER_SECOND, Long.MAX_VALUE, 10);
    List<ColumnBuilder> builders = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      builders.add(batch.column(i));
    }
    DocumentFields fields =
        new DocumentFields(paths.stream().map(DocumentPath::parse).toList(), builders);
    byte[] bytes = bson(document);
    byte[] shifted = new byte[bytes.length + 7];
    System.arraycopy(bytes, 0, shifted, 7, bytes.length);
    fields.append(shifted, 7, bytes.length);
    batch.endRow(bytes.length);
    return batch.finish().iterator().next();
  }

  private static Record only(BsonDocument document, DataType type) {
    return only(document, List.of("v"), List.of(type));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "bool         | true                                            | true",
        "int(64)      | 5                                               | 5",
        "int(64)      | {$numberLong: '-9223372036854775808'}           | -9223372036854775808",
        "int(64)      | 5.0                                             | 5",
        "int(64)      | {$numberDecimal: '5.00'}                        | 5",
        "int(32)      | 2147483647                                      | 2147483647",
        "int(8)       | -128                                            | -128",
        "float(64)    | 0.1                                             | 0.1",
        "float(64)    | {$numberDouble: 'NaN'}                          | NaN",
        "float(64)    | 7                                               | 7.0",
        "float(32)    | 0.5                                             | 0.5",
        "decimal      | {$numberDecimal: '-1.50E-20'}                   | -1.50E-20",
        "decimal      | {$numberLong: '5'}                              | 5",
        "text         | ``                                              | ``",
        "text         | 'é漢😀'                                          | é漢😀",
        "uuid         | {$binary: {base64: 'AAECAwQFBgcICQoLDA0ODw==', subType: '04'}} |"
            + " 00010203-0405-0607-0809-0a0b0c0d0e0f",
        "instant      | {$date: {$numberLong: '-1'}}                    | 1969-12-31T23:59:59.999Z",
        "instant      | {$date: {$numberLong: '253402300800000'}}       | +10000-01-01T00:00:00Z",
        "other(objectId) | {$oid: '0123456789abcdef01234567'}           | 0123456789abcdef01234567",
        "other(timestamp) | {$timestamp: {t: 4294967295, i: 1}}         |"
            + " {\"$timestamp\":{\"t\":4294967295,\"i\":1}}",
        "json         | [1, 'a']                                        | [{\"$numberInt\":\"1\"},\"a\"]",
      })
  void valuesOfTheColumnsTypeArriveExactly(String type, String json, String expected) {
    BsonDocument document = BsonDocument.parse("{a: 0, v: " + quoted(json) + ", z: 1}");
    Object value = only(document, DataType.parse(type)).get("v");
    assertThat(value).hasToString(expected == null ? "" : expected);
  }

  private static String quoted(String json) {
    return json == null || json.isEmpty() ? "''" : json;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "bool      | 1                                    | {\"$numberInt\":\"1\"}",
        "int(64)   | 5.5                                  | {\"$numberDouble\":\"5.5\"}",
        "int(64)   | '5'                                  | \"5\"",
        "int(32)   | {$numberLong: '2147483648'}          | {\"$numberLong\":\"2147483648\"}",
        "int(8)    | 128                                  | {\"$numberInt\":\"128\"}",
        "float(64) | {$numberLong: '9007199254740993'}    | {\"$numberLong\":\"9007199254740993\"}",
        "float(32) | 0.1                                  | {\"$numberDouble\":\"0.1\"}",
        "decimal   | {$numberDecimal: 'NaN'}              | {\"$numberDecimal\":\"NaN\"}",
        "decimal   | {$numberDecimal: '-0'}               | {\"$numberDecimal\":\"-0\"}",
        "decimal   | {$numberDecimal: 'Infinity'}         | {\"$numberDecimal\":\"Infinity\"}",
        "decimal   | 0.5                                  | {\"$numberDouble\":\"0.5\"}",
        "text      | {$oid: '0123456789abcdef01234567'}   | {\"$oid\":\"0123456789abcdef01234567\"}",
        "instant   | {$timestamp: {t: 1, i: 2}}           | {\"$timestamp\":{\"t\":1,\"i\":2}}",
        "bytes     | 'AA=='                               | \"AA==\"",
        "uuid      | {$binary: {base64: 'AAECAwQFBgcICQoLDA0ODw==', subType: '03'}} |"
            + " {\"$binary\":{\"base64\":\"AAECAwQFBgcICQoLDA0ODw==\",\"subType\":\"03\"}}",
        "document  | []                                   | []",
        "other(objectId) | 'x'                            | \"x\"",
      })
  void valuesOfOtherTypesAreNullWithTheirExtendedJson(String type, String json, String original) {
    Record row = only(BsonDocument.parse("{v: " + json + "}"), DataType.parse(type));
    assertThat(row.get("v")).isNull();
    assertThat(row.original("v")).contains(original);
  }

  @Test
  void whatIsMissingOrNullIsNullAndNothingElse() {
    for (String json : List.of("{}", "{v: null}", "{w: 1}")) {
      Record row = only(BsonDocument.parse(json), new DataType.Int(64, true));
      assertThat(row.isNull("v")).isTrue();
      assertThat(row.original("v")).isEmpty();
    }
  }

  @Test
  void pathsOfOneDocumentAreTakenTogether() {
    BsonDocument document =
        BsonDocument.parse(
            "{address: {city: 'Oslo', zip: {code: 5}}, items: [{q: 1}, {q: 2}], v: 3}");
    Record row =
        only(
            document,
            List.of("v", "address.city", "items.1.q", "address.zip.code", "address", "address.x"),
            List.of(
                new DataType.Int(64, true),
                new DataType.Text(),
                new DataType.Int(64, true),
                new DataType.Int(64, true),
                new DataType.Document(),
                new DataType.Text()));
    assertThat(row.getLong("v")).isEqualTo(3);
    assertThat(row.getString("address.city")).isEqualTo("Oslo");
    assertThat(row.getLong("items.1.q")).isEqualTo(2);
    assertThat(row.getLong("address.zip.code")).isEqualTo(5);
    assertThat(row.getDocument("address").toRelaxedJson())
        .isEqualTo("{\"city\":\"Oslo\",\"zip\":{\"code\":5}}");
    assertThat(row.isNull("address.x")).isTrue();
  }

  @Test
  void theFirstOfTwoFieldsOfOneNameCounts() {
    BasicOutputBuffer buffer = new BasicOutputBuffer();
    BsonBinaryWriter writer = new BsonBinaryWriter(buffer);
    writer.writeStartDocument();
    writer.writeInt32("v", 1);
    writer.writeInt32("v", 2);
    writer.writeEndDocument();
    byte[] bytes = buffer.toByteArray();
    BatchBuilder batch =
        new BatchBuilder(
            TableId.of("t"),
            List.of(Column.of("v", new DataType.Int(64, true), "")),
            DocumentFields.TICKS_PER_SECOND,
            Long.MAX_VALUE,
            10);
    new DocumentFields(List.of(DocumentPath.of("v")), List.of(batch.column(0)))
        .append(bytes, 0, bytes.length);
    batch.endRow(bytes.length);
    assertThat(batch.finish().iterator().next().getLong("v")).isEqualTo(1);
  }

  @Test
  void binaryDataOfAnotherSubtypeHasItBeside() {
    Record row =
        only(
            BsonDocument.parse("{v: {$binary: {base64: 'AQI=', subType: '80'}}}"),
            new DataType.Bytes());
    assertThat(row.getBytes("v")).containsExactly(1, 2);
    assertThat(row.original("v"))
        .contains("{\"$binary\":{\"base64\":\"AQI=\",\"subType\":\"80\"}}");
  }

  @Test
  void typesThatJavaLacksAreExtendedJson() {
    for (BsonDocument document :
        List.of(
            new BsonDocument("v", new BsonJavaScript("x()")),
            new BsonDocument("v", new BsonUndefined()),
            new BsonDocument("v", new BsonMaxKey()))) {
      assertThat(only(document, new DataType.Json()).getString("v"))
          .isEqualTo(Document.of(bson(document)).get("v"));
    }
    assertThat(only(new BsonDocument("v", new BsonSymbol("s")), new DataType.Text()).get("v"))
        .isEqualTo("s");
  }

  @Test
  void textThatIsNotUtf8IsRefused() {
    byte[] bytes = bson(new BsonDocument("v", new BsonString("ab")));
    bytes[bytes.length - 3] = (byte) 0xc3; // the second letter
    BatchBuilder batch =
        new BatchBuilder(
            TableId.of("t"),
            List.of(Column.of("v", new DataType.Text(), "")),
            DocumentFields.TICKS_PER_SECOND,
            Long.MAX_VALUE,
            10);
    DocumentFields fields =
        new DocumentFields(List.of(DocumentPath.of("v")), List.of(batch.column(0)));
    assertThatThrownBy(() -> fields.append(bytes, 0, bytes.length))
        .isInstanceOf(Document.MalformedException.class);
  }

  @Test
  void aTypeThatNoFieldHasIsRefused() {
    assertThat(DocumentFields.holdsFields(new DataType.Interval())).isFalse();
    assertThat(DocumentFields.holdsFields(new DataType.Int(64, false))).isFalse();
  }
}
