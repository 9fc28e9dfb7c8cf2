package dev.bobbin.benchmarks;

import dev.bobbin.testservers.ReplayCollection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;
import org.bson.types.ObjectId;

/**
 * Collections of orders, all of whose documents have the same size in BSON: larger ones have more
 * items. The same every time they are made.
 */
enum DocumentSize {
  HALF_KB("0.5k", 512, 1024),
  FIVE_KB("5k", 5 * 1024, 256),
  FIFTY_KB("50k", 50 * 1024, 64);

  /** What all documents of a benchmark come to: so much that connecting does not count. */
  private static final long BYTES = 2L << 30;

  private static final int SMALLER = 20;
  private static final int ID_BYTES = 1 + 4 + 4;

  /** What an element of an array takes beside its value, at most. */
  private static final int ELEMENT_BYTES = 1 + 5;

  private static final long EPOCH = 1_700_000_000_000L;

  private final String text;
  private final int bytes;
  private final int kinds;

  DocumentSize(String text, int bytes, int kinds) {
    this.text = text;
    this.bytes = bytes;
    this.kinds = kinds;
  }

  /** In names of files. */
  String text() {
    return text;
  }

  /** Of one document. */
  int bytes() {
    return bytes;
  }

  long defaultRows() {
    return BYTES / bytes;
  }

  /** The name of the collection. */
  String table() {
    return "orders_" + bytes;
  }

  Work work(long rows) {
    return Work.of(table(), rows, table() + "_small", small(rows));
  }

  private static long small(long rows) {
    return Math.max(1, rows / SMALLER);
  }

  /** The size of a collection's documents, by its name. */
  static DocumentSize of(String table) {
    for (DocumentSize size : values()) {
      if (table.equals(size.table()) || table.equals(size.table() + "_small")) {
        return size;
      }
    }
    throw new IllegalArgumentException("no collection " + table);
  }

  /** The collection, and the small one. */
  List<ReplayCollection> collections(long rows) {
    List<BsonDocument> all = kinds();
    return List.of(
        ReplayCollection.of(table(), Math.toIntExact(rows), all),
        ReplayCollection.of(table() + "_small", Math.toIntExact(small(rows)), all));
  }

  /** The documents without their {@code _id}; the one of an {@code _id} is at the rest of it. */
  List<BsonDocument> kinds() {
    Random random = new Random(bytes);
    List<BsonDocument> all = new ArrayList<>();
    for (int i = 0; i < kinds; i++) {
      all.add(kind(random, i));
    }
    return all;
  }

  private BsonDocument kind(Random random, int number) {
    BsonDocument customer =
        new BsonDocument("id", new BsonObjectId(new ObjectId((int) (EPOCH / 1000), number)))
            .append("name", new BsonString("Customer " + random.nextInt(1_000_000)))
            .append(
                "address",
                new BsonDocument("street", new BsonString(random.nextInt(999) + " Weaver Street"))
                    .append("city", new BsonString("Norwich"))
                    .append("postcode", new BsonString("NR" + random.nextInt(99))));
    BsonDocument document =
        new BsonDocument("number", new BsonString("O-" + random.nextInt(1_000_000)))
            .append("status", new BsonString(random.nextBoolean() ? "paid" : "open"))
            .append("gift", BsonBoolean.valueOf(random.nextInt(10) == 0))
            .append("customer", customer)
            .append("total", new BsonDouble(random.nextInt(100_000) / 100.0));
    BsonArray items = new BsonArray();
    document.append("items", items);
    document.append("note", new BsonString(""));
    document.append("updated", new BsonDateTime(EPOCH + random.nextInt(1 << 30) * 1000L));
    int size = size(document);
    BsonDocument item = item(random);
    while (size + ELEMENT_BYTES + size(item) <= bytes) {
      items.add(item);
      size += ELEMENT_BYTES + size(item);
      item = item(random);
    }
    document.put("note", new BsonString("x".repeat(bytes - size(document))));
    return document;
  }

  private static BsonDocument item(Random random) {
    return new BsonDocument("sku", new BsonString("SKU-" + random.nextInt(100_000)))
        .append("title", new BsonString("Thread " + random.nextInt(10_000) + ", cotton"))
        .append("quantity", new BsonInt32(1 + random.nextInt(20)))
        .append("price", new BsonDouble(random.nextInt(10_000) / 100.0));
  }

  private static int size(BsonDocument document) {
    return ID_BYTES
        + new RawBsonDocument(document, new BsonDocumentCodec()).getByteBuffer().remaining();
  }
}
