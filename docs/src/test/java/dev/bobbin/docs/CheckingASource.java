package dev.bobbin.docs;

import static dev.bobbin.select.TableSelection.table;

import dev.bobbin.Replicator;
import dev.bobbin.check.CheckReport;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.SourceDialect;
import java.util.function.Consumer;

/** How a host tries the way to a source before the first run. */
final class CheckingASource {

  private CheckingASource() {}

  static void check(SourceDialect shop, Consumer<String> terminal) {
    // docs:begin check
    Selection selection =
        Selection.of(table("public.orders").incrementalBy("updated_at"), table("public.countries"));

    try (Replicator replicator = Replicator.from(shop).build()) {
      CheckReport report = replicator.check(selection);
      terminal.accept(report.describe());
      report.throwIfFailed();
    }
    // docs:end check
  }
}
