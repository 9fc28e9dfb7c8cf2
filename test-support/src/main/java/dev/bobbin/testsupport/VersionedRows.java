package dev.bobbin.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.TableId;
import dev.bobbin.testkit.CollectingSink;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Rows with an {@code id}, a {@code version} and a {@code payload} that follows from both, so that
 * a torn one is seen; some tables have a key {@code changed}, with NULLs in it.
 */
public final class VersionedRows {

  private VersionedRows() {}

  /** By id, version and payload of the rows of a sink. */
  public static Map<Long, String> of(Collection<Map<String, @Nullable Object>> rows) {
    Map<Long, String> texts = new TreeMap<>();
    for (Map<String, @Nullable Object> row : rows) {
      Long id = (Long) Objects.requireNonNull(row.get("id"));
      texts.put(id, row.get("version") + " " + row.get("payload"));
    }
    return texts;
  }

  /** By id, version and payload of the rows of a table. */
  public static Map<Long, String> in(Connection database, String table) throws SQLException {
    Map<Long, String> texts = new TreeMap<>();
    try (Statement statement = database.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, version, payload FROM " + table)) {
      while (rows.next()) {
        texts.put(rows.getLong(1), rows.getLong(2) + " " + rows.getString(3));
      }
    }
    return texts;
  }

  /** No row with a key came again unchanged beyond so many. */
  public static void assertRepeatsAtMost(CollectingSink sink, TableId table, int most) {
    int repeats = 0;
    for (var entry : sink.timesDelivered(table).entrySet()) {
      if (!entry.getKey().containsKey("changed") || entry.getKey().get("changed") != null) {
        repeats += entry.getValue() - 1;
      }
    }
    assertThat(repeats).as("unchanged rows that came again").isLessThanOrEqualTo(most);
  }
}
