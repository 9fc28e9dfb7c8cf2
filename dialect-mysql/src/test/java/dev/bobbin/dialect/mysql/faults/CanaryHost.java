package dev.bobbin.dialect.mysql.faults;

import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testsupport.CanaryRuns;
import dev.bobbin.testsupport.TalkativeHost;
import dev.bobbin.tls.Tls;
import java.nio.file.Path;

/** A talkative host that copies canaries. */
final class CanaryHost {

  private CanaryHost() {}

  /** Arguments: host, port, database, user, password, state, the password of the superuser. */
  public static void main(String[] args) {
    int port = Integer.parseInt(args[1]);
    MySqlDialect server = MySqlDialect.at(args[0], port, args[2]).tls(Tls.off());
    CanaryRuns runs =
        new CanaryRuns(
            new TalkativeHost(server.login(args[3], args[4]), FileStateStore.at(Path.of(args[5]))));
    runs.copy("id");
    runs.readViews("raises", "overflows", "bad_json");
    runs.failInTheSink();
    runs.retryInTheSink();
    runs.refuseNullKeys();
    runs.breakConnections(
        batch -> {
          try (MySqlServer running = MySqlServer.at(args[0], port, "root", args[6])) {
            running.killConnectionsOf(args[3]);
          }
        });
    runs.exceedTheRowSize();
    runs.useAWrongPassword(server.login(args[3], () -> "wrong-" + args[4]));
    runs.failToGetAPassword(server.login(args[3], CanaryRuns.SEALED_VAULT));
    TalkativeHost.sayDone();
  }
}
