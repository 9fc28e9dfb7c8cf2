package dev.bobbin.record;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bson.BsonBinary;
import org.bson.BsonBinaryWriter;
import org.bson.BsonDbPointer;
import org.bson.BsonRegularExpression;
import org.bson.BsonTimestamp;
import org.bson.io.BasicOutputBuffer;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;

/** Random documents with values of every type, written by MongoDB's own writer. */
final class RandomBson {

  private static final List<String> NAMES =
      List.of("a", "b", "", "a.b", "$oid", "$", "0", "1", "naïve", "\ud83d\ude00", "\"", "名前");
  private static final int KINDS = 21;

  private final Random random;
  private final boolean dbPointers;

  RandomBson(Random random) {
    this(random, true);
  }

  RandomBson(Random random, boolean dbPointers) {
    this.random = random;
    this.dbPointers = dbPointers;
  }

  byte[] document() {
    BasicOutputBuffer out = new BasicOutputBuffer();
    try (BsonBinaryWriter writer = new BsonBinaryWriter(out)) {
      document(writer, 0);
    }
    return out.toByteArray();
  }

  private void document(BsonBinaryWriter writer, int depth) {
    writer.writeStartDocument();
    int count = random.nextInt(8);
    for (int i = 0; i < count; i++) {
      writer.writeName(NAMES.get(random.nextInt(NAMES.size())));
      value(writer, depth);
    }
    writer.writeEndDocument();
  }

  private void value(BsonBinaryWriter writer, int depth) {
    switch (random.nextInt(depth < 4 ? KINDS : KINDS - 3)) {
      case 0 -> writer.writeDouble(Double.longBitsToDouble(random.nextLong()));
      case 1 -> writer.writeDouble(random.nextInt(2000) / 8.0 - 100);
      case 2 -> writer.writeString(text());
      case 3 -> writer.writeBinaryData(binary());
      case 4 -> writer.writeUndefined();
      case 5 -> writer.writeObjectId(objectId());
      case 6 -> writer.writeBoolean(random.nextBoolean());
      case 7 -> writer.writeDateTime(random.nextLong() >> random.nextInt(40));
      case 8 -> writer.writeNull();
      case 9 -> writer.writeRegularExpression(new BsonRegularExpression(name(), "imx"));
      case 10 -> {
        if (dbPointers) {
          writer.writeDBPointer(new BsonDbPointer(text(), objectId()));
        } else {
          writer.writeNull();
        }
      }
      case 11 -> writer.writeJavaScript(text());
      case 12 -> writer.writeSymbol(text());
      case 13 -> writer.writeInt32(random.nextInt());
      case 14 -> writer.writeTimestamp(new BsonTimestamp(random.nextLong()));
      case 15 -> writer.writeInt64(random.nextLong() >> random.nextInt(63));
      case 16 ->
          writer.writeDecimal128(
              Decimal128.fromIEEE754BIDEncoding(
                  random.nextLong() & 0xfffcffffffffffffL, random.nextLong()));
      case 17 -> {
        if (random.nextBoolean()) {
          writer.writeMinKey();
        } else {
          writer.writeMaxKey();
        }
      }
      case 18 -> document(writer, depth + 1);
      case 19 -> {
        writer.writeStartArray();
        int count = random.nextInt(12);
        for (int i = 0; i < count; i++) {
          value(writer, depth + 1);
        }
        writer.writeEndArray();
      }
      default -> {
        writer.writeJavaScriptWithScope(text());
        document(writer, depth + 1);
      }
    }
  }

  private String name() {
    return NAMES.get(random.nextInt(NAMES.size()));
  }

  private String text() {
    return name() + "\0\n\u2028\u007f\ufffd".substring(random.nextInt(6)) + name();
  }

  private ObjectId objectId() {
    byte[] bytes = new byte[12];
    random.nextBytes(bytes);
    return new ObjectId(bytes);
  }

  private BsonBinary binary() {
    byte subtype = (byte) random.nextInt(256);
    byte[] data = new byte[subtype == 3 || subtype == 4 ? 16 : random.nextInt(40)];
    random.nextBytes(data);
    return new BsonBinary(subtype, Arrays.copyOf(data, data.length));
  }
}
