package dev.bobbin.dialect.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The types that the columns of a database use, and those beneath them. */
final class TypeLookup {

  // Ordered: a default btree operator class of its own, or of what it is binary-coercible to
  // (varchar has that of text), or the one for all enums, ranges or multiranges (pg_type.dat:
  // 3500 anyenum, 3831 anyrange, 4537 anymultirange). Arrays follow their elements.
  // A real array is one that array_in reads: point and name have elements too.
  private static final String SQL =
      """
      WITH RECURSIVE used(oid) AS (
        SELECT DISTINCT a.atttypid
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attnum > 0 AND NOT a.attisdropped AND %s
        UNION
        SELECT beneath.oid
        FROM used u
        JOIN pg_type t ON t.oid = u.oid
        CROSS JOIN LATERAL (VALUES (t.typbasetype), (t.typelem)) beneath(oid)
        WHERE beneath.oid <> 0
      ), sorted AS (
        SELECT o.opcintype AS oid
        FROM pg_opclass o
        JOIN pg_am m ON m.oid = o.opcmethod
        WHERE m.amname = 'btree' AND o.opcdefault
      )
      SELECT t.oid, n.nspname, t.typname, t.typtype::text, t.typbasetype, t.typtypmod, t.typnotnull,
             CASE WHEN t.typinput = 'pg_catalog.array_in'::regproc THEN t.typelem ELSE 0 END,
             t.oid IN (SELECT s.oid FROM sorted s)
               OR (t.typtype = 'e' AND 3500 IN (SELECT s.oid::int8 FROM sorted s))
               OR (t.typtype = 'r' AND 3831 IN (SELECT s.oid::int8 FROM sorted s))
               OR (t.typtype = 'm' AND 4537 IN (SELECT s.oid::int8 FROM sorted s))
               OR EXISTS (
                 SELECT 1
                 FROM pg_cast k
                 JOIN sorted s ON s.oid = k.casttarget
                 WHERE k.castsource = t.oid AND k.castmethod = 'b' AND k.castcontext = 'i')
      FROM used u
      JOIN pg_type t ON t.oid = u.oid
      JOIN pg_namespace n ON n.oid = t.typnamespace
      """
          .formatted(RelationKind.RELATIONS);

  /** A row of pg_type. */
  private record Type(
      String schema,
      String name,
      char kind,
      long base,
      int baseModifier,
      boolean notNull,
      long element,
      boolean ordered) {}

  private final Map<Long, Type> types = new HashMap<>();

  void read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(SQL)) {
      while (rows.next()) {
        types.put(
            rows.getLong(1),
            new Type(
                rows.getString(2),
                rows.getString(3),
                rows.getString(4).charAt(0),
                rows.getLong(5),
                rows.getInt(6),
                rows.getBoolean(7),
                rows.getLong(8),
                rows.getBoolean(9)));
      }
    }
  }

  /** Whether a domain in the chain forbids NULL. */
  boolean forbidsNull(long oid) {
    Type type = types.get(oid);
    while (type != null && type.kind == 'd') {
      if (type.notNull) {
        return true;
      }
      type = types.get(type.base);
    }
    return false;
  }

  /**
   * What the type system says about a column.
   *
   * @param oid its declared type
   * @param modifier its declared modifier
   * @param deterministic whether its collation, if any, is
   * @return null if the type has been dropped since
   */
  @Nullable TypeFacts facts(long oid, int modifier, boolean deterministic) {
    Type type = types.get(oid);
    int effective = modifier;
    while (type != null && type.kind == 'd') {
      effective = type.baseModifier; // a column of a domain has none of its own
      type = types.get(type.base);
    }
    if (type == null) {
      return null;
    }
    TypeFacts element = type.element == 0 ? null : facts(type.element, effective, deterministic);
    return new TypeFacts(
        type.name,
        type.schema,
        type.kind,
        effective,
        element,
        element == null ? type.ordered : element.ordered(),
        deterministic);
  }
}
