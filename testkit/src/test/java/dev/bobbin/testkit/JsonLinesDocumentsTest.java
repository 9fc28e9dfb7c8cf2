package dev.bobbin.testkit;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.JsonLinesSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesDocumentsTest {

  /** {"a": "x"} with a line break and a quote in it. */
  private static final byte[] DOCUMENT =
      HexFormat.of().parseHex("10000000" + "02" + "6100" + "04000000" + "780a2200" + "00");

  @TempDir private Path folder;

  @Test
  void writesDocumentsAsExtendedJsonInTheRowsOwnLine() throws Exception {
    InMemorySource source = InMemorySource.named("shop");
    TableId orders =
        source.create(
            Table.named(source.id("orders"))
                .column(Column.of("_id", new DataType.Int(64, true), "long").notNull())
                .column(Column.of("document", new DataType.Document(), "object"))
                .primaryKey("_id")
                .build());
    source.insert(orders, 1L, DOCUMENT);
    source.insert(orders, 2L, null);
    JsonLinesSink sink = JsonLinesSink.into(folder);
    try (Replicator replicator = Replicator.from(source).named("lines").build()) {
      replicator.replicate(Selection.of(table("orders")), sink).throwIfFailed();
    }
    assertThat(Files.readAllLines(sink.folderOf(orders).resolve("load-1.jsonl")))
        .containsExactly(
            "{\"_id\":1,\"document\":{\"a\":\"x\\n\\\"\"}}", "{\"_id\":2,\"document\":null}");
  }
}
