package dev.bobbin.benchmarks;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import org.bson.ByteBuf;
import org.bson.RawBsonDocument;

/** A loop over documents that stay in BSON, which counts their bytes and decodes nothing. */
final class RawPeer implements Peer {

  /** Where the {@code _id} lies, the first element of each document. */
  private static final int ID_AT = 4 + 1 + 4;

  @Override
  public Copied copy(Source source, String table, long rows) {
    DocumentSum sum = new DocumentSum();
    try (MongoClient client = MongoClients.create(source.url())) {
      for (RawBsonDocument document :
          client
              .getDatabase(source.database())
              .getCollection(table, RawBsonDocument.class)
              .find()) {
        ByteBuf bytes = document.getByteBuffer();
        sum.add(bytes.getInt(bytes.position() + ID_AT), bytes.remaining());
      }
    }
    return sum.checked(rows, DocumentSize.of(table).bytes());
  }
}
