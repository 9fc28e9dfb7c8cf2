package dev.bobbin.dialect.sqlserver;

import java.util.Properties;

/**
 * What users choose besides host, login and TLS.
 *
 * @param instance the name of an instance, whose port the server's browser tells; empty for the
 *     port that was given
 * @param readOnlyIntent whether a secondary may answer
 * @param cutFrom the size from which a table is cut into ranges, in bytes
 */
record SqlServerOptions(String instance, boolean readOnlyIntent, long cutFrom) {

  static final SqlServerOptions USUAL = new SqlServerOptions("", false, 16L << 20);

  boolean isInstance() {
    return !instance.isEmpty();
  }

  SqlServerOptions withReadOnlyIntent() {
    return new SqlServerOptions(instance, true, cutFrom);
  }

  SqlServerOptions cutFrom(long bytes) {
    return new SqlServerOptions(instance, readOnlyIntent, bytes);
  }

  /** As the driver is told. */
  void set(Properties properties) {
    if (isInstance()) {
      properties.setProperty("instanceName", instance);
    }
    properties.setProperty("applicationIntent", readOnlyIntent ? "ReadOnly" : "ReadWrite");
  }
}
