package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.Table.Index;
import dev.bobbin.catalog.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A table while it is being read. */
final class Relation {
  final TableId id;
  final Table.Kind kind;
  final List<Long> parents = new ArrayList<>(0);
  final List<Column> columns = new ArrayList<>();
  final List<Integer> numbers = new ArrayList<>();
  final List<Index> indexes = new ArrayList<>(2);
  boolean reachable;
  boolean readableWhole;
  boolean rowSecurity;
  String unfit = "";
  String comment = "";
  long rows = -1;
  long bytes = -1;

  Relation(TableId id, Table.Kind kind) {
    this.id = id;
    this.kind = kind;
  }

  /** Whether it has rows of its own, and not only those of partitions. */
  boolean hasRows() {
    return kind != Table.Kind.PARTITIONED_TABLE;
  }

  void estimate(double tuples, long pageBytes, int version) {
    if (kind == Table.Kind.VIEW || !hasRows()) {
      return;
    }
    // Before 14 a table that was never analysed has 0 rows, and 0 pages.
    boolean unknown =
        tuples < 0 || (version < PostgresVersion.V14 && tuples == 0 && pageBytes == 0);
    if (!unknown) {
      rows = Math.round(tuples);
      bytes = kind == Table.Kind.FOREIGN_TABLE ? -1 : pageBytes;
    }
  }

  String columnNumbered(int number) {
    int at = numbers.indexOf(number);
    return at < 0 ? "" : columns.get(at).name();
  }

  void describe(Consumer<Table.Builder> more, Consumer<Table> to) {
    Table.Builder builder =
        Table.named(id)
            .kind(kind)
            .comment(comment)
            .rowSecurity(rowSecurity)
            .readable(reachable && (readableWhole || columns.stream().anyMatch(Column::readable)));
    columns.forEach(builder::column);
    more.accept(builder);
    to.accept(builder.build());
  }
}
