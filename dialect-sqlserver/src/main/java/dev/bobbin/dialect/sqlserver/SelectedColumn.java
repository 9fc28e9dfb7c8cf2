package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Column;
import java.util.List;

/**
 * How a column is asked for, so that the server sends the form that its reader reads. {@link
 * ValueReader} is the other half.
 */
final class SelectedColumn {

  private SelectedColumn() {}

  /** The expressions for a column: one, or two where a part of the value would be lost in one. */
  static List<String> expressions(Column column, ServerKind kind) {
    String reference = TSqlScans.referenceTo(column.name());
    TypeName type = TypeName.parse(column.nativeType());
    if (type.foreign()) {
      return List.of(TSql.identifier(column.name()) + ".ToString()");
    }
    return switch (type.base()) {
      case "geometry", "geography" -> {
        // A method is called on a name alone: Babelfish knows no others.
        String shape = TSql.identifier(column.name());
        yield List.of(
            shape + (kind.babelfish() ? ".STAsBinary()" : ".AsBinaryZM()"), shape + ".STSrid");
      }
      case "hierarchyid" -> List.of(TSql.identifier(column.name()) + ".ToString()");
      case "sql_variant" -> List.of(variant(reference), baseType(reference));
      case "xml", "json" -> List.of("CAST(" + reference + " AS nvarchar(max))");
      default -> List.of(reference);
    };
  }

  private static String baseType(String reference) {
    return "CAST(SQL_VARIANT_PROPERTY(" + reference + ", 'BaseType') AS nvarchar(128))";
  }

  /**
   * The text of a value of any type, exact: what a plain CAST makes of numbers and times is rounded
   * (manual, "CAST and CONVERT", styles).
   */
  private static String variant(String reference) {
    StringBuilder text = new StringBuilder("CASE ").append(baseType(reference));
    when(text, reference, "datetime", "nvarchar(100)", "datetime", 121);
    when(text, reference, "smalldatetime", "nvarchar(100)", "smalldatetime", 120);
    when(text, reference, "float", "nvarchar(100)", "float", 3);
    when(text, reference, "real", "nvarchar(100)", "real", 3);
    when(text, reference, "money", "nvarchar(100)", "money", 2);
    when(text, reference, "smallmoney", "nvarchar(100)", "smallmoney", 2);
    when(text, reference, "binary", "nvarchar(max)", "varbinary(8000)", 1);
    when(text, reference, "varbinary", "nvarchar(max)", "varbinary(8000)", 1);
    text.append(" ELSE CASE WHEN DATALENGTH(").append(reference).append(") > 4000 AND ");
    text.append(baseType(reference)).append(" IN (N'char', N'varchar') THEN CAST(CAST(");
    text.append(reference).append(" AS varchar(8000)) AS nvarchar(max)) ELSE CAST(");
    return text.append(reference).append(" AS nvarchar(4000)) END END").toString();
  }

  private static void when(
      StringBuilder text, String reference, String base, String to, String as, int style) {
    text.append(" WHEN N'").append(base).append("' THEN CONVERT(").append(to).append(", CAST(");
    text.append(reference).append(" AS ").append(as).append("), ").append(style).append(')');
  }
}
