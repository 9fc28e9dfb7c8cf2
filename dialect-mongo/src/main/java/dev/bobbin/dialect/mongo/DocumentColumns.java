package dev.bobbin.dialect.mongo;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.record.DocumentPath;
import java.util.List;

/** How the columns of a collection are named. */
final class DocumentColumns {

  static final String ID = "_id";
  static final List<String> ID_PATH = List.of(ID);

  /** The column of the whole document. */
  static final String DOCUMENT = "document";

  private DocumentColumns() {}

  /** The column of whole documents. */
  static Column document() {
    return new Column(
        DOCUMENT,
        new DataType.Document(),
        "object",
        false,
        true,
        Column.Generation.NONE,
        Column.KeySupport.UNORDERED,
        "");
  }

  /** The column of {@code _id}. */
  static Column id(DataType type, String nativeType, Column.KeySupport support) {
    return new Column(ID, type, nativeType, false, true, Column.Generation.NONE, support, "");
  }

  /**
   * The name of a field's column: its path as text, and in quotes where that is the name of the
   * column of whole documents.
   */
  static String name(DocumentPath path) {
    String text = path.toString();
    return text.equals(DOCUMENT) ? '"' + text + '"' : text;
  }

  /** Whether that is the column of whole documents. */
  static boolean isDocument(String column) {
    return column.equals(DOCUMENT);
  }

  /** Where the value of a column is. */
  static DocumentPath path(String column) {
    return DocumentPath.parse(column);
  }

  /**
   * Whether queries can name the field: in them a dot parts names, a dollar begins an operator, and
   * a number is a name too.
   */
  static boolean isQueryable(DocumentPath path) {
    return path.names().stream().allMatch(DocumentColumns::isQueryable);
  }

  static boolean isQueryable(String name) {
    return !name.isEmpty() && name.indexOf('.') < 0 && name.charAt(0) != '$';
  }

  /** The field as queries name it. */
  static String query(DocumentPath path) {
    return String.join(".", path.names());
  }
}
