package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;

/** Decides which of Bobbin's types a PostgreSQL type is. */
final class PostgresTypes {

  private PostgresTypes() {}

  /**
   * A column in Bobbin's terms.
   *
   * @param nativeType {@code format_type(atttypid, atttypmod)} of the declared type, asked for with
   *     {@code search_path = pg_catalog}, so that every type that is not PostgreSQL's own comes
   *     with its schema
   * @param facts about the type beneath all domains
   */
  static Column column(
      String name,
      String nativeType,
      TypeFacts facts,
      boolean nullable,
      boolean readable,
      Column.Generation generation,
      String comment) {
    throw new UnsupportedOperationException("on its way");
  }
}
