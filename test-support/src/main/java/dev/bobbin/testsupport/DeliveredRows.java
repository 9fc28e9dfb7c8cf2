package dev.bobbin.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.TableId;
import dev.bobbin.testkit.CollectingSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows that a sink was given, as tests look at them. Not thread-safe. */
public final class DeliveredRows {
  private final CollectingSink sink;
  private final Map<TableId, Integer> looked = new HashMap<>();

  public DeliveredRows(CollectingSink sink) {
    this.sink = sink;
  }

  /** Those of a table that were delivered since this was last asked. */
  public List<Map<String, @Nullable Object>> fresh(TableId table) {
    List<Map<String, @Nullable Object>> all = sink.rows(table);
    List<Map<String, @Nullable Object>> fresh =
        all.subList(looked.getOrDefault(table, 0), all.size());
    looked.put(table, all.size());
    return fresh;
  }

  /** One column; whole numbers as ints where they are that small, as tests write them. */
  public static List<@Nullable Object> column(
      Iterable<Map<String, @Nullable Object>> rows, String column) {
    List<@Nullable Object> values = new ArrayList<>();
    for (Map<String, @Nullable Object> row : rows) {
      assertThat(row).containsKey(column);
      Object value = row.get(column);
      values.add(value instanceof Long n && n.intValue() == n ? (Object) n.intValue() : value);
    }
    return values;
  }
}
