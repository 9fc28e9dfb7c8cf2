package dev.bobbin.dialect.jdbc;

import static java.util.stream.Collectors.joining;

import dev.bobbin.catalog.Table;
import java.util.function.UnaryOperator;

/** Proposes an index for a replication key that has none. */
public final class IndexProposal {

  private static final int MOST_OF_A_NAME = 40;

  private IndexProposal() {}

  /**
   * The statement that makes an index, under a name of Bobbin's; empty for what can have none.
   *
   * @param table the table; a view has no indexes, and one elsewhere has them there
   * @param column the key
   * @param ordered whether an index of the column holds its values whole and in order
   * @param identifier quotes a name
   */
  public static String of(
      Table table, String column, boolean ordered, UnaryOperator<String> identifier) {
    boolean here = table.kind() != Table.Kind.VIEW && table.kind() != Table.Kind.FOREIGN_TABLE;
    if (!here || !ordered) {
      return "";
    }
    StringBuilder name = new StringBuilder("bobbin_");
    column.codePoints().limit(MOST_OF_A_NAME).forEach(name::appendCodePoint);
    return "CREATE INDEX "
        + identifier.apply(name.toString())
        + " ON "
        + table.id().parts().stream().map(identifier).collect(joining("."))
        + " ("
        + identifier.apply(column)
        + ");";
  }
}
