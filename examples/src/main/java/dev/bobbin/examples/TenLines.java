package dev.bobbin.examples;

// docs:begin ten-lines-imports
import static dev.bobbin.select.TableSelection.table;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.state.FileStateStore;
// docs:end ten-lines-imports
import java.nio.file.Path;
import java.util.function.Supplier;

/** The example that the README begins with. */
public final class TenLines {

  private TenLines() {}

  /**
   * Copies what is new in two tables of a shop.
   *
   * @param host where the server is; it speaks TLS, and its certificate is made out to this name
   * @param port usually 5432
   * @param database the shop's database
   * @param user who may read it
   * @param password asked for each connection
   * @param stateFolder where it is remembered how far the copy has come
   * @param warehouse what takes the rows: {@code batch -> …} is a whole sink
   * @return what was done
   */
  public static RunReport copy(
      String host,
      int port,
      String database,
      String user,
      Supplier<String> password,
      Path stateFolder,
      RecordSink warehouse) {
    // docs:begin ten-lines
    PostgresDialect shop = PostgresDialect.at(host, port, database).login(user, password);
    Selection selection =
        Selection.of(table("public.orders").incrementalBy("updated_at"), table("public.countries"));

    try (Replicator replicator =
        Replicator.from(shop).named("Shop").rememberIn(FileStateStore.at(stateFolder)).build()) {
      RunReport report = replicator.replicate(selection, warehouse);
      report.throwIfFailed();
      return report;
    }
    // docs:end ten-lines
  }
}
