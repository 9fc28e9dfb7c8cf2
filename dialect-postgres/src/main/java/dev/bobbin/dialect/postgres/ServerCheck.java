package dev.bobbin.dialect.postgres;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.dialect.jdbc.BorrowedConnection;
import dev.bobbin.dialect.jdbc.ServerClock;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.stream.LongStream;

/** What the host should know of a server itself: its role, and its clock. */
final class ServerCheck {

  /** Below this a first load of a large table is likely to be cancelled (the default is 30 s). */
  private static final Duration PATIENT = Duration.ofHours(1);

  // Not TimeZone: the driver sets that for the session, to this machine's.
  private static final String SERVER =
      """
      SELECT clock_timestamp(), current_setting('log_timezone'), pg_is_in_recovery(),
             current_setting('max_standby_streaming_delay'),
             current_setting('max_standby_archive_delay'),
             current_setting('hot_standby_feedback'),
             (SELECT setting::int8 FROM pg_settings WHERE name = 'max_standby_streaming_delay'),
             (SELECT setting::int8 FROM pg_settings WHERE name = 'max_standby_archive_delay')
      """;

  private final Databases databases;
  private final Clock clock;

  ServerCheck(Databases databases, Clock clock) {
    this.databases = databases;
    this.clock = clock;
  }

  List<Finding> findings() {
    return databases.visit(databases.endpoint().database(), this::look);
  }

  private List<Finding> look(BorrowedConnection borrowed) {
    try (ReadOnlyTransaction transaction = databases.begin(borrowed);
        Statement statement = transaction.connection().createStatement()) {
      Instant asked = clock.instant();
      try (ResultSet row = statement.executeQuery(SERVER)) {
        Instant answered = clock.instant();
        row.next();
        return List.of(
            role(row),
            ServerClock.finding(
                asked,
                row.getObject(1, OffsetDateTime.class).toInstant(),
                answered,
                "It keeps its log in the time zone "
                    + row.getString(2)
                    + "; Bobbin reads in UTC, whatever zone is set."));
      }
    } catch (SQLException e) {
      throw databases.failures(databases.endpoint().database()).of(e, Activity.STRUCTURE_SYNC);
    }
  }

  private static Finding role(ResultSet row) throws SQLException {
    if (!row.getBoolean(3)) {
      return Finding.pass(Subject.ROLE, "The server is a primary.");
    }
    String seen =
        "The server is a hot standby. A read that conflicts with what it replays is cancelled after"
            + " max_standby_streaming_delay = "
            + row.getString(4)
            + ", and while it restores from the archive max_standby_archive_delay = "
            + row.getString(5)
            + "; hot_standby_feedback = "
            + row.getString(6)
            + ".";
    boolean patient =
        LongStream.of(row.getLong(7), row.getLong(8))
            .allMatch(millis -> millis < 0 || millis >= PATIENT.toMillis());
    return patient
        ? Finding.pass(Subject.ROLE, seen)
        : Finding.warning(
            Subject.ROLE,
            seen,
            "For the first sync of large tables raise both delays on the standby, to 8h for"
                + " example, or to -1 for no limit: meanwhile it can fall behind its primary by as"
                + " much. hot_standby_feedback = on avoids most conflicts, but lets the primary's"
                + " tables bloat while a long read lasts.");
  }
}
