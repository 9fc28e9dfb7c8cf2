package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Table;
import org.jspecify.annotations.Nullable;

/** The values of {@code pg_class.relkind} that Bobbin reads (manual, 51.11 pg_class). */
final class RelationKind {

  /** As a list for SQL. */
  static final String ALL = "'r', 'p', 'v', 'm', 'f'";

  private RelationKind() {}

  /** What such a relation is; null for one that has no rows to copy. */
  static Table.@Nullable Kind of(String relkind) {
    return switch (relkind) {
      case "r" -> Table.Kind.TABLE;
      case "p" -> Table.Kind.PARTITIONED_TABLE;
      case "v" -> Table.Kind.VIEW;
      case "m" -> Table.Kind.MATERIALIZED_VIEW;
      case "f" -> Table.Kind.FOREIGN_TABLE;
      default -> null;
    };
  }
}
