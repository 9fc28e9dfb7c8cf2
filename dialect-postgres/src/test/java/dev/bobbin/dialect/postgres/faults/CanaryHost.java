package dev.bobbin.dialect.postgres.faults;

import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.testsupport.CanaryRuns;
import dev.bobbin.testsupport.TalkativeHost;
import dev.bobbin.tls.Tls;
import java.nio.file.Path;
import java.sql.DriverManager;

/** A talkative host that copies canaries. */
final class CanaryHost {

  private CanaryHost() {}

  /** Arguments: host, port, database, user, password, state, JDBC URL of the superuser. */
  public static void main(String[] args) {
    PostgresDialect server =
        PostgresDialect.at(args[0], Integer.parseInt(args[1]), args[2]).tls(Tls.off());
    CanaryRuns runs =
        new CanaryRuns(
            new TalkativeHost(server.login(args[3], args[4]), FileStateStore.at(Path.of(args[5]))));
    runs.copy("id");
    runs.readViews("bad_cast", "raises", "overflows", "bad_json", "divides");
    runs.failInTheSink();
    runs.retryInTheSink();
    runs.refuseNullKeys();
    runs.breakConnections(
        batch -> {
          try (var connection = DriverManager.getConnection(args[6]);
              var statement = connection.createStatement()) {
            statement.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
                    + " 'bobbin canaries'");
          }
        });
    runs.exceedTheRowSize();
    runs.useAWrongPassword(server.login(args[3], () -> "wrong-" + args[4]));
    runs.failToGetAPassword(server.login(args[3], CanaryRuns.SEALED_VAULT));
    TalkativeHost.sayDone();
  }
}
