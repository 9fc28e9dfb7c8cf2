package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;
import java.util.List;

/**
 * Decides which of Bobbin's types a PostgreSQL type is, and what it can be as a replication key.
 *
 * <p>A scan is made from the type in Bobbin's terms and the native name alone ({@link
 * SelectedColumn}), so a domain over a type whose binary form differs from its neighbours' is
 * delivered as text where the name does not tell the two apart: domains over {@code "char"}.
 */
final class PostgresTypes {

  private static final int NUMERIC_HEADER = 4; // VARHDRSZ, which the modifier is offset by
  private static final DataType TEXT = new DataType.Text();

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
    DataType type = type(facts, nativeType);
    return new Column(
        name,
        type,
        nativeType,
        nullable,
        readable,
        generation,
        keySupport(type, nativeType, facts),
        comment);
  }

  private static DataType type(TypeFacts facts, String nativeType) {
    boolean builtIn = facts.schema().equals("pg_catalog");
    TypeFacts element = facts.element();
    // Fixed-length types with a pg_type.typelem (name, point, box, …) are no arrays; the two
    // vectors are, but PostgreSQL writes them in a form of their own.
    if (element != null && facts.kind() == 'b' && facts.name().startsWith("_")) {
      if (element.name().equals("box") && element.schema().equals("pg_catalog")) {
        // Its elements stand between semicolons, which the cast to text[] before 11 splits wrongly.
        return new DataType.Other(nativeType);
      }
      String elementName =
          nativeType.endsWith("[]")
              ? nativeType.substring(0, nativeType.length() - 2)
              : nativeName(element);
      return new DataType.Array(type(element, elementName));
    }
    if (facts.kind() == 'e' || (facts.kind() == 'b' && facts.name().equals("citext"))) {
      return TEXT;
    }
    if (facts.kind() != 'b' || !builtIn) {
      return new DataType.Other(nativeType);
    }
    return switch (facts.name()) {
      case "bool" -> new DataType.Bool();
      case "int2" -> new DataType.Int(16, true);
      case "int4" -> new DataType.Int(32, true);
      case "int8" -> new DataType.Int(64, true);
      case "oid" -> new DataType.Int(32, false);
      case "numeric" -> decimal(facts.modifier());
      case "money" -> DataType.Decimal.UNBOUNDED;
      case "float4" -> new DataType.Float(32);
      case "float8" -> new DataType.Float(64);
      case "text", "varchar", "bpchar", "name", "xml" -> TEXT;
      case "char" -> nativeType.equals("\"char\"") ? TEXT : new DataType.Other(nativeType);
      case "bytea" -> new DataType.Bytes();
      case "date" -> new DataType.Date();
      case "time" -> new DataType.Time();
      case "timetz" -> new DataType.OffsetTime();
      case "timestamp" -> new DataType.Timestamp();
      case "timestamptz" -> new DataType.Instant();
      case "interval" -> new DataType.Interval();
      case "uuid" -> new DataType.Uuid();
      case "json", "jsonb" -> new DataType.Json();
      default -> new DataType.Other(nativeType);
    };
  }

  private static String nativeName(TypeFacts facts) {
    if (facts.schema().equals("pg_catalog")) {
      return facts.name();
    }
    return PostgresSql.identifier(facts.schema()) + '.' + PostgresSql.identifier(facts.name());
  }

  /** The modifier of numeric(p,s): p in the upper half, s in 11 signed bits (numeric.c). */
  private static DataType decimal(int modifier) {
    if (modifier < NUMERIC_HEADER) {
      return DataType.Decimal.UNBOUNDED;
    }
    int bits = modifier - NUMERIC_HEADER;
    int scale = ((bits & 0x7ff) ^ 0x400) - 0x400;
    return new DataType.Decimal((bits >> 16) & 0xffff, scale);
  }

  private static KeySupport keySupport(DataType type, String nativeType, TypeFacts facts) {
    if (!facts.ordered() || type instanceof DataType.Array || type instanceof DataType.Json) {
      return KeySupport.UNORDERED;
    }
    boolean builtIn = facts.schema().equals("pg_catalog");
    if (!builtIn && facts.name().equals("hstore")) {
      return KeySupport.UNORDERED; // it sorts, by operators of other names
    }
    if ((facts.kind() != 'b' || !builtIn) && !isDeclaredAs(nativeType, facts, builtIn)) {
      // A domain over an enum, a range or an extension's type: the operators of the former two do
      // not take domains; those of the latter can be in a schema that the name does not say, and
      // the scan would compare by another type's without saying so.
      return KeySupport.UNORDERED;
    }
    boolean equalThoughDifferent =
        type instanceof DataType.Float // 0 and -0
            || type instanceof DataType.Interval // a month and thirty days
            || facts.kind() == 'c'
            || facts.kind() == 'r'
            || facts.kind() == 'm'
            || (facts.kind() == 'b' && !builtIn)
            || (facts.name().equals("bpchar") && facts.modifier() < 0)
            || !facts.exactEquality();
    return equalThoughDifferent ? KeySupport.COLLATED : KeySupport.EXACT;
  }

  private static boolean isDeclaredAs(String nativeType, TypeFacts facts, boolean builtIn) {
    List<String> name = PostgresSql.typeName(nativeType);
    return builtIn
        ? name.equals(List.of(facts.name()))
        : name.equals(List.of(facts.schema(), facts.name()));
  }
}
