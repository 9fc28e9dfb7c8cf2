package dev.bobbin.error;

import org.jspecify.annotations.Nullable;

/** The tunnel to the source could not be opened, or broke. */
public final class TunnelException extends BobbinException {

  private static final long serialVersionUID = 1L;

  private final boolean retryable;

  /**
   * @param problem what failed
   * @param remedy what to do
   * @param retryable whether trying again may help
   * @param cause the underlying failure, or null
   */
  public TunnelException(
      String problem, String remedy, boolean retryable, @Nullable Throwable cause) {
    super(problem, remedy, cause);
    this.retryable = retryable;
  }

  /** Whether trying again may help. */
  public boolean isRetryable() {
    return retryable;
  }
}
