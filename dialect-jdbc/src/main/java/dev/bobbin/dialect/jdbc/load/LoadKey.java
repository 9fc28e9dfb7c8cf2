package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The key by whose ranges a table is loaded: no two rows have the same, and none has NULL in it.
 *
 * @param index the name of the index
 * @param columns its columns, in order
 */
public record LoadKey(String index, List<Column> columns) {

  /** What a database can do with the keys of one table. */
  public interface Fitness {

    /**
     * Why the values of a column that is read cannot be compared exactly, as a clause behind the
     * column's name, such as {@code , whose values have no order}; null where they can.
     */
    @Nullable String obstacle(Column column);

    /** Whether all rows can be read in the order of the index of this name. */
    boolean isOrdered(String index);
  }

  /** Copies the columns. */
  public LoadKey {
    columns = List.copyOf(columns);
  }

  /** The names of the columns, for people. */
  public String describe() {
    return columns.stream().map(Column::name).collect(Collectors.joining(", "));
  }

  /** The key of a table; empty where {@link #obstacle} says why. */
  public static Optional<LoadKey> of(Table table, Fitness fitness) {
    return candidates(table).stream()
        .filter(index -> obstacle(table, fitness, index) == null)
        .findFirst()
        .map(
            index ->
                new LoadKey(
                    index.name(),
                    index.columns().stream().map(c -> table.column(c).orElseThrow()).toList()));
  }

  /** Why a table has no key to load it by, as a clause behind "because"; null where it has one. */
  public static @Nullable String obstacle(Table table, Fitness fitness) {
    List<Table.Index> candidates = candidates(table);
    if (candidates.isEmpty()) {
      return "it has no primary key, and no unique one without NULL";
    }
    String first = null;
    for (Table.Index index : candidates) {
      String obstacle = obstacle(table, fitness, index);
      if (obstacle == null) {
        return null;
      }
      first = first == null ? obstacle : first;
    }
    return first;
  }

  /** Unique indexes, the primary key first. */
  private static List<Table.Index> candidates(Table table) {
    List<Table.Index> candidates = new ArrayList<>();
    for (Table.Index index : table.indexes()) {
      boolean complete =
          index.columns().stream()
              .allMatch(c -> !c.isEmpty() && table.column(c).map(k -> !k.nullable()).orElse(true));
      if (index.unique() && !index.partial() && complete) {
        candidates.add(index.primary() ? 0 : candidates.size(), index);
      }
    }
    return candidates;
  }

  private static @Nullable String obstacle(Table table, Fitness fitness, Table.Index index) {
    String name = index.primary() ? "its primary key" : "its unique key " + index.name();
    for (String column : index.columns()) {
      Optional<Column> read = table.column(column);
      if (read.isEmpty()) {
        return name + " has the column " + column + ", which is not read";
      }
      String obstacle = fitness.obstacle(read.get());
      if (obstacle != null) {
        return name + " has the column " + column + obstacle;
      }
    }
    return fitness.isOrdered(index.name())
        ? null
        : name + " has no index that gives all its values in order";
  }
}
