package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Table;
import org.jspecify.annotations.Nullable;

/** The values of {@code pg_class.relkind} that Bobbin reads (manual, 51.11 pg_class). */
final class RelationKind {

  private static final String ALL = "'r', 'p', 'v', 'm', 'f'";

  /**
   * What c (pg_class) and n (pg_namespace) have to be; nobody but PostgreSQL can make schemas that
   * begin with pg_.
   */
  static final String RELATIONS =
      "c.relkind IN ("
          + ALL
          + ") AND c.relpersistence <> 't'"
          + " AND n.nspname <> 'information_schema' AND left(n.nspname::text, 3) <> 'pg_'";

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
