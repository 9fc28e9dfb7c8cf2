package dev.bobbin.record;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.TableId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The columns of a batch and where each stands; shared by all batches of a scan. */
final class Layout {
  private final TableId table;
  final List<Column> columns;
  private final Map<String, Integer> positions = new HashMap<>();

  Layout(TableId table, List<Column> columns) {
    this.table = table;
    this.columns = List.copyOf(columns);
    for (int i = 0; i < columns.size(); i++) {
      positions.put(columns.get(i).name(), i);
    }
  }

  TableId table() {
    return table;
  }

  int position(String name) {
    Integer position = positions.get(name);
    if (position == null) {
      throw new IllegalArgumentException(
          "there is no column "
              + name
              + " in the batches of "
              + table
              + "; its columns are "
              + columns.stream().map(Column::name).toList());
    }
    return position;
  }
}
