package dev.bobbin.error;

import org.jspecify.annotations.Nullable;

/**
 * A failure of the sink. A sink throws {@link #retryable} for a failure that is likely to pass,
 * such as a deadlock in its database; any other exception of a sink fails the table.
 */
public final class SinkException extends BobbinException {

  private static final long serialVersionUID = 1L;

  private final boolean retryable;

  /**
   * A failure that does not pass by itself.
   *
   * @param problem what failed
   * @param remedy what to do
   * @param cause the sink's own exception, or null
   */
  public SinkException(String problem, String remedy, @Nullable Throwable cause) {
    this(problem, remedy, cause, false);
  }

  private SinkException(
      String problem, String remedy, @Nullable Throwable cause, boolean retryable) {
    super(problem, remedy, cause);
    this.retryable = retryable;
  }

  /**
   * A failure that is likely to pass: the runner tries again from the last checkpoint, with
   * backoff, a bounded number of times.
   *
   * @param problem what failed
   * @param cause the sink's own exception, or null
   */
  public static SinkException retryable(String problem, @Nullable Throwable cause) {
    return new SinkException(
        problem,
        "A run retries a few times, from the last checkpoint; if it stays, see the cause.",
        cause,
        true);
  }

  /** Whether trying again may help. */
  public boolean isRetryable() {
    return retryable;
  }
}
