package dev.bobbin.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MalformedDocumentTest {

  /** The offset and a part of what is wrong; from the BSON corpus' decoding errors and by hand. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | 0 | fewer than 5 bytes",
        "04000000 | 0 | fewer than 5 bytes",
        "0600000000 | 0 | length that is not that of its bytes",
        "0400000000 | 0 | length that is not that of its bytes",
        "ffffffff00 | 0 | length that is not that of its bytes",
        "0500000001 | 4 | does not end with a zero byte",
        "060000000000 | 4 | ends before its length",
        "07000000616100 | 4 | the type 0x61",
        "0700000080 6100 | 4 | the type 0x80",
        "080000000a616100 | 5 | not ended",
        "060000000a00 | 5 | not ended",
        "09000000106100 0100 | 7 | does not fit its document",
        "0a000000016100 000000 | 7 | does not fit its document",
        "08000000086100 00 | 7 | does not fit its document",
        "09000000086100 0200 | 7 | neither 0 nor 1",
        "0c000000026100 00000000 00 | 7 | string's length",
        "0c000000026100 ffffffff 00 | 7 | string's length",
        "0c000000026100 00000080 00 | 7 | string's length",
        "0c000000026100 ffffff7f 00 | 7 | string's length",
        "0e000000026100 03000000 6200 00 | 7 | string's length",
        "0d000000026100 01000000 62 00 | 11 | does not end with a zero byte",
        "0e000000026100 02000000 e900 00 | 11 | not UTF-8",
        "10000000026100 04000000 eda08000 00 | 11 | not UTF-8",
        "080000000ae900 00 | 5 | not UTF-8",
        "0e000000036100 0700000000 0000 | 7 | does not fit its document",
        "0d000000036100 0600000000 00 | 7 | does not fit its document",
        "0d000000036100 0400000000 00 | 7 | does not fit its document",
        "0d000000036100 0500000001 00 | 11 | does not end with a zero byte",
        "0e000000036100 060000000000 00 | 11 | ends before its length",
        "0d000000056100 ffffffff00 00 | 7 | does not fit its document",
        "0d000000056100 0100000000 00 | 7 | does not fit its document",
        "0d000000056100 ffffff7f00 00 | 7 | does not fit its document",
        "11000000056100 0400000002 01000000 00 | 7 | two lengths do not agree",
        "0f000000056100 0200000002 0000 00 | 7 | two lengths do not agree",
        "0a0000000b6100 6200 00 | 9 | not ended",
        "0a0000000b6100 6262 00 | 7 | not ended",
        "1100000007610000000000000000000000 | 7 | does not fit its document",
        "0f0000000c6100 01000000 00 0000 00 | 12 | does not fit its document",
        "160000000f6100 0e000000 01000000 00 0600000000 00 | 16 | that of its bytes",
        "160000000f6100 0e000000 0b000000 00 0500000000 00 | 11 | string's length",
        "150000000f6100 0d000000 00000000 05000000 00 00 | 7 | does not fit its document",
        "170000000f6100 10000000 01000000 00 0500000000 00 00 | 7 | does not fit its document"
      })
  void saysWhatIsWrongAndWhere(String hex, int offset, String problem) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    byte[] arena = new byte[bytes.length + 64];
    Arrays.fill(arena, (byte) 0x11);
    System.arraycopy(bytes, 0, arena, 9, bytes.length);
    Document.MalformedException exception =
        catchThrowableOfType(
            Document.MalformedException.class, () -> readAll(Document.of(arena, 9, bytes.length)));
    assertThat(exception).as(hex).isNotNull();
    assertThat(exception.getMessage()).contains(problem).endsWith("at byte " + offset + ".");
    assertThat(exception.offset()).isEqualTo(offset);
  }

  @Test
  void countsOffsetsOfInnerDocumentsFromTheWholeOne() {
    byte[] bytes = HexFormat.of().parseHex("11000000036100" + "09000000086200" + "0500" + "00");
    Document inner = Document.of(bytes).getDocument("a");
    assertThatThrownBy(() -> inner.getBoolean("b"))
        .isInstanceOf(Document.MalformedException.class)
        .hasMessageEndingWith("at byte 14.");
  }

  /** Documents, arrays or code with a scope, each in the last one. */
  private static byte[] nested(int type, int depth) {
    int header = type == 0x0f ? 4 + 5 : 0;
    byte[] document = {5, 0, 0, 0, 0};
    for (int i = 1; i < depth; i++) {
      ByteBuffer around =
          ByteBuffer.allocate(document.length + header + 8).order(ByteOrder.LITTLE_ENDIAN);
      around.putInt(around.capacity()).put((byte) type).put((byte) 'd').put((byte) 0);
      if (header > 0) {
        around.putInt(document.length + header).putInt(1).put((byte) 0);
      }
      document = around.put(document).put((byte) 0).array();
    }
    return document;
  }

  @Test
  void refusesWhatIsNestedDeeperThan200() {
    for (int type : new int[] {0x03, 0x04, 0x0f}) {
      readAll(Document.of(nested(type, 200)));
      for (int depth : new int[] {201, 20_000}) {
        Document deep = Document.of(nested(type, depth));
        assertThatThrownBy(deep::toCanonicalJson)
            .isInstanceOf(Document.MalformedException.class)
            .hasMessageContaining("deeper than 200");
        assertThatThrownBy(deep::toRelaxedJson).isInstanceOf(Document.MalformedException.class);
      }
    }
    Document arrays = Document.of(nested(0x04, 20_000));
    assertThatThrownBy(() -> arrays.get("d")).isInstanceOf(Document.MalformedException.class);
    assertThatThrownBy(() -> arrays.getList("d")).isInstanceOf(Document.MalformedException.class);
    assertThatThrownBy(
            () ->
                Document.of(nested(0x03, 20_000))
                    .get(DocumentPath.of(Collections.nCopies(201, "d"))))
        .isInstanceOf(Document.MalformedException.class);
    assertThat(Document.of(nested(0x03, 200)).has(DocumentPath.of(Collections.nCopies(199, "d"))))
        .isTrue();
  }

  /** Everything that can be read of a document. */
  private static void readAll(Document document) {
    List<Document.MalformedException> problems = new ArrayList<>();
    for (Runnable reading :
        List.<Runnable>of(
            () -> document.names().forEach(name -> readField(document, name)),
            document::toCanonicalJson,
            document::toRelaxedJson,
            document::bytes)) {
      try {
        reading.run();
      } catch (Document.MalformedException e) {
        problems.add(e);
      }
    }
    if (!problems.isEmpty()) {
      throw problems.get(0);
    }
  }

  private static void readField(Document document, String name) {
    DocumentPath path = DocumentPath.of(name);
    Object value = document.get(path);
    if (value instanceof Document inner) {
      readAll(inner);
    }
    for (Runnable getter :
        List.<Runnable>of(
            () -> document.getLong(path),
            () -> document.getDouble(path),
            () -> document.getDecimal(path),
            () -> document.getString(path),
            () -> document.getBytes(path),
            () -> document.getUuid(path),
            () -> document.getList(path))) {
      try {
        getter.run();
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("in the document");
      }
    }
  }

  @Test
  void givesValuesOrSaysThatItIsMalformedWhateverBitsAreFlipped() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    RandomBson documents = new RandomBson(random);
    int malformed = 0;
    for (int i = 0; i < 400; i++) {
      byte[] bson = documents.document();
      readAll(Document.of(bson));
      for (int j = 0; j < 20; j++) {
        byte[] changed = bson.clone();
        int flips = 1 + random.nextInt(3);
        for (int k = 0; k < flips; k++) {
          changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
        }
        if (random.nextInt(10) == 0) {
          changed = Arrays.copyOf(changed, random.nextInt(changed.length + 1));
        }
        try {
          readAll(Document.of(changed));
        } catch (Document.MalformedException e) {
          malformed++;
          assertThat(e.offset()).isBetween(0, Math.max(0, changed.length - 1));
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
          throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(changed), e);
        }
      }
    }
    assertThat(malformed).isBetween(800, 7_999);
  }
}
