package dev.bobbin.dialect.sqlserver;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.dialect.jdbc.ServerClock;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.dialect.jdbc.load.SqlText;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;

/** What the host should know of a server itself: its role, and its clock. */
final class ServerCheck {

  private static final String NOW = "SELECT SYSUTCDATETIME()";

  private final Server server;
  private final Clock clock;

  ServerCheck(Server server, Clock clock) {
    this.server = server;
    this.clock = clock;
  }

  List<Finding> findings() {
    try (ReadTransaction connection = server.borrow()) {
      Instant asked = clock.instant();
      Instant[] told = {asked};
      StructureSync.query(
          connection,
          new SqlText(NOW, List.of()),
          row ->
              told[0] =
                  Objects.requireNonNull(row.getObject(1, LocalDateTime.class))
                      .toInstant(ZoneOffset.UTC));
      return List.of(
          role(),
          ServerClock.finding(
              asked,
              told[0],
              clock.instant(),
              "Its times are read as they are stored, in no zone."));
    } catch (SQLException e) {
      throw server.failures().of(e, Activity.STRUCTURE_SYNC);
    }
  }

  private Finding role() {
    return Finding.pass(
        Subject.ROLE,
        server.greeting().readOnly()
            ? "The database takes no writes, as a secondary does: what its primary has committed"
                + " arrives later here."
            : server.kind().babelfish()
                ? "The server is PostgreSQL behind Babelfish."
                : "The database takes writes, as a primary does.");
  }
}
