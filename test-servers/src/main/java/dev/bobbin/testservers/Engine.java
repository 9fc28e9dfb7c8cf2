package dev.bobbin.testservers;

import java.util.List;
import java.util.Map;

/** A kind of database server, with what its servers' addresses look like. */
enum Engine {
  POSTGRES(
      "PostgreSQL",
      "postgresql",
      "postgres",
      5432,
      "postgres",
      "BOBBIN_TEST_POSTGRES_URL",
      "postgresql://user:password@host:5432/postgres",
      "ApplicationName",
      "bobbin-test-servers"),

  /** MySQL and MariaDB. */
  MYSQL(
      "MySQL",
      "mysql",
      "mariadb",
      3306,
      "",
      "BOBBIN_TEST_MYSQL_URL",
      "mysql://user:password@host:3306/",
      // Without it no password can be told to MySQL 8 where there is no TLS.
      "allowPublicKeyRetrieval",
      "true");

  private final String label;
  private final String scheme;
  private final String otherScheme;
  private final int port;
  private final String database;
  private final String variable;
  private final String example;
  private final String driverProperty;
  private final String driverValue;

  Engine(
      String label,
      String scheme,
      String otherScheme,
      int port,
      String database,
      String variable,
      String example,
      String driverProperty,
      String driverValue) {
    this.label = label;
    this.scheme = scheme;
    this.otherScheme = otherScheme;
    this.port = port;
    this.database = database;
    this.variable = variable;
    this.example = example;
    this.driverProperty = driverProperty;
    this.driverValue = driverValue;
  }

  /** Its name as its users say it. */
  String label() {
    return label;
  }

  /** What may stand before {@code ://} in an address; JDBC's is the first. */
  List<String> schemes() {
    return List.of(scheme, otherScheme);
  }

  /** The port where an address names none. */
  int port() {
    return port;
  }

  /** The database to administer others from, where an address names none. */
  String database() {
    return database;
  }

  /** The environment variable that names a server which somebody else runs. */
  String variable() {
    return variable;
  }

  /** What the variable holds. */
  String example() {
    return example;
  }

  /** What the driver is told on every connection of this module's own. */
  Map<String, String> driverProperties() {
    return Map.of(driverProperty, driverValue);
  }

  /** The archives' programs run nowhere else. */
  void requireLinuxOnAmd64() {
    String system = System.getProperty("os.name");
    String processor = System.getProperty("os.arch");
    if (!system.equals("Linux") || !processor.equals("amd64")) {
      throw new UnsupportedOperationException(
          "The "
              + label
              + " servers of the tests run on Linux/amd64 only, and this is "
              + system
              + "/"
              + processor
              + ": start one yourself and name it in the environment variable "
              + variable
              + ", as in "
              + example);
    }
  }
}
