package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a type of SQL Server with its modifiers, such as {@code decimal(18,2)} or {@code
 * varchar(max)}; of types that the database's users have named, the one that theirs stands for.
 *
 * @param base in lower case
 * @param first the number that comes first between the parentheses: a length, a precision or the
 *     digits of a second; {@link #MAX} for max, {@link #NONE} where there is none
 * @param second the number that comes second, a scale; {@link #NONE} where there is none
 * @param foreign whether it is written in .NET, or not known
 */
record TypeName(String base, int first, int second, boolean foreign) {

  static final int NONE = -2;
  static final int MAX = -1;

  private static final Pattern FORM =
      Pattern.compile("([^(]+?)(?:\\((max|\\d+)(?:,(\\d+))?\\))?( clr)?");

  private static final String FOREIGN = " clr";

  /**
   * The type of a column as {@code sys.columns} and {@code sys.types} describe it.
   *
   * @param base the name of the type that the column's type stands for
   * @param length {@code max_length}, in bytes
   * @param precision {@code precision}
   * @param scale {@code scale}
   * @param foreign {@code is_assembly_type} of a type that does not come with the server
   */
  static TypeName of(String base, int length, int precision, int scale, boolean foreign) {
    String name = base.toLowerCase(Locale.ROOT);
    if (foreign) {
      return new TypeName(base, NONE, NONE, true);
    }
    return switch (name) {
      case "char", "varchar", "binary", "varbinary" ->
          new TypeName(name, Math.max(length, MAX), NONE, false);
      case "nchar", "nvarchar", "sysname" ->
          new TypeName(
              name.equals("nchar") ? name : "nvarchar", length < 0 ? MAX : length / 2, NONE, false);
      case "decimal", "numeric" -> new TypeName("decimal", precision, scale, false);
      case "time", "datetime2", "datetimeoffset" -> new TypeName(name, scale, NONE, false);
      case "timestamp" -> new TypeName("rowversion", NONE, NONE, false);
      default -> new TypeName(name, NONE, NONE, false);
    };
  }

  /** Reads what {@link #toString} wrote. */
  static TypeName parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return new TypeName(text, NONE, NONE, true);
    }
    return new TypeName(
        matcher.group(1),
        matcher.group(2) == null
            ? NONE
            : matcher.group(2).equals("max") ? MAX : Integer.parseInt(matcher.group(2)),
        matcher.group(3) == null ? NONE : Integer.parseInt(matcher.group(3)),
        matcher.group(4) != null);
  }

  /** The type in Bobbin's terms. */
  DataType type() {
    if (foreign) {
      return new DataType.Other(toString());
    }
    return switch (base) {
      case "bit" -> new DataType.Bool();
      case "tinyint" -> new DataType.Int(8, false);
      case "smallint" -> new DataType.Int(16, true);
      case "int" -> new DataType.Int(32, true);
      case "bigint" -> new DataType.Int(64, true);
      case "decimal" -> new DataType.Decimal(Math.max(0, first), Math.max(0, second));
      case "money" -> new DataType.Decimal(19, 4);
      case "smallmoney" -> new DataType.Decimal(10, 4);
      case "real" -> new DataType.Float(32);
      case "float" -> new DataType.Float(64);
      case "char", "varchar", "nchar", "nvarchar", "text", "ntext" -> new DataType.Text();
      case "binary", "varbinary", "image", "rowversion", "geometry", "geography" ->
          new DataType.Bytes();
      case "date" -> new DataType.Date();
      case "time" -> new DataType.Time();
      case "datetime", "datetime2", "smalldatetime" -> new DataType.Timestamp();
      case "datetimeoffset" -> new DataType.OffsetTimestamp();
      case "uniqueidentifier" -> new DataType.Uuid();
      case "json" -> new DataType.Json();
      case "vector" -> new DataType.Array(new DataType.Float(32));
      default -> new DataType.Other(toString());
    };
  }

  /**
   * What the type can be as a replication key.
   *
   * <ul>
   *   <li>Texts are equal by their collation and, under every collation, whatever blanks are at
   *       their end; bytes of variable length whatever zeros are.
   *   <li>Of floating point 0 and -0 are equal and different.
   *   <li>A point in time is equal to the same one with another offset.
   *   <li>text, ntext, image, xml, json and shapes have no order; the order of sql_variant is one
   *       by types, that of hierarchyid and of .NET's types cannot be compared with what is read.
   * </ul>
   */
  KeySupport keySupport() {
    if (foreign) {
      return KeySupport.UNORDERED;
    }
    return switch (base) {
      case "bit",
          "tinyint",
          "smallint",
          "int",
          "bigint",
          "decimal",
          "money",
          "smallmoney",
          "date",
          "time",
          "datetime",
          "datetime2",
          "smalldatetime",
          "uniqueidentifier",
          "binary",
          "rowversion" ->
          KeySupport.EXACT;
      case "char", "varchar", "nchar", "nvarchar", "varbinary", "real", "float", "datetimeoffset" ->
          KeySupport.COLLATED;
      default -> KeySupport.UNORDERED;
    };
  }

  /** Whether values are characters in a code page, and not in Unicode. */
  boolean isOfCodePage() {
    return !foreign && (base.equals("char") || base.equals("varchar"));
  }

  /** Whether a value can be larger than a page, so that it is sent in pieces. */
  boolean isLarge() {
    return first == MAX
        || switch (base) {
          case "text",
              "ntext",
              "image",
              "xml",
              "json",
              "sql_variant",
              "geometry",
              "geography",
              "vector" ->
              true;
          default -> foreign;
        };
  }

  /** An upper bound of what a value takes in a row, or a guess where there is none, in bytes. */
  int width() {
    int unit = base.startsWith("n") ? 2 : 1;
    return isLarge()
        ? 256
        : switch (base) {
          case "char", "nchar", "binary" -> unit * first;
          case "varchar", "nvarchar", "varbinary" -> Math.min(unit * first, 40);
          default -> 8;
        };
  }

  /** The name with its modifiers. */
  @Override
  public String toString() {
    return base
        + (first == NONE
            ? ""
            : "(" + (first == MAX ? "max" : first) + (second == NONE ? "" : "," + second) + ")")
        + (foreign ? FOREIGN : "");
  }
}
