package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The key by whose ranges a table is loaded: no two rows have the same, and none has NULL in it.
 *
 * @param index the name of the index
 * @param columns its columns, in order
 */
record LoadKey(String index, List<Column> columns) {

  LoadKey {
    columns = List.copyOf(columns);
  }

  /** The names of the columns, for people. */
  String describe() {
    return columns.stream().map(Column::name).collect(Collectors.joining(", "));
  }

  /** The key of a table; empty where {@link #obstacle} says why. */
  static Optional<LoadKey> of(Table table, Storage storage) {
    return candidates(table).stream()
        .filter(index -> obstacle(table, storage, index) == null)
        .findFirst()
        .map(
            index ->
                new LoadKey(
                    index.name(),
                    index.columns().stream().map(c -> table.column(c).orElseThrow()).toList()));
  }

  /** Why a table has no key to load it by, as a clause behind "because"; null where it has one. */
  static @Nullable String obstacle(Table table, Storage storage) {
    List<Table.Index> candidates = candidates(table);
    if (candidates.isEmpty()) {
      return "it has no primary key, and no unique one without NULL";
    }
    String first = null;
    for (Table.Index index : candidates) {
      String obstacle = obstacle(table, storage, index);
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

  private static @Nullable String obstacle(Table table, Storage storage, Table.Index index) {
    String name = index.primary() ? "its primary key" : "its unique key " + index.name();
    for (String column : index.columns()) {
      Optional<Column> read = table.column(column);
      if (read.isEmpty()) {
        return name + " has the column " + column + ", which is not read";
      }
      if (!compares(read.get())) {
        return name
            + " has the column "
            + column
            + " of type "
            + read.get().nativeType()
            + ", whose values cannot be compared exactly";
      }
      if (storage.unmappedColumns().contains(column)) {
        return name + " has the column " + column + ", whose character set is not part of Unicode";
      }
    }
    return storage.isOrdered(index.name())
        ? null
        : name + " has no index that gives all its values in order";
  }

  /** Whether a value that was read finds its place again when it is bound as a parameter. */
  private static boolean compares(Column column) {
    DataType type = column.type();
    String nativeType = column.nativeType().toLowerCase(Locale.ROOT);
    if (type instanceof DataType.Bool) {
      return nativeType.startsWith("bit"); // any number but 0 of a tinyint(1) is true
    } else if (type instanceof DataType.Text) {
      // These sort by number and are read as text.
      return !nativeType.startsWith("enum") && !nativeType.startsWith("set");
    } else if (type instanceof DataType.Bytes) {
      return nativeType.contains("binary") || nativeType.contains("blob");
    }
    return type instanceof DataType.Int
        || type instanceof DataType.Decimal
        || type instanceof DataType.Date
        || type instanceof DataType.Time
        || type instanceof DataType.Timestamp
        || type instanceof DataType.Instant
        || type instanceof DataType.Uuid;
  }
}
