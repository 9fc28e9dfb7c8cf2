package dev.bobbin.internal;

import dev.bobbin.error.ConfigurationException;
import java.util.Locale;

/**
 * The rule that makes an id of a name: lower case; every run of characters other than a to z and 0
 * to 9 becomes one underscore; none at the ends. "Stitch RDS" becomes {@code stitch_rds}.
 */
public final class ReplicatorName {

  private static final int LONGEST = 128;

  private ReplicatorName() {}

  /**
   * The id of a name.
   *
   * @throws ConfigurationException if nothing is left of it
   */
  public static String idOf(String name) {
    String id = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^_|_$", "");
    if (id.isEmpty()) {
      throw new ConfigurationException(
          "The name \"" + name + "\" holds no letter from a to z and no digit to make an id of.",
          "Give a name such as named(\"Shop orders\"), which has the id shop_orders.");
    }
    if (id.length() > LONGEST) {
      throw new ConfigurationException(
          "The name makes an id of " + id.length() + " characters, more than " + LONGEST + ".",
          "Give a shorter name.");
    }
    return id;
  }
}
