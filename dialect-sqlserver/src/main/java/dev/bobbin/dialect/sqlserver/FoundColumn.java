package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Column.Generation;
import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * A column as the catalog describes it.
 *
 * @param object the table's number
 * @param number the column's
 * @param name its name as the catalog has it
 * @param type its type
 * @param collation of a text; empty for other types
 * @param nullable whether it may hold NULL
 * @param generation who makes its values
 * @param readable whether this user may read it
 * @param remark what else is to be known: {@code internal}, {@code encrypted}, {@code masked}, or
 *     nothing
 */
record FoundColumn(
    long object,
    int number,
    String name,
    TypeName type,
    String collation,
    boolean nullable,
    Generation generation,
    boolean readable,
    String remark) {

  /** Reads a row of {@link CatalogSql#columns}. */
  static FoundColumn read(ResultSet row) throws SQLException {
    String remark = row.getString(14);
    boolean generated = row.getBoolean(12) || "generated".equals(remark);
    TypeName type =
        TypeName.of(
            row.getString(4), row.getInt(5), row.getInt(6), row.getInt(7), row.getInt(8) == 1);
    return new FoundColumn(
        row.getLong(1),
        row.getInt(2),
        row.getString(3),
        type,
        row.getString(9),
        row.getBoolean(10),
        row.getBoolean(11)
            ? Generation.IDENTITY
            : generated || type.base().equals("rowversion")
                ? Generation.GENERATED
                : Generation.NONE,
        row.getInt(13) == 1,
        remark == null ? "" : remark);
  }

  /** Whether nobody can read it: such are the numbers that a graph is made of. */
  boolean isInternal() {
    return remark.equals("internal");
  }

  /** Whether the server may show something else than the value. */
  boolean isMasked() {
    return remark.equals("masked");
  }

  private boolean isEncrypted() {
    return remark.equals("encrypted");
  }

  /** The source's own name of the type. */
  String nativeType() {
    return isEncrypted() ? type + " encrypted" : type.toString();
  }

  /**
   * The column as users see it.
   *
   * @param written its name as it was written
   * @param comment the comment on it; empty for none
   */
  Column column(String written, String comment) {
    return new Column(
        written,
        isEncrypted() ? new DataType.Bytes() : type.type(),
        nativeType(),
        nullable,
        readable,
        generation,
        isEncrypted() ? KeySupport.UNORDERED : type.keySupport(),
        comment);
  }
}
