package dev.bobbin.benchmarks;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/** A database without a password, as a child JVM is told of it. */
record Source(Product product, String host, int port, String database, String user) {

  /** How many {@link #arguments} there are. */
  static final int ARGUMENTS = 5;

  /** Host, port and database as they are in a URL. */
  String address() {
    return host + ":" + port + "/" + database;
  }

  String url() {
    return product.url(this);
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url());
  }

  /** The form that {@link #parse} reads. */
  List<String> arguments() {
    return List.of(product.name(), host, Integer.toString(port), database, user);
  }

  static Source parse(List<String> arguments) {
    return new Source(
        Product.valueOf(arguments.get(0)),
        arguments.get(1),
        Integer.parseInt(arguments.get(2)),
        arguments.get(3),
        arguments.get(4));
  }
}
