package dev.bobbin.benchmarks;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/** A database without a password, as a child JVM is told of it. */
record Source(String host, int port, String database, String user) {

  String url() {
    return "jdbc:postgresql://" + host + ":" + port + "/" + database + "?user=" + user;
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url());
  }

  /** The form that {@link #parse} reads. */
  List<String> arguments() {
    return List.of(host, Integer.toString(port), database, user);
  }

  static Source parse(List<String> arguments) {
    return new Source(
        arguments.get(0), Integer.parseInt(arguments.get(1)), arguments.get(2), arguments.get(3));
  }
}
