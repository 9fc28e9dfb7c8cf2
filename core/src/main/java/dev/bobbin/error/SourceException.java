package dev.bobbin.error;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A failure of the source database or of the way to it.
 *
 * <p>The cause, where there is one, has been stripped by the dialect of everything that could hold
 * a value of a row, such as a server's DETAIL lines.
 */
public final class SourceException extends BobbinException {

  private static final long serialVersionUID = 1L;

  /** What kind of failure it is, which decides what the runner does next. */
  public enum Kind {
    /**
     * Likely to pass: connection lost, serialization failure, recovery conflict on a replica, too
     * many connections, failover. Retried from the last checkpoint, with backoff, a bounded number
     * of times.
     */
    TRANSIENT,
    /** The table no longer is what the plan says. It is discovered again and planned anew. */
    STRUCTURE_CHANGED,
    /** Will not pass by itself: the table fails, the others go on. */
    PERMANENT
  }

  private final Kind kind;

  /**
   * @param kind what the runner may do about it
   * @param problem what failed, where
   * @param remedy what to do
   * @param cause the driver's failure without row values, or null
   */
  public SourceException(Kind kind, String problem, String remedy, @Nullable Throwable cause) {
    super(problem, remedy, cause);
    this.kind = Objects.requireNonNull(kind);
  }

  /** The kind of this failure. */
  public Kind kind() {
    return kind;
  }
}
