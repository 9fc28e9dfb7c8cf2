package dev.bobbin.docs;

import static dev.bobbin.select.TableSelection.table;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.JdbcStateStore;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.dialect.sqlserver.SqlServerDialect;
import dev.bobbin.plan.Plan;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.JsonLinesSink;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.state.StateStore;
import dev.bobbin.tls.Tls;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** What the getting-started page shows, step by step. */
final class GettingStarted {

  private GettingStarted() {}

  static SourceDialect source(String host, int port, String database, Supplier<String> password) {
    // docs:begin source
    PostgresDialect shop =
        PostgresDialect.at(host, port, database).tls(Tls.off()).login("bobbin", password);
    // docs:end source
    return shop;
  }

  static SourceDialect encrypted(String host, Supplier<String> password, Path caFile) {
    // docs:begin tls
    PostgresDialect shop =
        PostgresDialect.at(host, 5432, "shop")
            .login("bobbin", password)
            .tls(Tls.verifyFull().ca(caFile));
    // docs:end tls
    return shop;
  }

  static SourceDialect mysql(String host, int port, String database, Supplier<String> password) {
    // docs:begin mysql
    MySqlDialect shop =
        MySqlDialect.at(host, port, database).tls(Tls.off()).login("bobbin", password);
    // docs:end mysql
    return shop;
  }

  static SourceDialect sqlServer(
      String host, int port, String database, Supplier<String> password) {
    // docs:begin sqlserver
    SqlServerDialect shop =
        SqlServerDialect.at(host, port, database).tls(Tls.off()).login("bobbin", password);
    // docs:end sqlserver
    return shop;
  }

  static SourceDialect encryptedMySql(String host, Supplier<String> password, Path caFile) {
    // docs:begin mysql-tls
    MySqlDialect shop =
        MySqlDialect.at(host, 3306, "shop")
            .login("bobbin", password)
            .tls(Tls.verifyFull().ca(caFile));
    // docs:end mysql-tls
    return shop;
  }

  static SourceDialect hosts(DataSource dataSource) {
    // docs:begin datasource
    PostgresDialect shop = PostgresDialect.from(dataSource);
    // docs:end datasource
    return shop;
  }

  static void run(SourceDialect shop, Path stateFolder, Path outFolder, PrintStream out) {
    // docs:begin replicator
    try (Replicator replicator =
        Replicator.from(shop)
            .named("Shop orders")
            .rememberIn(FileStateStore.at(stateFolder))
            .build()) {
      // docs:end replicator
      // docs:begin discover
      Catalog catalog = replicator.discover();
      out.print(catalog.describe());
      // docs:end discover

      // docs:begin select
      Selection selection =
          Selection.of(
              table("public.orders")
                  .incrementalBy("updated_at")
                  .overlap(Duration.ofMinutes(5))
                  .except("card_number"),
              table("public.countries"));
      // docs:end select

      // docs:begin plan
      Plan plan = replicator.plan(selection);
      out.print(plan.describe());
      // docs:end plan

      // docs:begin run
      RunReport report = replicator.run(plan, JsonLinesSink.into(outFolder));
      out.print(report.describe());
      report.throwIfFailed();
      // docs:end run
    }
  }

  static RunReport inOne(Replicator replicator, Selection selection, RecordSink sink) {
    // docs:begin replicate
    RunReport report = replicator.replicate(selection, sink);
    // docs:end replicate
    return report;
  }

  static void reset(Replicator replicator) {
    // docs:begin reset
    replicator.reset(TableId.of("public", "orders"));
    // docs:end reset
  }

  static Selection patterns() {
    // docs:begin patterns
    Selection selection =
        Selection.of(
                table("public.*"), // every table of the schema, full table
                table("public.orders").incrementalBy("updated_at"), // the exact name holds
                table("public.sales_by_day").identifiedBy("day"), // a view
                table("public.\"Odd.Name\"").only("id", "name"))
            .exclude("public.tmp_*");
    // docs:end patterns
    return selection;
  }

  static Selection nullKeys() {
    // docs:begin null-keys
    Selection selection =
        Selection.of(
            table("public.orders").incrementalBy("updated_at").nullKeys(NullKeys.FIRST_RUN));
    // docs:end null-keys
    return selection;
  }

  static StateStore jdbcState(DataSource dataSource) {
    // docs:begin jdbc-state
    StateStore store = JdbcStateStore.in(dataSource).table("bobbin_state");
    // docs:end jdbc-state
    return store;
  }

  static Replicator settings(SourceDialect shop, Executor hostThreads) {
    // docs:begin settings
    Replicator replicator =
        Replicator.from(shop)
            .parallelism(4) // scans at the same time
            .memoryBudget(256L << 20) // bytes of batches, over all tables
            .batchBytes(4L << 20)
            .executor(hostThreads)
            .build();
    // docs:end settings
    return replicator;
  }
}
