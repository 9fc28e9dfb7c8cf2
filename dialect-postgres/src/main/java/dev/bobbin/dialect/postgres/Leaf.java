package dev.bobbin.dialect.postgres;

/**
 * A table that keeps rows itself: an ordinary table, or one of the partitions or children that its
 * rows come from.
 *
 * @param oid its oid
 * @param schema its schema
 * @param name its name
 * @param fileNode the number of its file, which changes when it is rewritten or emptied
 * @param blocks how many blocks it has
 */
record Leaf(long oid, String schema, String name, long fileNode, long blocks) {

  /** Its quoted name as the source of a SELECT that reads its rows alone. */
  String source() {
    return "ONLY " + PostgresSql.identifier(schema) + '.' + PostgresSql.identifier(name);
  }
}
