package dev.bobbin.examples;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.RecordSink;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class WatchProgressTest {

  @Test
  void tellsOfEachTableAndOfChangesOfItsStructure() throws Exception {
    Shop shop = TestShop.create();
    List<String> lines = new CopyOnWriteArrayList<>();
    Selection selection = Selection.of(table("public.orders").incrementalBy("id"));
    RecordSink sink = batch -> {};
    try (Replicator replicator =
        Replicator.from(TestShop.dialect(shop))
            .batchRows(400)
            .listener(new WatchProgress(lines::add))
            .build()) {
      replicator.replicate(selection, sink).throwIfFailed();
      String orders = TestShop.table(shop, "orders").toString();
      assertThat(lines)
          .startsWith("begins: 1 tables", orders + ": load from the start")
          .anyMatch(line -> line.startsWith(orders + ": 400 rows"))
          .endsWith(orders + ": COMPLETED, 1000 rows");

      lines.clear();
      shop.execute("ALTER TABLE orders ADD COLUMN gift_note text");
      replicator.replicate(selection, sink).throwIfFailed();
      assertThat(lines)
          .contains(
              "structure changed: " + orders + ": column added: gift_note (text)",
              orders + ": what is new");
    }
  }
}
