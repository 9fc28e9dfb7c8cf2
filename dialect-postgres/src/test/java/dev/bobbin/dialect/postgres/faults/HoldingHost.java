package dev.bobbin.dialect.postgres.faults;

import dev.bobbin.Replicator;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.tls.Tls;
import java.nio.file.Path;

/** A host application whose sink never comes back, and which therefore holds its lease. */
final class HoldingHost {

  private HoldingHost() {}

  public static void main(String[] args) {
    try (Replicator replicator =
        Replicator.from(
                PostgresDialect.at(args[0], Integer.parseInt(args[1]), args[2])
                    .tls(Tls.off())
                    .login(args[3], ""))
            .named(args[4])
            .rememberIn(FileStateStore.at(Path.of(args[5])))
            .build()) {
      replicator.replicate(
          World.ordersOnly(),
          batch -> {
            System.out.println("holding");
            Thread.sleep(Long.MAX_VALUE);
          });
    }
  }
}
