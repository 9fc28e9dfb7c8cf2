package dev.bobbin.ssh;

import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.tls.Tls;
import java.sql.SQLException;

/**
 * A database behind a tunnel, with one table {@code orders} of so many rows, the text of each of
 * which follows from its id.
 */
record Shop(SourceDialect dialect, String host, int port, Dropping database, long rows, int repeats)
    implements AutoCloseable {

  /** Drops the database. */
  interface Dropping {
    void drop() throws SQLException;
  }

  /** The products, by the names that tests give them. */
  static Shop on(String product, int rows, int repeats) throws SQLException {
    return product.equals("PostgreSQL") ? postgres(rows, repeats) : mysql(product, rows, repeats);
  }

  private static Shop postgres(int rows, int repeats) throws SQLException {
    PostgresServer server = PostgresServer.shared(PostgresVersion.DEFAULT);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE orders (id bigint PRIMARY KEY, payload text NOT NULL)",
        // stored as it is: compressing a gibibyte would take longer than the test
        "ALTER TABLE orders ALTER payload SET STORAGE EXTERNAL",
        "INSERT INTO orders SELECT i, repeat(md5(i::text), "
            + repeats
            + ") FROM generate_series(1, "
            + rows
            + ") i",
        "ANALYZE orders");
    PostgresDialect dialect =
        PostgresDialect.at(server.host(), server.port(), database)
            .tls(Tls.off())
            .login(server.user(), server.password().orElse(""));
    return new Shop(
        dialect, server.host(), server.port(), () -> server.dropDatabase(database), rows, repeats);
  }

  private static Shop mysql(String version, int rows, int repeats) throws SQLException {
    MySqlServer server = MySqlServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database, "CREATE TABLE orders (id bigint PRIMARY KEY, payload mediumtext NOT NULL)");
    server.execute(database, "INSERT INTO orders VALUES (1, REPEAT(MD5(1), " + repeats + "))");
    for (long have = 1; have < rows; have *= 2) {
      server.execute(
          database,
          "INSERT INTO orders SELECT id + "
              + have
              + ", REPEAT(MD5(id + "
              + have
              + "), "
              + repeats
              + ") FROM orders WHERE id + "
              + have
              + " <= "
              + rows);
    }
    server.execute(database, "ANALYZE TABLE orders");
    MySqlDialect dialect =
        MySqlDialect.at(server.host(), server.port(), database)
            .tls(Tls.off())
            .property("allowPublicKeyRetrieval", "true")
            .login(server.user(), server.password().orElse(""));
    return new Shop(
        dialect, server.host(), server.port(), () -> server.dropDatabase(database), rows, repeats);
  }

  @Override
  public void close() throws SQLException {
    database.drop();
  }
}
