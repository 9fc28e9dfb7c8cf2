package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;

/**
 * Makes hot standbys by the manual's low-level base backup ("Making a Base Backup Using the Low
 * Level API"), as the archives hold no pg_basebackup.
 */
final class PostgresStandby {
  private static final Set<String> EMPTIED =
      Set.of("pg_replslot", "pg_dynshmem", "pg_notify", "pg_stat_tmp");
  private static final Set<String> LEFT = Set.of("postmaster.pid", "postmaster.opts");

  private PostgresStandby() {}

  static PostgresServer start(
      PostgresServer primary, ServerProcess process, PostgresSettings settings)
      throws SQLException {
    PostgresBinaries binaries = PostgresBinaries.of(primary.version());
    try {
      ServerProcess standby =
          new ServerProcess(binaries, Cache.running("postgres-" + primary.version()));
      try {
        copy(primary, process, standby);
        follow(primary, standby, settings);
        standby.start();
        return PostgresServerBuilder.of(standby, binaries, settings, primary, false);
      } catch (IOException | SQLException | RuntimeException e) {
        standby.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static void copy(PostgresServer primary, ServerProcess from, ServerProcess to)
      throws IOException, SQLException {
    PostgresVersion version = primary.version();
    try (Connection connection = primary.connect("postgres");
        Statement statement = connection.createStatement()) {
      if (version.atLeast(15)) {
        statement.execute("SELECT pg_backup_start('standby', true)");
      } else if (version.atLeast(9, 6)) {
        statement.execute("SELECT pg_start_backup('standby', true, false)");
      } else {
        statement.execute("SELECT pg_start_backup('standby', true)");
      }
      Folders.copy(from.data(), to.data(), EMPTIED, LEFT);
      if (!version.atLeast(9, 6)) {
        statement.execute("SELECT pg_stop_backup()"); // the label is in the copy already
        return;
      }
      String stop =
          version.atLeast(15)
              ? "pg_backup_stop(false)"
              : version.atLeast(10) ? "pg_stop_backup(false, false)" : "pg_stop_backup(false)";
      try (ResultSet label = statement.executeQuery("SELECT labelfile FROM " + stop)) {
        label.next();
        to.write("backup_label", label.getString(1));
      }
    }
  }

  private static void follow(
      PostgresServer primary, ServerProcess standby, PostgresSettings settings) throws IOException {
    String connection =
        "host="
            + primary.host()
            + " port="
            + primary.port()
            + " user="
            + primary.user()
            + " application_name=standby sslmode=disable";
    if (primary.version().atLeast(12)) {
      settings.with(Map.of("primary_conninfo", connection)).writeTo(standby);
      standby.write("standby.signal", "");
    } else {
      settings.writeTo(standby);
      standby.write(
          "recovery.conf",
          "standby_mode = on\nprimary_conninfo = " + PostgresSettings.literal(connection) + "\n");
    }
  }
}
