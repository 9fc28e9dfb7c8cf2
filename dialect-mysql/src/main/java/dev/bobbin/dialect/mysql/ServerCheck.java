package dev.bobbin.dialect.mysql;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.dialect.jdbc.ServerClock;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What the host should know of a server itself: its role, and its clock. */
final class ServerCheck {

  private static final int SAYS_REPLICA = 80_022;
  private static final int NO_PRIVILEGE = 1227;

  private static final Duration LATE = Duration.ofMinutes(10);

  private static final String SERVER =
      "SELECT UNIX_TIMESTAMP(NOW(6)), @@GLOBAL.time_zone, @@GLOBAL.system_time_zone";

  private final Server server;
  private final Clock clock;

  ServerCheck(Server server, Clock clock) {
    this.server = server;
    this.clock = clock;
  }

  List<Finding> findings() {
    try (ReadOnlyTransaction transaction =
            server.begin(ReadOnlyTransaction.Isolation.READ_COMMITTED);
        Statement statement = transaction.connection().createStatement()) {
      Finding role = role(transaction.connection());
      Instant asked = clock.instant();
      try (ResultSet row = statement.executeQuery(SERVER)) {
        Instant answered = clock.instant();
        row.next();
        return List.of(
            role, ServerClock.finding(asked, instant(row.getBigDecimal(1)), answered, zone(row)));
      }
    } catch (SQLException e) {
      throw server.failures().of(e, Activity.STRUCTURE_SYNC);
    }
  }

  private static Instant instant(BigDecimal seconds) {
    return Instant.EPOCH.plusNanos(seconds.movePointRight(9).longValue());
  }

  private static String zone(ResultSet row) throws SQLException {
    String zone = row.getString(2);
    return "Its time zone is "
        + (zone.equals("SYSTEM") ? "that of its system, " + row.getString(3) : zone)
        + "; Bobbin reads in UTC, whatever zone is set.";
  }

  private Finding role(Connection connection) throws SQLException {
    String writes =
        server.replica()
            ? "The server takes no writes (read_only), as a replica does."
            : "The server takes writes, as a primary does.";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(status())) {
      if (!row.next()) {
        return Finding.pass(Subject.ROLE, writes);
      }
      long behind = row.getLong(seconds());
      if (row.wasNull()) {
        return Finding.warning(
            Subject.ROLE,
            writes + " It is a replica that does not replicate at the moment.",
            "Start its replication, or nothing new arrives: " + status() + " says why it stopped.");
      }
      String seen = writes + " It is a replica, " + behind + " s behind its source.";
      return behind < LATE.toSeconds()
          ? Finding.pass(Subject.ROLE, seen)
          : Finding.warning(
              Subject.ROLE, seen, "What is newer than that arrives with a later run.");
    } catch (SQLException e) {
      if (e.getErrorCode() != NO_PRIVILEGE) {
        throw e;
      }
      return Finding.pass(
          Subject.ROLE,
          server.replica() ? writes + " How far it is behind, this user may not see." : writes);
    }
  }

  private String status() {
    return isNewName() ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS";
  }

  private String seconds() {
    return isNewName() ? "Seconds_Behind_Source" : "Seconds_Behind_Master";
  }

  private boolean isNewName() {
    return server.kind().isMySqlSince(SAYS_REPLICA);
  }
}
