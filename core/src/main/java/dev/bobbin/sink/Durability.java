package dev.bobbin.sink;

import java.time.Duration;

/** When what a sink took is durable. Immutable. */
public final class Durability {

  /** When {@link RecordSink#write} returns. The default. */
  public static final Durability ON_WRITE = new Durability(0, Duration.ZERO);

  private final long bytes;
  private final Duration time;

  private Durability(long bytes, Duration time) {
    this.bytes = bytes;
    this.time = time;
  }

  /**
   * When {@link RecordSink#flush} returns. The runner flushes a table at the end of each scan, and
   * when this much was written or this time has passed since the last flush, whichever is first.
   *
   * @param bytes positive
   * @param time positive
   */
  public static Durability onFlush(long bytes, Duration time) {
    if (bytes <= 0 || time.isZero() || time.isNegative()) {
      throw new IllegalArgumentException("flush after " + bytes + " bytes or " + time);
    }
    return new Durability(bytes, time);
  }

  /** Whether the runner has to flush. */
  public boolean isOnFlush() {
    return bytes > 0;
  }

  /** The bytes after which the runner flushes. */
  public long bytes() {
    return bytes;
  }

  /** The time after which the runner flushes. */
  public Duration time() {
    return time;
  }

  @Override
  public String toString() {
    return isOnFlush()
        ? "durable on flush, every " + bytes + " bytes or " + time
        : "durable on write";
  }
}
