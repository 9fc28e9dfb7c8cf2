package dev.bobbin.catalog;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A table, view or collection as structure sync found it. */
public final class Table implements Serializable {

  private static final long serialVersionUID = 1L;

  /** What a table is. */
  public enum Kind {
    /** An ordinary table, with the tables that inherit from it. */
    TABLE,
    /** A table whose rows live in its partitions. */
    PARTITIONED_TABLE,
    /** A view. */
    VIEW,
    /** A view whose rows are stored. */
    MATERIALIZED_VIEW,
    /** A table whose rows live in another server. */
    FOREIGN_TABLE
  }

  /**
   * An index.
   *
   * @param name its name
   * @param columns the columns it covers, in order; an expression is an empty string
   * @param unique whether it forbids equal rows
   * @param primary whether it belongs to the primary key
   * @param partial whether it covers only some rows
   * @param ordered whether it can return rows in order
   */
  public record Index(
      String name,
      List<String> columns,
      boolean unique,
      boolean primary,
      boolean partial,
      boolean ordered)
      implements Serializable {
    /** Copies the columns. */
    public Index {
      columns = List.copyOf(columns);
    }
  }

  private final TableId id;
  private final Kind kind;
  private final List<Column> columns;
  private final List<Index> indexes;
  private final long estimatedRows;
  private final long estimatedBytes;
  private final String comment;
  private final boolean readable;
  private final boolean rowSecurity;
  private final @Nullable TableId parent;
  private final int children;

  private Table(Builder builder) {
    id = builder.id;
    kind = builder.kind;
    columns = List.copyOf(builder.columns);
    indexes = List.copyOf(builder.indexes);
    estimatedRows = builder.estimatedRows;
    estimatedBytes = builder.estimatedBytes;
    comment = builder.comment;
    readable = builder.readable;
    rowSecurity = builder.rowSecurity;
    parent = builder.parent;
    children = builder.children;
  }

  /** Begins the description of a table. */
  public static Builder named(TableId id) {
    return new Builder(id);
  }

  /** The full name, the database included. */
  public TableId id() {
    return id;
  }

  /** What it is. */
  public Kind kind() {
    return kind;
  }

  /** The columns in the table's order, those that cannot be read included. */
  public List<Column> columns() {
    return columns;
  }

  /** The column of that name. */
  public Optional<Column> column(String name) {
    return columns.stream().filter(c -> c.name().equals(name)).findFirst();
  }

  /** All indexes. */
  public List<Index> indexes() {
    return indexes;
  }

  /** The columns of the primary key in key order; empty where there is none. */
  public List<String> primaryKey() {
    return indexes.stream()
        .filter(Index::primary)
        .findFirst()
        .map(Index::columns)
        .orElse(List.of());
  }

  /** The column lists that the database keeps unique over all rows, the primary key first. */
  public List<List<String>> uniqueKeys() {
    List<List<String>> keys = new ArrayList<>();
    for (Index index : indexes) {
      if (index.unique() && !index.partial() && !index.columns().contains("")) {
        keys.add(index.primary() ? 0 : keys.size(), index.columns());
      }
    }
    return List.copyOf(keys);
  }

  /** Whether rows can be read in the order of that column without a sort. */
  public boolean isIndexed(String column) {
    return indexes.stream()
        .anyMatch(i -> i.ordered() && !i.partial() && i.columns().get(0).equals(column));
  }

  /** The source's own estimate of the number of rows, where it has one. */
  public OptionalLong estimatedRows() {
    return estimatedRows < 0 ? OptionalLong.empty() : OptionalLong.of(estimatedRows);
  }

  /** The size of the stored rows in bytes, where the source tells. */
  public OptionalLong estimatedBytes() {
    return estimatedBytes < 0 ? OptionalLong.empty() : OptionalLong.of(estimatedBytes);
  }

  /** The comment on it in the database; empty where there is none. */
  public String comment() {
    return comment;
  }

  /** Whether the user may read at least one column. */
  public boolean readable() {
    return readable;
  }

  /** Whether the database's row-level security can hide rows from the user. */
  public boolean rowSecurity() {
    return rowSecurity;
  }

  /**
   * The table that this one is a partition or inheritance child of: its rows come with that one's.
   */
  public Optional<TableId> parent() {
    return Optional.ofNullable(parent);
  }

  /** The number of tables whose rows come with this one's (partitions, inheritance children). */
  public int children() {
    return children;
  }

  /**
   * The same table with only some of its columns, in the table's order.
   *
   * @param names the columns to keep
   */
  public Table withColumns(Set<String> names) {
    return with(columns.stream().filter(c -> names.contains(c.name())).toList());
  }

