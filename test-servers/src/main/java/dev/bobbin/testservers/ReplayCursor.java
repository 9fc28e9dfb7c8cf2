package dev.bobbin.testservers;

/**
 * The documents of one query that have not been sent yet. Used by one connection at a time.
 *
 * <p>In ascending order of {@code _id}, or in descending order.
 */
final class ReplayCursor {

  private final ReplayCollection collection;
  private final int step;
  private int next;
  private int left;

  ReplayCursor(ReplayCollection collection, ReplayFilter filter, boolean descending) {
    this.collection = collection;
    this.step = descending ? -1 : 1;
    this.next = descending ? filter.to() - 1 : filter.from();
    this.left = filter.count();
  }

  ReplayCollection collection() {
    return collection;
  }

  void skip(int documents) {
    int skipped = Math.min(left, documents);
    next += step * skipped;
    left -= skipped;
  }

  void limit(int documents) {
    left = Math.min(left, documents);
  }

  boolean isAtEnd() {
    return left == 0;
  }

  /** The {@code _id} of a document to come, 0 is the next one. */
  int id(int ahead) {
    return next + step * ahead;
  }

  /** How many documents are to come. */
  int left() {
    return left;
  }
}
