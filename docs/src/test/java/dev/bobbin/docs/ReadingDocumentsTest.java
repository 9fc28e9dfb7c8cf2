package dev.bobbin.docs;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.record.Document;
import dev.bobbin.select.Selection;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.testkit.InMemorySource;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ReadingDocumentsTest {

  /** {"address": {"city": "Wien"}, "items": [{"quantity": 3}], "price.eur": 12.5 as a decimal}. */
  private static final byte[] ORDER =
      HexFormat.of()
          .parseHex(
              "5f000000"
                  + ("03" + "6164647265737300" + "14000000")
                  + ("02" + "6369747900" + "05000000" + "5769656e00" + "00")
                  + ("04" + "6974656d7300" + "1b000000")
                  + ("03" + "3000" + "13000000")
                  + ("10" + "7175616e7469747900" + "03000000" + "00" + "00")
                  + ("13" + "70726963652e65757200")
                  + ("7d00000000000000" + "0000000000003e30")
                  + "00");

  /** {}. */
  private static final byte[] EMPTY = {5, 0, 0, 0, 0};

  @Test
  void documentsOfASourceInMemoryAreReadByPath() {
    InMemorySource source = InMemorySource.named("shop");
    TableId orders =
        source.create(
            Table.named(source.id("orders"))
                .column(Column.of("_id", new DataType.Int(64, true), "long").notNull())
                .column(Column.of("document", new DataType.Document(), "object"))
                .primaryKey("_id")
                .build());
    source.insert(orders, 1L, ORDER);
    source.insert(orders, 2L, EMPTY);
    StringBuilder out = new StringBuilder();
    try (Replicator replicator =
        Replicator.from(source).named("docs").rememberIn(new MemoryStateStore()).build()) {
      replicator
          .replicate(Selection.of(table("orders")), batch -> ReadingDocuments.documents(batch, out))
          .throwIfFailed();
    }
    assertThat(out.toString().lines())
        .containsExactlyInAnyOrder(
            "Wien 3 {\"address\":{\"city\":\"Wien\"},\"items\":[{\"quantity\":3}],"
                + "\"price.eur\":{\"$numberDecimal\":\"12.5\"}}",
            "null 0 {}");
  }

  @Test
  void pathsReachNamesWithDots() {
    StringBuilder out = new StringBuilder();
    ReadingDocuments.paths(Document.of(ORDER), out);
    ReadingDocuments.paths(Document.of(EMPTY), out);
    assertThat(out).hasToString("Wien 12.5");
  }
}
