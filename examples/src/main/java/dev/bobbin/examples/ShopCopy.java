package dev.bobbin.examples;

import static dev.bobbin.select.TableSelection.table;

import dev.bobbin.Replicator;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.sink.JsonLinesSink;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.tls.Tls;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How the shop is copied: what any application has to say, in one place, since the quick start does
 * it in two JVMs.
 *
 * @param host where the server is
 * @param port its port
 * @param database the shop's database
 * @param user who may read it
 * @param password the user's password
 * @param folder where the files and the state are kept
 */
record ShopCopy(String host, int port, String database, String user, String password, Path folder) {

  /** What is copied, and how. */
  static Selection selection() {
    // docs:begin selection
    return Selection.of(
        table("public.countries"),
        table("public.customers"),
        table("public.products"),
        // What changed since the last run, and the five minutes before: commits can come late.
        table("public.orders").incrementalBy("updated_at").overlap(Duration.ofMinutes(5)),
        orderLines(),
        // A view has no primary key: the host says what tells its rows apart.
        table("public.sales_by_day").identifiedBy("day"));
    // docs:end selection
  }

  /** Lines are only ever added, and their numbers come from a sequence. */
  static TableSelection orderLines() {
    return table("public.order_lines").incrementalBy("id").overlap(1_000);
  }

  /** A replicator that goes on where the last one of the same name stopped. */
  Replicator.Builder replicator() {
    // docs:begin replicator
    PostgresDialect shop =
        PostgresDialect.at(host, port, database).tls(Tls.off()).login(user, () -> password);

    return Replicator.from(shop)
        .named("Quick start")
        .rememberIn(FileStateStore.at(folder.resolve("state")));
    // docs:end replicator
  }

  /** Where the rows go. */
  JsonLinesSink sink() {
    return JsonLinesSink.into(files());
  }

  Path files() {
    return folder.resolve("files");
  }

  /** What was copied of a table. */
  CopiedTable copied(String table) {
    return new CopiedTable(sink().folderOf(TableId.of(database, "public", table)));
  }

  @Override
  public String toString() {
    return database + " at " + host + ":" + port; // no password
  }
}
