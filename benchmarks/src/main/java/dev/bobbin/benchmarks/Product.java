package dev.bobbin.benchmarks;

import dev.bobbin.dialect.mongo.MongoDialect;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.dialect.sqlserver.SqlServerDialect;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.SqlServer;
import dev.bobbin.tls.Tls;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/** A database product that benchmarks read, and what differs in how one reads it. */
enum Product {
  POSTGRES {
    @Override
    DatabaseServer start() {
      return new Postgres(
          PostgresServer.version("18")
              .timeZone("UTC")
              .config("wal_level", "logical") // for Debezium
              .config("shared_buffers", "1GB")
              .config("max_wal_size", "4GB")
              .config("checkpoint_timeout", "1h")
              .config("autovacuum", "off")
              .start());
    }

    @Override
    String url(Source source) {
      return "jdbc:postgresql://" + source.address() + "?user=" + source.user();
    }

    @Override
    SourceDialect dialect(Source source) {
      return PostgresDialect.at(source.host(), source.port(), source.database())
          .tls(Tls.off())
          .login(source.user(), "");
    }

    @Override
    UUID uuid(ResultSet row, int column) throws SQLException {
      return row.getObject(column, UUID.class);
    }
  },

  MYSQL {
    @Override
    DatabaseServer start() {
      return new MySql(
          MySqlServer.version("MySQL 8.0")
              .timeZone("+00:00")
              .config("log_bin", "binlog") // for Debezium
              .config("innodb_buffer_pool_size", "1G")
              .config("innodb_log_file_size", "512M")
              .start());
    }

    @Override
    String url(Source source) {
      return "jdbc:mysql://" + source.address() + "?user=" + source.user();
    }

    @Override
    SourceDialect dialect(Source source) {
      return MySqlDialect.at(source.host(), source.port(), source.database())
          .tls(Tls.off())
          .login(source.user(), "");
    }

    /** The server has no such type: 16 bytes, as its function UUID_TO_BIN makes them. */
    @Override
    UUID uuid(ResultSet row, int column) throws SQLException {
      ByteBuffer bytes = ByteBuffer.wrap(row.getBytes(column));
      return new UUID(bytes.getLong(), bytes.getLong());
    }
  },

  SQLSERVER {
    @Override
    boolean isThere() {
      return SqlServer.external().isPresent();
    }

    @Override
    DatabaseServer start() {
      return new ExternalSqlServer(ExternalSqlServer.named());
    }

    @Override
    String url(Source source) {
      return ExternalSqlServer.url(source);
    }

    @Override
    SourceDialect dialect(Source source) {
      return SqlServerDialect.at(source.host(), source.port(), source.database())
          .tls(ExternalSqlServer.tls())
          .login(source.user(), ExternalSqlServer.named().password());
    }

    @Override
    UUID uuid(ResultSet row, int column) throws SQLException {
      return row.getObject(column, UUID.class);
    }
  },

  /** Has no tables of rows, and benchmarks of its own: {@link MongoBench}. */
  MONGODB {
    @Override
    DatabaseServer start() {
      throw new IllegalStateException("MongoBench starts its servers itself");
    }

    @Override
    String url(Source source) {
      return source.user().equals(MongoBench.CONFIGURED)
          ? System.getenv(MongoBench.CONFIGURED)
          : "mongodb://" + source.address();
    }

    @Override
    SourceDialect dialect(Source source) {
      String url = source.url();
      return url.contains("tls=true")
          ? MongoDialect.uri(url)
          : MongoDialect.uri(url).tls(Tls.off());
    }

    @Override
    UUID uuid(ResultSet row, int column) {
      throw new IllegalStateException("documents are not read by JDBC");
    }
  };

  /** Whether there is a server, or one can be started. */
  boolean isThere() {
    return true;
  }

  /** Starts a server whose memory holds all tables of the benchmarks. */
  abstract DatabaseServer start() throws SQLException;

  /** A URL for the driver, with no settings but those without which it does not connect. */
  abstract String url(Source source);

  /** Bobbin's dialect, with its settings as they come. */
  abstract SourceDialect dialect(Source source);

  /** The UUID in a column, counted from 1. */
  abstract UUID uuid(ResultSet row, int column) throws SQLException;
}
