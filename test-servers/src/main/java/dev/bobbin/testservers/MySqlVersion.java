package dev.bobbin.testservers;

import java.util.List;

/**
 * A version of MySQL or MariaDB: its first two numbers. The constants are the versions that this
 * module can start.
 */
public record MySqlVersion(boolean mariaDb, int major, int minor) {
  public static final MySqlVersion V5_7 = new MySqlVersion(false, 5, 7);
  public static final MySqlVersion V8_0 = new MySqlVersion(false, 8, 0);
  public static final MySqlVersion MARIADB_11_4 = new MySqlVersion(true, 11, 4);

  /** The version that tests use where the version does not matter. */
  public static final MySqlVersion DEFAULT = V8_0;

  private static final List<MySqlVersion> BUNDLED = List.of(V5_7, V8_0, MARIADB_11_4);

  /** The versions that this module can start. */
  public static List<MySqlVersion> bundled() {
    return BUNDLED;
  }

  /** The bundled version of this name, such as "MySQL 8.0" or "MariaDB 11.4". */
  public static MySqlVersion of(String name) {
    return BUNDLED.stream()
        .filter(version -> version.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("No " + name + " is bundled; there are " + BUNDLED));
  }

  /** From {@code version()}: "8.0.15", "5.7.22-log", "11.4.5-MariaDB". */
  static MySqlVersion ofServer(String version) {
    String[] numbers = version.split("[.-]", 3);
    return new MySqlVersion(
        version.contains("MariaDB"), Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
  }

  /** Whether it is MySQL of this version or later. */
  public boolean isMySqlSince(int leastMajor, int leastMinor) {
    return !mariaDb && isSince(leastMajor, leastMinor);
  }

  /** Whether it is MariaDB of this version or later. */
  public boolean isMariaDbSince(int leastMajor, int leastMinor) {
    return mariaDb && isSince(leastMajor, leastMinor);
  }

  private boolean isSince(int leastMajor, int leastMinor) {
    return major > leastMajor || (major == leastMajor && minor >= leastMinor);
  }

  /** The name as its users say it: "MySQL 8.0", "MariaDB 11.4". */
  @Override
  public String toString() {
    return (mariaDb ? "MariaDB " : "MySQL ") + major + "." + minor;
  }
}
