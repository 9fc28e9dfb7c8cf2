package dev.bobbin.state;

import java.util.Objects;

/**
 * A saved document.
 *
 * @param name the name it was saved under
 * @param content JSON
 * @param recovered whether the last saved generation was damaged and this is the one before
 */
public record StateDocument(String name, String content, boolean recovered) {

  /** Checks that nothing is missing. */
  public StateDocument {
    Objects.requireNonNull(name);
    Objects.requireNonNull(content);
  }

  /** The name alone, since the content holds key values. */
  @Override
  public String toString() {
    return "state document " + name;
  }
}
