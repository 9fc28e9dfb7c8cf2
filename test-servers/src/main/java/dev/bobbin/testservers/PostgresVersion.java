package dev.bobbin.testservers;

import java.util.Comparator;
import java.util.List;

/**
 * A version of PostgreSQL in its users' counting: two numbers up to 9.6, one since 10 (the minor
 * number is then 0). The constants are the versions that this module can start.
 */
public record PostgresVersion(int major, int minor) implements Comparable<PostgresVersion> {
  public static final PostgresVersion V9_3 = new PostgresVersion(9, 3);
  public static final PostgresVersion V9_6 = new PostgresVersion(9, 6);
  public static final PostgresVersion V13 = new PostgresVersion(13, 0);
  public static final PostgresVersion V17 = new PostgresVersion(17, 0);
  public static final PostgresVersion V18 = new PostgresVersion(18, 0);

  /** The version that tests use where the version does not matter. */
  public static final PostgresVersion DEFAULT = V18;

  private static final List<PostgresVersion> BUNDLED = List.of(V9_3, V9_6, V13, V17, V18);

  private static final Comparator<PostgresVersion> ORDER =
      Comparator.comparingInt(PostgresVersion::major).thenComparingInt(PostgresVersion::minor);

  /** The versions that this module can start, oldest first. */
  public static List<PostgresVersion> bundled() {
    return BUNDLED;
  }

  /** The bundled version of this name, such as "18" or "9.6". */
  public static PostgresVersion of(String name) {
    return BUNDLED.stream()
        .filter(version -> version.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "No PostgreSQL " + name + " is bundled; there are " + BUNDLED));
  }

  /** From {@code server_version_num}: 90624 is 9.6, 180006 is 18. */
  static PostgresVersion ofNumber(int number) {
    int major = number / 10_000;
    return new PostgresVersion(major, major < 10 ? number / 100 % 100 : 0);
  }

  public boolean atLeast(int otherMajor) {
    return atLeast(otherMajor, 0);
  }

  public boolean atLeast(int otherMajor, int otherMinor) {
    return compareTo(new PostgresVersion(otherMajor, otherMinor)) >= 0;
  }

  @Override
  public int compareTo(PostgresVersion other) {
    return ORDER.compare(this, other);
  }

  /** The name as its users say it: "9.6", "18". */
  @Override
  public String toString() {
    return major < 10 ? major + "." + minor : Integer.toString(major);
  }
}
