package dev.bobbin.benchmarks;

import dev.bobbin.testservers.SqlServer;
import dev.bobbin.testservers.SqlServer.Encryption;
import dev.bobbin.testservers.SqlServer.Home;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;

/** The SQL Server, or the Babelfish, that the environment names: none can be started here. */
record ExternalSqlServer(SqlServer server) implements DatabaseServer {

  /** The server that the environment names, in this JVM or one that it starts. */
  static SqlServer named() {
    return SqlServer.external()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "There is no SQL Server: name one in " + SqlServer.VARIABLE + "."));
  }

  /** A URL for the driver. */
  static String url(Source source) {
    SqlServer server = named();
    return "jdbc:sqlserver://"
        + source.host()
        + ":"
        + source.port()
        + ";databaseName={"
        + source.database()
        + "};user={"
        + server.user().replace("}", "}}")
        + "};password={"
        + server.password().replace("}", "}}")
        + "};encrypt="
        + (server.encryption() != Encryption.OFF)
        + ";trustServerCertificate="
        + (server.encryption() != Encryption.VERIFIED);
  }

  static Tls tls() {
    return switch (named().encryption()) {
      case OFF -> Tls.off();
      case UNVERIFIED -> Tls.withoutVerification();
      case VERIFIED -> Tls.verifyFull();
    };
  }

  @Override
  public String firstDatabase() {
    return createDatabase();
  }

  @Override
  public String createDatabase() {
    Home home = server.makeHome();
    if (!home.own()) {
      throw new IllegalStateException(
          server + " gives no database of its own, in which the benchmark could make its tables.");
    }
    return home.database();
  }

  @Override
  public Source source(String database) {
    return new Source(Product.SQLSERVER, server.host(), server.port(), database, server.user());
  }

  @Override
  public Connection connect(String database) throws SQLException {
    return server.connect(database);
  }

  @Override
  public void execute(String database, String... sql) throws SQLException {
    server.execute(database, sql);
  }

  /** In rows: what a table takes, not every such server tells. */
  @Override
  public String largestTable(String database) throws SQLException {
    return Objects.requireNonNull(
        server.query(database, "SELECT CAST(COUNT_BIG(*) AS varchar(20)) + ' rows' FROM shop"));
  }

  @Override
  public void close() {
    // somebody else's; its database goes with this JVM
  }
}
