package dev.bobbin.benchmarks;

import static java.util.Objects.requireNonNull;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import java.util.EnumMap;
import java.util.Map;
import org.bson.Document;

/** A loop over documents as the driver gives them, as one writes it by hand. */
final class DocumentPeer implements Peer {

  private final boolean gets;
  private final Map<DocumentSize, long[]> known = new EnumMap<>(DocumentSize.class);

  private DocumentPeer(boolean gets) {
    this.gets = gets;
    for (DocumentSize size : DocumentSize.values()) {
      known.put(size, gets ? DocumentSum.valuesOf(size.kinds()) : new long[] {0});
    }
  }

  /** Takes the {@code _id} alone out of each document. */
  static DocumentPeer loop() {
    return new DocumentPeer(false);
  }

  /** Takes three values out of each document. */
  static DocumentPeer gets() {
    return new DocumentPeer(true);
  }

  @Override
  public Copied copy(Source source, String table, long rows) {
    DocumentSum sum = new DocumentSum();
    try (MongoClient client = MongoClients.create(source.url())) {
      for (Document document : client.getDatabase(source.database()).getCollection(table).find()) {
        sum.add(document.getInteger("_id"), gets ? values(document) : 0);
      }
    }
    return sum.checked(rows, requireNonNull(known.get(DocumentSize.of(table))));
  }

  private static long values(Document document) {
    return DocumentSum.of(
        document.get("customer", Document.class).getString("name").length(),
        document.getDouble("total"),
        document.getDate("updated").toInstant().toEpochMilli());
  }
}
