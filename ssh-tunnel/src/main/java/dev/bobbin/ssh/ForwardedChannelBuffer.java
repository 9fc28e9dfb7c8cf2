package dev.bobbin.ssh;

/**
 * A queue of bytes that grows as it is filled, up to a capacity. Not thread-safe.
 *
 * <p>Once empty it begins at its front again: where the reader keeps pace, the same few pages stay
 * in the processor's cache however large the capacity is.
 */
final class ForwardedChannelBuffer {
  private static final int SMALLEST = 1 << 16;

  private final int capacity;
  private byte[] bytes = new byte[0];
  private int first;
  private int size;

  /**
   * An empty one.
   *
   * @param capacity a power of two, and no less than 64 KiB
   */
  ForwardedChannelBuffer(int capacity) {
    this.capacity = capacity;
  }

  int size() {
    return size;
  }

  /** False, and nothing is taken, where the capacity does not suffice. */
  boolean put(byte[] from, int offset, int length) {
    if (length > capacity - size) {
      return false;
    }
    if (size + length > bytes.length) {
      grow(size + length);
    }
    int end = (first + size) & (bytes.length - 1);
    int straight = Math.min(length, bytes.length - end);
    System.arraycopy(from, offset, bytes, end, straight);
    System.arraycopy(from, offset + straight, bytes, 0, length - straight);
    size += length;
    return true;
  }

  /** Takes at most so many bytes and returns how many. */
  int take(byte[] to, int offset, int length) {
    int taken = Math.min(length, size);
    int straight = Math.min(taken, bytes.length - first);
    System.arraycopy(bytes, first, to, offset, straight);
    System.arraycopy(bytes, 0, to, offset + straight, taken - straight);
    size -= taken;
    first = size == 0 ? 0 : (first + taken) & (bytes.length - 1);
    return taken;
  }

  /** Forgets what it holds, and lets go of its memory. */
  void clear() {
    bytes = new byte[0];
    first = 0;
    size = 0;
  }

  private void grow(int needed) {
    int length = Math.max(SMALLEST, bytes.length);
    while (length < needed) {
      length *= 2;
    }
    byte[] larger = new byte[length];
    int held = size;
    take(larger, 0, held);
    size = held;
    bytes = larger;
    first = 0;
  }
}
