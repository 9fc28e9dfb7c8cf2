package dev.bobbin.error;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A failure that Bobbin reports: what went wrong ({@link #problem()}) and what to do about it
 * ({@link #remedy()}); the message is both, in this order.
 *
 * <p>Neither part ever holds a password, a key or a value of a row. Immutable and thread-safe as
 * far as {@link Throwable} is.
 */
public abstract sealed class BobbinException extends RuntimeException
    permits ConfigurationException,
        SourceException,
        SinkException,
        StateException,
        TunnelException {

  private static final long serialVersionUID = 1L;

  private final String problem;
  private final String remedy;

  BobbinException(String problem, String remedy, @Nullable Throwable cause) {
    super(Objects.requireNonNull(problem) + " " + Objects.requireNonNull(remedy), cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** What failed, on which table of which source, and in which state things are left. */
  public String problem() {
    return problem;
  }

  /** What the reader of the message can do about it. */
  public String remedy() {
    return remedy;
  }
}
