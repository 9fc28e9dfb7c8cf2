package dev.bobbin.examples;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.select.Selection;
import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CustomSinkTest {

  @Test
  void keepsTheLatestVersionOfEachRowAndForgetsDeletedOnes() throws Exception {
    Shop shop = TestShop.create();
    Selection selection =
        Selection.of(table("public.orders").incrementalBy("updated_at"), table("public.countries"));
    TableId orders = TestShop.table(shop, "orders");
    TableId countries = TestShop.table(shop, "countries");
    CustomSink sink = new CustomSink();
    try (Replicator replicator = Replicator.from(TestShop.dialect(shop)).build()) {
      replicator.replicate(selection, sink).throwIfFailed();
      assertThat(sink.rows(orders)).hasSize(TestShop.ORDERS);
      assertThat(sink.rows(countries)).hasSize(17);

      shop.execute(
          "UPDATE orders SET total = 123.45, updated_at = now() WHERE id = 5",
          "DELETE FROM countries WHERE code = 'GR'");
      replicator.replicate(selection, sink).throwIfFailed();
    }

    assertThat(sink.rows(orders)).hasSize(TestShop.ORDERS);
    assertThat(sink.rows(orders))
        .filteredOn(row -> row.get("id").equals(5L))
        .extracting(row -> row.get("total"))
        .containsExactly(new BigDecimal("123.45"));
    assertThat(sink.rows(countries)).hasSize(16);
    assertThat(sink.rows(countries)).noneMatch(row -> row.get("code").equals("GR"));
  }

  @Test
  void refusesTablesWhoseRowsCannotBeToldApart() throws Exception {
    Shop shop = TestShop.create();
    try (Replicator replicator = Replicator.from(TestShop.dialect(shop)).build()) {
      RunReport report =
          replicator.replicate(
              Selection.of(table("public.sales_by_day"), table("public.countries")),
              new CustomSink());

      assertThat(report.table(TestShop.table(shop, "sales_by_day")).orElseThrow().status())
          .isEqualTo(RunReport.Status.FAILED);
      assertThat(report.table(TestShop.table(shop, "countries")).orElseThrow().status())
          .isEqualTo(RunReport.Status.COMPLETED);
    }
  }

  @Test
  void takesValuesAsTheyAre() throws Exception {
    Shop shop = TestShop.create();
    CustomSink sink = new CustomSink();
    try (Replicator replicator = Replicator.from(TestShop.dialect(shop)).build()) {
      replicator.replicate(Selection.of(table("public.countries")), sink).throwIfFailed();
    }

    assertThat(sink.rows(TestShop.table(shop, "countries")))
        .contains(Map.of("code", "AT", "name", "Österreich", "vat", new BigDecimal("20.00")));
  }
}
