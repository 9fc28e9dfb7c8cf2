package dev.bobbin.error;

import org.jspecify.annotations.Nullable;

/**
 * The saved state cannot be used or written: damaged, of a newer format, held by another run, or no
 * longer fitting the selection. It is never treated as 'there is no state'.
 */
public final class StateException extends BobbinException {

  private static final long serialVersionUID = 1L;

  /**
   * @param problem what is wrong with the state
   * @param remedy what to do
   * @param cause the underlying failure, or null
   */
  public StateException(String problem, String remedy, @Nullable Throwable cause) {
    super(problem, remedy, cause);
  }
}
