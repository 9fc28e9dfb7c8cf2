package dev.bobbin.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableDifferenceTest {

  private static final DataType TEXT = new DataType.Text();

  @Test
  void namesWhatWasAddedDroppedRetypedAndTheKey() {
    Table before =
        Table.named(TableId.of("public", "t"))
            .column(Column.of("id", new DataType.Int(32, true), "integer").notNull())
            .column(Column.of("gone", TEXT, "text"))
            .primaryKey("id")
            .build();
    Table now =
        Table.named(TableId.of("public", "t"))
            .column(Column.of("id", new DataType.Int(64, true), "bigint").notNull())
            .column(Column.of("fresh", TEXT, "text"))
            .build();
    TableDifference difference = now.differenceFrom(before);
    assertThat(difference.describe())
        .isEqualTo(
            "column added: fresh (text); column dropped: gone (text);"
                + " column retyped: id (integer -> bigint); primary key changed: [id] -> []");
    assertThat(now.differenceFrom(now).isEmpty()).isTrue();
  }

  @Test
  void seesNewAndVanishedTables() {
    Table a = Table.named(TableId.of("db", "public", "a")).build();
    Table b = Table.named(TableId.of("db", "public", "b")).build();
    Catalog then =
        new Catalog("X 1", List.of("db", "public"), List.of("db"), List.of(a), List.of());
    Catalog now = new Catalog("X 1", List.of("db", "public"), List.of("db"), List.of(b), List.of());
    CatalogDifference difference = now.differenceFrom(then);
    assertThat(difference.added()).containsExactly(b.id());
    assertThat(difference.vanished()).containsExactly(a.id());
    assertThat(now.table("b")).contains(b);
    assertThat(now.table("public.b")).contains(b);
    assertThat(now.table("other.b")).isEmpty();
  }
}
