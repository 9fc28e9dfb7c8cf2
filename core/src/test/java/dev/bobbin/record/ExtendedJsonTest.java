package dev.bobbin.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.bson.BsonBinaryReader;
import org.bson.BsonBinaryWriter;
import org.bson.BsonRegularExpression;
import org.bson.io.BasicOutputBuffer;
import org.bson.json.JsonMode;
import org.bson.json.JsonReader;
import org.bson.json.JsonWriter;
import org.bson.json.JsonWriterSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtendedJsonTest {

  private static final String NAME_A = "6100";

  /** A document with one field, {@code a}. */
  private static Document one(int type, String valueInHex) {
    byte[] value = HexFormat.of().parseHex(valueInHex);
    byte[] name = HexFormat.of().parseHex(NAME_A);
    int length = 4 + 1 + name.length + value.length + 1;
    return Document.of(
        ByteBuffer.allocate(length)
            .putInt(Integer.reverseBytes(length))
            .put((byte) type)
            .put(name)
            .put(value)
            .array());
  }

  /** The texts of the specification, and of its tests ("BSON corpus"). */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "01 | 000000000000f03f | {'$numberDouble':'1.0'} | 1.0",
        "01 | 0000000000000080 | {'$numberDouble':'-0.0'} | -0.0",
        "01 | 000000000000f87f | {'$numberDouble':'NaN'} | {'$numberDouble':'NaN'}",
        "01 | 120000000000f87f | {'$numberDouble':'NaN'} | {'$numberDouble':'NaN'}",
        "01 | 000000000000f07f | {'$numberDouble':'Infinity'} | {'$numberDouble':'Infinity'}",
        "01 | 000000000000f0ff | {'$numberDouble':'-Infinity'} | {'$numberDouble':'-Infinity'}",
        "02 | 0100000000 | '' | ''",
        "02 | 0400000061006200 | 'a\\u0000b' | 'a\\u0000b'",
        "03 | 0500000000 | {} | {}",
        "04 | 0500000000 | [] | []",
        "04 | 0c0000001061000a00000000 | [{'$numberInt':'10'}] | [10]",
        "05 | 0000000000 | {'$binary':{'base64':'','subType':'00'}}"
            + " | {'$binary':{'base64':'','subType':'00'}}",
        "05 | 060000000202000000ffff | {'$binary':{'base64':'//8=','subType':'02'}}"
            + " | {'$binary':{'base64':'//8=','subType':'02'}}",
        "05 | 0200000080ffff | {'$binary':{'base64':'//8=','subType':'80'}}"
            + " | {'$binary':{'base64':'//8=','subType':'80'}}",
        "06 | `` | {'$undefined':true} | {'$undefined':true}",
        "07 | 56e1fc72e0c917e9c4714161 | {'$oid':'56e1fc72e0c917e9c4714161'}"
            + " | {'$oid':'56e1fc72e0c917e9c4714161'}",
        "08 | 01 | true | true",
        "08 | 00 | false | false",
        "09 | 0000000000000000 | {'$date':{'$numberLong':'0'}} | {'$date':'1970-01-01T00:00:00Z'}",
        "09 | c5d8d6cc3b010000 | {'$date':{'$numberLong':'1356351330501'}}"
            + " | {'$date':'2012-12-24T12:15:30.501Z'}",
        "09 | c33ce7b9bdffffff | {'$date':{'$numberLong':'-284643869501'}}"
            + " | {'$date':{'$numberLong':'-284643869501'}}",
        "09 | ffdb1fd277e60000 | {'$date':{'$numberLong':'253402300799999'}}"
            + " | {'$date':'9999-12-31T23:59:59.999Z'}",
        "09 | 00dc1fd277e60000 | {'$date':{'$numberLong':'253402300800000'}}"
            + " | {'$date':{'$numberLong':'253402300800000'}}",
        "0a | `` | null | null",
        "0b | 61620000 | {'$regularExpression':{'pattern':'ab','options':''}}"
            + " | {'$regularExpression':{'pattern':'ab','options':''}}",
        "0b | 6100786d6900 | {'$regularExpression':{'pattern':'a','options':'imx'}}"
            + " | {'$regularExpression':{'pattern':'a','options':'imx'}}",
        "0c | 02000000620056e1fc72e0c917e9c4714161"
            + " | {'$dbPointer':{'$ref':'b','$id':{'$oid':'56e1fc72e0c917e9c4714161'}}}"
            + " | {'$dbPointer':{'$ref':'b','$id':{'$oid':'56e1fc72e0c917e9c4714161'}}}",
        "0d | 020000006200 | {'$code':'b'} | {'$code':'b'}",
        "0e | 020000006200 | {'$symbol':'b'} | {'$symbol':'b'}",
        "0f | 16000000020000006200 0c0000001061000a00000000"
            + " | {'$code':'b','$scope':{'a':{'$numberInt':'10'}}} | {'$code':'b','$scope':{'a':10}}",
        "10 | ffffff7f | {'$numberInt':'2147483647'} | 2147483647",
        "10 | 00000080 | {'$numberInt':'-2147483648'} | -2147483648",
        "11 | 00286bee00286bee | {'$timestamp':{'t':4000000000,'i':4000000000}}"
            + " | {'$timestamp':{'t':4000000000,'i':4000000000}}",
        "11 | 2a00000015cd5b07 | {'$timestamp':{'t':123456789,'i':42}}"
            + " | {'$timestamp':{'t':123456789,'i':42}}",
        "12 | ffffffffffffff7f | {'$numberLong':'9223372036854775807'} | 9223372036854775807",
        "12 | 0000000000000080 | {'$numberLong':'-9223372036854775808'} | -9223372036854775808",
        "13 | 000000000000000000000000000040b0 | {'$numberDecimal':'-0'} | {'$numberDecimal':'-0'}",
        "13 | 0000000000000000000000000000007c | {'$numberDecimal':'NaN'}"
            + " | {'$numberDecimal':'NaN'}",
        "13 | 00000000000000000000000000000078 | {'$numberDecimal':'Infinity'}"
            + " | {'$numberDecimal':'Infinity'}",
        "7f | `` | {'$maxKey':1} | {'$maxKey':1}",
        "ff | `` | {'$minKey':1} | {'$minKey':1}"
      })
  void writesEveryTypeAsTheSpecificationSays(
      String type, String value, String canonical, String relaxed) {
    Document document = one(Integer.parseInt(type, 16), value.replace(" ", ""));
    assertThat(document.toCanonicalJson())
        .isEqualTo("{\"a\":" + canonical.replace('\'', '"') + "}");
    assertThat(document.toRelaxedJson()).isEqualTo("{\"a\":" + relaxed.replace('\'', '"') + "}");
  }

  /** Without DBPointers, of which MongoDB's writer for Java makes DBRefs. */
  @Test
  void agreesWithMongosOwnWriterOnRandomDocuments() throws IOException {
    long seed = System.nanoTime();
    RandomBson random = new RandomBson(new Random(seed), false);
    for (int i = 0; i < 1_000; i++) {
      byte[] bson = random.document();
      String as = "seed " + seed + ", document " + i;
      assertThat(tokens(Document.of(bson).toCanonicalJson()))
          .as(as)
          .isEqualTo(tokens(mongos(bson, JsonMode.EXTENDED)));
      assertThat(tokens(Document.of(bson).toRelaxedJson()))
          .as(as)
          .isEqualTo(tokens(mongos(bson, JsonMode.RELAXED)));
    }
  }

  /** Without names that begin with a dollar, which mean something in extended JSON. */
  @Test
  void canonicalJsonMakesTheSameBytesAgain() {
    BasicOutputBuffer out = new BasicOutputBuffer();
    try (BsonBinaryWriter writer = new BsonBinaryWriter(out)) {
      writer.writeStartDocument();
      writer.writeInt32("a", 1);
      writer.writeInt64("a", 1);
      writer.writeDouble("", 1);
      writer.writeString("x.y", "\0\ud83d\ude00");
      writer.writeDateTime("past", Long.MIN_VALUE);
      writer.writeRegularExpression("r", new BsonRegularExpression("a/b\\", "imx"));
      writer.writeEndDocument();
    }
    byte[] bson = out.toByteArray();
    BasicOutputBuffer again = new BasicOutputBuffer();
    try (BsonBinaryWriter writer = new BsonBinaryWriter(again)) {
      writer.pipe(new JsonReader(Document.of(bson).toCanonicalJson()));
    }
    assertThat(again.toByteArray()).isEqualTo(bson);
  }

  private static String mongos(byte[] bson, JsonMode mode) {
    StringWriter text = new StringWriter();
    new JsonWriter(text, JsonWriterSettings.builder().outputMode(mode).build())
        .pipe(new BsonBinaryReader(ByteBuffer.wrap(bson)));
    return text.toString();
  }

  /**
   * The tokens, so that white space and escapes do not count. Doubles may differ in their form, and
   * MongoDB's writer for Java has subtypes in upper case and tenths of seconds with one digit.
   */
  private static List<String> tokens(String text) throws IOException {
    List<String> tokens = new ArrayList<>();
    String name = "";
    try (JsonParser json = new JsonFactory().createParser(text)) {
      while (json.nextToken() != null) {
        String token = json.getText();
        boolean isDouble = name.equals("$numberDouble") && token.matches("-?[0-9].*");
        if (json.currentToken() == JsonToken.VALUE_NUMBER_FLOAT || isDouble) {
          token = Double.toHexString(Double.parseDouble(token));
        } else if (name.equals("subType")) {
          token = token.toLowerCase(Locale.ROOT);
        } else if (name.equals("$date") && json.currentToken() == JsonToken.VALUE_STRING) {
          token = Instant.parse(token).toString();
        }
        tokens.add(json.currentToken() + " " + token);
        name = json.currentToken() == JsonToken.FIELD_NAME ? token : "";
      }
    }
    return tokens;
  }
}
