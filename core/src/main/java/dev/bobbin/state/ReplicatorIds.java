package dev.bobbin.state;

import dev.bobbin.error.ConfigurationException;

/** The rule for replicator ids, which become names of folders. */
final class ReplicatorIds {

  private static final int MAX_LENGTH = 128;

  private ReplicatorIds() {}

  static String check(String id) {
    if (id.isEmpty()
        || id.length() > MAX_LENGTH
        || !id.chars()
            .allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) {
      throw new ConfigurationException(
          "\"" + id + "\" is no id of a replicator.",
          "Use 1 to " + MAX_LENGTH + " lower-case letters, digits and underscores.");
    }
    return id;
  }
}
