package dev.bobbin.dialect.mongo.faults;

import dev.bobbin.dialect.mongo.MongoDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.testsupport.Canaries;
import dev.bobbin.testsupport.CanaryRuns;
import dev.bobbin.testsupport.TalkativeHost;
import dev.bobbin.tls.Tls;
import java.nio.file.Path;

/** A talkative host that copies canaries; it logs the driver's commands and replies, too. */
final class CanaryHost {

  private CanaryHost() {}

  /** Arguments: port, database, user and password (empty for none), folder of the state. */
  public static void main(String[] args) throws Exception {
    try (TcpProxy proxy = TcpProxy.to("127.0.0.1", Integer.parseInt(args[0]))) {
      MongoDialect server = MongoDialect.at("127.0.0.1", proxy.port(), args[1]).tls(Tls.off());
      TalkativeHost host =
          new TalkativeHost(
              args[2].isEmpty() ? server : server.login(args[2], args[3]),
              FileStateStore.at(Path.of(args[4])),
              // the server's answers are as small as batches: there is more to come
              builder -> builder.batchBytes(64 << 10).parallelism(1));
      CanaryRuns runs = new CanaryRuns(host);
      runs.copy("n");
      host.run(
          "fields",
          Selection.of(TableSelection.table("secrets_too").only("d.v", "k", "mixed")),
          TalkativeHost.showing());
      runs.failInTheSink();
      runs.breakConnections(batch -> proxy.cut());
      runs.exceedTheRowSize();
      if (!args[2].isEmpty()) {
        runs.useAWrongPassword(server.login(args[2], () -> "wrong-" + args[3]));
      }
      runs.failToGetAPassword(server.login("etl", CanaryRuns.SEALED_VAULT));
      String secret = args[3].isEmpty() ? Canaries.PASSWORD : args[3];
      String uri = "mongodb://etl:" + secret + "@127.0.0.1:" + proxy.port() + "/" + args[1];
      TalkativeHost.show("uri", MongoDialect.uri(uri + "?tls=false"));
      for (String wrong : new String[] {"?authMechanism=NONE", "?w=%ZZ", "?tlsInsecure=true"}) {
        try {
          TalkativeHost.show("uri", MongoDialect.uri(uri + wrong));
        } catch (RuntimeException e) {
          TalkativeHost.showFailure(e);
        }
      }
    }
    TalkativeHost.sayDone();
  }
}
