package dev.bobbin.dialect.jdbc;

import java.util.Objects;

/**
 * One database of a source, as messages name it.
 *
 * @param product for example {@code PostgreSQL}
 * @param database its name
 * @param host where the server is; empty where only the host application's DataSource knows
 * @param port of the server; 0 where the host is empty
 * @param user whom Bobbin logs in as; empty where not known
 */
public record Endpoint(String product, String database, String host, int port, String user) {

  /** Checks that nothing is missing. */
  public Endpoint {
    Objects.requireNonNull(product);
    Objects.requireNonNull(database);
    Objects.requireNonNull(host);
    Objects.requireNonNull(user);
  }

  /** Another database of the same server. */
  public Endpoint with(String otherDatabase) {
    return new Endpoint(product, otherDatabase, host, port, user);
  }

  /** For example {@code PostgreSQL shop at db.internal:5432}. */
  public String describe() {
    String name = database.isEmpty() ? product : product + " " + database;
    return host.isEmpty()
        ? name + " through the host application's DataSource"
        : name + " at " + address();
  }

  /** Host and port, an IPv6 address in brackets. */
  public String address() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  @Override
  public String toString() {
    return describe();
  }
}
