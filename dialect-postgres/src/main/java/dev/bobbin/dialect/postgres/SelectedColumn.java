package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import java.util.Set;

/**
 * How a column is asked for, so that its binary form is the one that its decoder reads whatever
 * type it was declared with. {@link TupleDecoder} is the other half.
 *
 * <p>The binary form of a type is what its send function writes; that of a domain is its base
 * type's. Enums send their label, citext and xml their text (xml without an encoding in its
 * declaration, since the client's encoding is UTF-8).
 */
final class SelectedColumn {

  private SelectedColumn() {}

  /**
   * The expression for a column.
   *
   * @param column to read
   * @param reference the quoted reference to it
   * @param anyBytes whether texts can be any bytes, as in a database in SQL_ASCII: they are then
   *     asked for as bytes, since the server refuses to send as text what is not in the client's
   *     encoding
   */
  static String expression(Column column, String reference, boolean anyBytes) {
    DataType type = column.type();
    if (anyBytes && type.isTextual()) {
      return "convert_to(" + text(reference) + ", 'SQL_ASCII')";
    }
    String base = withoutModifier(column.nativeType());
    if (type instanceof DataType.Array array) {
      return reference + arrayCast(array.element(), base);
    }
    if (type instanceof DataType.Decimal) {
      // money's text depends on lc_monetary; its numeric value does not.
      if (base.equals("money")) {
        return money(reference);
      }
      return base.equals("numeric") ? reference : reference + "::numeric";
    }
    if (type instanceof DataType.Text) {
      // The binary form of "char" is a byte, which need not be a character.
      return base.equals("\"char\"") ? reference + "::text" : reference;
    }
    if (type instanceof DataType.Json) {
      return isJson(base) ? reference : reference + "::text";
    }
    if (type instanceof DataType.Other) {
      return text(reference);
    }
    return reference;
  }

  /**
   * The text that the type's output function writes. A cast to text would do for most types, but
   * can be a function of its own: inet's adds the /32.
   */
  private static String text(String reference) {
    // IS NULL is true of a row of NULLs as well, and concat makes '' of NULL.
    return "CASE WHEN pg_column_size("
        + reference
        + ") IS NULL THEN NULL ELSE concat("
        + reference
        + ") END";
  }

  /**
   * In two parts, which are exact: before 9.4.24 and its like, numeric_div left sixteen digits of a
   * whole one (fixed by "Fix loss of fractional digits for large values in cash_numeric()"). Arrays
   * of money and domains over it are read in one.
   */
  private static String money(String reference) {
    String part = "1000000";
    String high = "(" + reference + " / " + part + ")";
    return "("
        + high
        + "::numeric * "
        + part
        + " + ("
        + reference
        + " - "
        + high
        + " * "
        + part
        + ")::numeric)";
  }

  private static String arrayCast(DataType element, String base) {
    String of = base.endsWith("[]") ? withoutModifier(base.substring(0, base.length() - 2)) : "";
    if (element instanceof DataType.Decimal) {
      return of.equals("numeric") ? "" : "::numeric[]";
    }
    if (element instanceof DataType.Text) {
      return of.equals("\"char\"") ? "::text[]" : "";
    }
    if (element instanceof DataType.Json) {
      return isJson(of) ? "" : "::text[]";
    }
    return element instanceof DataType.Other ? "::text[]" : "";
  }

  private static boolean isJson(String base) {
    return Set.of("json", "jsonb").contains(base);
  }

  /**
   * The name without {@code (10,2)}; of the types that are told apart here it stands at the end.
   */
  static String withoutModifier(String nativeType) {
    if (nativeType.startsWith("numeric(")) {
      return "numeric" + nativeType.substring(nativeType.indexOf(')') + 1);
    }
    return nativeType;
  }
}
