package dev.bobbin.dialect.sqlserver.modules;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.sqlserver.jdbc.SQLServerDriver;
import com.zaxxer.hikari.HikariDataSource;
import dev.bobbin.Replicator;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.dialect.jdbc.Endpoint;
import dev.bobbin.dialect.sqlserver.Shop;
import dev.bobbin.dialect.sqlserver.SqlServerDialect;
import dev.bobbin.dialect.sqlserver.stub.Answer;
import dev.bobbin.dialect.sqlserver.stub.TdsServer;
import dev.bobbin.dialect.sqlserver.stub.Type;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testsupport.ChildJvms;
import dev.bobbin.testsupport.NamedModules;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Bobbin as named modules, in a JVM of its own; in a package that no module has. */
class ModulePathTest {

  /** The application: on the class path, so it sees just what the modules export. */
  static final class Application {
    private Application() {}

    public static void main(String[] args) {
      for (Class<?> type : List.of(Replicator.class, Endpoint.class, SqlServerDialect.class)) {
        System.out.println("module " + type.getModule().getName());
      }
      SqlServerDialect dialect =
          SqlServerDialect.at(args[0], Integer.parseInt(args[1]), args[2])
              .tls(Tls.off())
              .login(args[3], args[4]);
      AtomicLong sum = new AtomicLong();
      try (Replicator replicator = Replicator.from(dialect).build()) {
        Catalog catalog = replicator.discover();
        System.out.println("found " + catalog.table("things").isPresent());
        replicator
            .replicate(
                Selection.of(TableSelection.table("things")),
                batch -> batch.forEach(record -> sum.addAndGet(record.getLong("id"))))
            .throwIfFailed();
      }
      System.out.println("sum " + sum);
    }
  }

  @Test
  void copiesAsNamedModulesFromWhatTheStubSays() throws IOException {
    byte[] five = {5, 0, 0, 0, 0, 0, 0, 0};
    Shop shop =
        Shop.onSqlServer()
            .column("id", "bigint", 8, 0, 0)
            .primaryKey(1)
            .rows(Answer.of(Type.BIGINT).add(five));
    TdsServer server = TdsServer.answering(shop);
    try (server;
        ChildJvm child =
            NamedModules.child(
                    Application.class,
                    "dev.bobbin.dialect.sqlserver",
                    Endpoint.class,
                    SqlServerDialect.class,
                    HikariDataSource.class,
                    SQLServerDriver.class)
                .arguments(
                    server.host(), Integer.toString(server.port()), "shop", "bobbin", "secret")
                .start()) {
      ChildJvms.awaitSuccess(child);
      assertThat(child.lines())
          .containsExactly(
              "module dev.bobbin.core",
              "module dev.bobbin.dialect.jdbc",
              "module dev.bobbin.dialect.sqlserver",
              "found true",
              "sum 5");
    }
  }
}
