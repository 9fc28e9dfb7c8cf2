package dev.bobbin.dialect.postgres.modules;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.bobbin.Replicator;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.dialect.jdbc.Endpoint;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testsupport.ChildJvms;
import dev.bobbin.testsupport.NamedModules;
import dev.bobbin.tls.Tls;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.postgresql.Driver;

/** Bobbin as named modules, in a JVM of its own; in a package that no module has. */
class ModulePathTest {

  /** The application: on the class path, so it sees just what the modules export. */
  static final class Application {
    private Application() {}

    public static void main(String[] args) {
      for (Class<?> type : List.of(Replicator.class, Endpoint.class, PostgresDialect.class)) {
        System.out.println("module " + type.getModule().getName());
      }
      PostgresDialect dialect =
          PostgresDialect.at(args[0], Integer.parseInt(args[1]), args[2])
              .tls(Tls.off())
              .login(args[3], args[4]);
      AtomicLong sum = new AtomicLong();
      try (Replicator replicator = Replicator.from(dialect).build()) {
        Catalog catalog = replicator.discover();
        System.out.println("found " + catalog.table("t").isPresent());
        replicator
            .replicate(
                Selection.of(TableSelection.table("t").incrementalBy("id")),
                batch -> batch.forEach(record -> sum.addAndGet(record.getLong("id"))))
            .throwIfFailed();
      }
      System.out.println("sum " + sum);
    }
  }

  @Test
  void copiesFromARealServerAsNamedModules() throws SQLException {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (id int PRIMARY KEY)",
        "INSERT INTO t SELECT generate_series(1, 100)");
    try (ChildJvm child =
        NamedModules.child(
                Application.class,
                "dev.bobbin.dialect.postgres",
                Endpoint.class,
                PostgresDialect.class,
                HikariDataSource.class,
                Driver.class)
            .arguments(
                server.host(),
                Integer.toString(server.port()),
                database,
                server.user(),
                server.password().orElse(""))
            .start()) {
      ChildJvms.awaitSuccess(child);
      assertThat(child.lines())
          .containsExactly(
              "module dev.bobbin.core",
              "module dev.bobbin.dialect.jdbc",
              "module dev.bobbin.dialect.postgres",
              "found true",
              "sum 5050");
    }
  }
}
