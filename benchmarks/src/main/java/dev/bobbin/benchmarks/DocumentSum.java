package dev.bobbin.benchmarks;

import java.util.List;
import org.bson.BsonDocument;

/**
 * What a peer has read of a collection, in numbers that are known beforehand: how many documents, a
 * number that depends on every {@code _id}, and one that depends on every value that was asked for.
 */
final class DocumentSum {

  private long rows;
  private long ids;
  private long values;

  /**
   * Takes a document.
   *
   * @param value its size, or what {@link #of} makes of three values
   */
  void add(long id, long value) {
    rows++;
    ids += mixed(id);
    values += value;
  }

  synchronized void add(DocumentSum other) {
    rows += other.rows;
    ids += other.ids;
    values += other.values;
  }

  private static long mixed(long id) {
    long spread = (id + 1) * 0x9E3779B97F4A7C15L;
    return spread ^ spread >>> 29;
  }

  /** One number for the three values. */
  static long of(int nameLength, double total, long updated) {
    return nameLength + Double.doubleToRawLongBits(total) + updated;
  }

  /** What is in a collection of documents in turn. */
  static long[] valuesOf(List<BsonDocument> kinds) {
    return kinds.stream()
        .mapToLong(
            kind ->
                of(
                    kind.getDocument("customer").getString("name").getValue().length(),
                    kind.getDouble("total").getValue(),
                    kind.getDateTime("updated").getValue()))
        .toArray();
  }

  /**
   * What was read.
   *
   * @param kinds the values of documents in turn
   * @throws IllegalStateException if it is not exactly what there is
   */
  Copied checked(long there, long... kinds) {
    DocumentSum expected = new DocumentSum();
    for (long id = 0; id < there; id++) {
      expected.add(id, kinds[(int) (id % kinds.length)]);
    }
    if (rows != expected.rows || ids != expected.ids || values != expected.values) {
      throw new IllegalStateException(
          rows + " documents were read, and not once each of those " + there + " that there are");
    }
    return new Copied(rows, ids + values);
  }
}
