package dev.bobbin.dialect.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonBinaryReader;
import org.bson.BsonDocument;
import org.bson.BsonDocumentReader;
import org.bson.BsonInt32;
import org.bson.BsonSerializationException;
import org.bson.BsonString;
import org.bson.BsonType;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;
import org.bson.codecs.DecoderContext;
import org.junit.jupiter.api.Test;

class BsonSliceTest {

  private static final DecoderContext CONTEXT = DecoderContext.builder().build();

  private static BsonDocument document(int bytes) {
    return new BsonDocument("_id", new BsonInt32(bytes))
        .append("text", new BsonString("x".repeat(bytes)));
  }

  private static ByteBuffer bson(BsonDocument document) {
    ByteBuffer bytes = ByteBuffer.allocate(16 << 20).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new RawBsonDocument(document, new BsonDocumentCodec()).getByteBuffer().asNIO());
    return bytes.flip();
  }

  @Test
  void documentsOfAnAnswerAreTakenAsTheyAre() {
    List<BsonDocument> documents = new ArrayList<>();
    for (int bytes : new int[] {0, 10, 8_000, 9_000, 60_000, 1_000_000, 1}) {
      for (int i = 0; i < 12; i++) {
        documents.add(document(bytes + i));
      }
    }
    BsonDocument answer = new BsonDocument("batch", new BsonArray(documents));
    BsonSlice.AsSent codec = new BsonSlice.AsSent();
    List<BsonSlice> slices = new ArrayList<>();
    try (BsonBinaryReader reader = new BsonBinaryReader(bson(answer))) {
      reader.readStartDocument();
      assertThat(reader.readName()).isEqualTo("batch");
      reader.readStartArray();
      while (reader.readBsonType() != BsonType.END_OF_DOCUMENT) {
        slices.add(codec.decode(reader, CONTEXT));
      }
      reader.readEndArray();
      reader.readEndDocument();
    }

    assertThat(slices).extracting(BsonSlice::raw).containsExactlyElementsOf(raw(documents));
    assertThat(slices).allMatch(slice -> slice.document().byteSize() == slice.length());
  }

  private static List<RawBsonDocument> raw(List<BsonDocument> documents) {
    return documents.stream()
        .map(document -> new RawBsonDocument(document, new BsonDocumentCodec()))
        .toList();
  }

  @Test
  void aDocumentThatStandsAloneIsTakenFromEveryReader() {
    BsonDocument document = document(100);
    BsonSlice.AsSent codec = new BsonSlice.AsSent();

    BsonSlice binary = codec.decode(new BsonBinaryReader(bson(document)), CONTEXT);
    BsonSlice other = codec.decode(new BsonDocumentReader(document), CONTEXT);

    assertThat(binary.raw()).isEqualTo(document);
    assertThat(other.raw()).isEqualTo(document);
    assertThat(binary.get("_id")).isEqualTo(new BsonInt32(100));
  }

  @Test
  void aLengthThatIsNoneIsRefused() {
    ByteBuffer bytes = bson(document(1));
    bytes.putInt(0, 4);
    BsonSlice.AsSent codec = new BsonSlice.AsSent();

    assertThatThrownBy(() -> codec.decode(new BsonBinaryReader(bytes), CONTEXT))
        .isInstanceOf(BsonSerializationException.class);
  }
}