  /** The same table with one more column, at the end. */
  public Table withColumn(Column column) {
    List<Column> more = new ArrayList<>(columns);
    more.add(column);
    return with(more);
  }

  /**
   * The same table without columns that are a {@linkplain Column.Generation#PART part} of another
   * one's: what changes only when somebody changes the table.
   */
  public Table structure() {
    return with(columns.stream().filter(c -> c.generation() != Column.Generation.PART).toList());
  }

  private Table with(List<Column> others) {
    Builder copy = new Builder(id);
    copy.kind = kind;
    copy.columns.addAll(others);
    copy.indexes.addAll(indexes);
    copy.estimatedRows = estimatedRows;
    copy.estimatedBytes = estimatedBytes;
    copy.comment = comment;
    copy.readable = readable;
    copy.rowSecurity = rowSecurity;
    copy.parent = parent;
    copy.children = children;
    return copy.build();
  }

  /**
   * How this table's structure differs from what it was: columns by name and native type, and the
   * primary key.
   *
   * @param before the same table earlier
   */
  public TableDifference differenceFrom(Table before) {
    List<Column> added = new ArrayList<>();
    List<TableDifference.Retyped> retyped = new ArrayList<>();
    for (Column now : columns) {
      Optional<Column> then = before.column(now.name());
      if (then.isEmpty()) {
        added.add(now);
      } else if (!then.get().nativeType().equals(now.nativeType())
          || !then.get().type().equals(now.type())) {
        retyped.add(new TableDifference.Retyped(then.get(), now));
      }
    }
    List<Column> dropped = before.columns.stream().filter(c -> column(c.name()).isEmpty()).toList();
    return new TableDifference(id, added, dropped, retyped, before.primaryKey(), primaryKey());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Table that
        && id.equals(that.id)
        && kind == that.kind
        && columns.equals(that.columns)
        && indexes.equals(that.indexes)
        && estimatedRows == that.estimatedRows
        && estimatedBytes == that.estimatedBytes
        && comment.equals(that.comment)
        && readable == that.readable
        && rowSecurity == that.rowSecurity
        && Objects.equals(parent, that.parent)
        && children == that.children;
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, columns);
  }

  @Override
  public String toString() {
    return kind + " " + id + " (" + columns.size() + " columns)";
  }

  /** Collects what is known of a table. Not thread-safe. */
  public static final class Builder {
    private final TableId id;
    private Kind kind = Kind.TABLE;
    private final List<Column> columns = new ArrayList<>();
    private final List<Index> indexes = new ArrayList<>();
    private long estimatedRows = -1;
    private long estimatedBytes = -1;
    private String comment = "";
    private boolean readable = true;
    private boolean rowSecurity;
    private @Nullable TableId parent;
    private int children;

    private Builder(TableId id) {
      this.id = Objects.requireNonNull(id);
    }

    /** What it is; {@link Kind#TABLE} unless said. */
    public Builder kind(Kind kind) {
      this.kind = Objects.requireNonNull(kind);
      return this;
    }

    /** Adds the next column. */
    public Builder column(Column column) {
      columns.add(Objects.requireNonNull(column));
      return this;
    }

    /** Adds the primary key over these columns. */
    public Builder primaryKey(String... names) {
      return index(new Index(id.name() + "_pkey", List.of(names), true, true, false, true));
    }

    /** Adds an index. */
    public Builder index(Index index) {
      indexes.add(Objects.requireNonNull(index));
      return this;
    }

    /** The source's estimate of the number of rows; negative where it has none. */
    public Builder estimatedRows(long rows) {
      estimatedRows = rows;
      return this;
    }

    /** The size of the stored rows in bytes; negative where the source does not tell. */
    public Builder estimatedBytes(long bytes) {
      estimatedBytes = bytes;
      return this;
    }

    /** The comment on it. */
    public Builder comment(String comment) {
      this.comment = Objects.requireNonNull(comment);
      return this;
    }

    /** Whether the user may read at least one column; true unless said. */
    public Builder readable(boolean readable) {
      this.readable = readable;
      return this;
    }

    /** Whether row-level security can hide rows; false unless said. */
    public Builder rowSecurity(boolean rowSecurity) {
      this.rowSecurity = rowSecurity;
      return this;
    }

    /** The table that this one's rows come with. */
    public Builder parent(TableId parent) {
      this.parent = Objects.requireNonNull(parent);
      return this;
    }

    /** The number of tables whose rows come with this one's. */
    public Builder children(int children) {
      this.children = children;
      return this;
    }

    /** The table. */
    public Table build() {
      return new Table(this);
    }
  }
}
