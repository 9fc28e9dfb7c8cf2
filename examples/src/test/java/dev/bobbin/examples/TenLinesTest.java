package dev.bobbin.examples;

import static dev.bobbin.examples.TestShop.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.sink.RecordSink;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenLinesTest {

  @TempDir Path state;

  @Test
  void copiesEverythingOnceAndThenWhatIsNew() throws Exception {
    Shop shop = TestShop.create();
    Map<TableId, Integer> rows = new ConcurrentHashMap<>();

    run(shop, batch -> rows.merge(batch.table(), batch.rowCount(), Integer::sum));

    assertThat(rows)
        .containsEntry(TestShop.table(shop, "orders"), TestShop.ORDERS)
        .containsEntry(TestShop.table(shop, "countries"), 17)
        .hasSize(2);

    rows.clear();
    shop.execute("UPDATE orders SET status = 'paid', updated_at = now() WHERE id <= 3");
    run(shop, batch -> rows.merge(batch.table(), batch.rowCount(), Integer::sum));

    assertThat(rows).containsEntry(TestShop.table(shop, "orders"), 3);
  }

  private RunReport run(Shop shop, RecordSink sink) throws SQLException {
    return TenLines.copy(
        SERVER.host(),
        SERVER.port(),
        shop.database(),
        SERVER.user(),
        TestShop::password,
        state,
        sink);
  }
}
