package dev.bobbin.testkit;

import java.util.Objects;

/**
 * A value that the Java type of its column cannot hold, such as infinity in a timestamp: what an
 * {@link InMemorySource} is given for one, and what a {@link CollectingSink} shows of one.
 *
 * @param text the source's own text
 */
public record Unrepresentable(String text) {

  /** Checks that nothing is missing. */
  public Unrepresentable {
    Objects.requireNonNull(text);
  }
}
