package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import org.junit.jupiter.api.Test;

class IndexProposalTest {

  private static Table table(Table.Kind kind, String column) {
    return Table.named(TableId.of("d`b", "orders"))
        .kind(kind)
        .column(Column.of(column, new DataType.Int(64, true), "bigint"))
        .build();
  }

  private static String of(Table.Kind kind, String column, boolean ordered) {
    return IndexProposal.of(table(kind, column), column, ordered, Quoting.BACKTICKS::quote);
  }

  @Test
  void quotesEveryName() {
    assertThat(of(Table.Kind.TABLE, "chan`ged", true))
        .isEqualTo("CREATE INDEX `bobbin_chan``ged` ON `d``b`.`orders` (`chan``ged`);");
  }

  @Test
  void keepsItsOwnNameShortAndWhole() {
    String column = "\ud83d\ude00".repeat(60);
    assertThat(of(Table.Kind.PARTITIONED_TABLE, column, true))
        .contains("`bobbin_" + "\ud83d\ude00".repeat(40) + "`")
        .endsWith("(`" + column + "`);");
  }

  @Test
  void isNoneForWhatCanHaveNoIndexThatHelps() {
    assertThat(of(Table.Kind.VIEW, "k", true)).isEmpty();
    assertThat(of(Table.Kind.FOREIGN_TABLE, "k", true)).isEmpty();
    assertThat(of(Table.Kind.TABLE, "k", false)).isEmpty();
  }
}
