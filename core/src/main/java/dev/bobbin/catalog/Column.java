package dev.bobbin.catalog;

import java.io.Serializable;
import java.util.Objects;

/**
 * One column of a table.
 *
 * @param name as the database stores it
 * @param type in Bobbin's terms
 * @param nativeType the source's own name of the type, with its modifiers
 * @param nullable whether it may hold NULL
 * @param readable whether the user may read it
 * @param generation whether the database makes its values
 * @param keySupport whether it can be a replication key
 * @param comment the comment on it in the database; empty where there is none
 */
public record Column(
    String name,
    DataType type,
    String nativeType,
    boolean nullable,
    boolean readable,
    Generation generation,
    KeySupport keySupport,
    String comment)
    implements Serializable {

  /** Who makes a column's values. */
  public enum Generation {
    /** The application. */
    NONE,
    /** The database, from a sequence (identity, serial, auto-increment). */
    IDENTITY,
    /** The database, from an expression over other columns. */
    GENERATED,
    /**
     * Nobody: the value is a part of another column's, such as a field of a document, and is there
     * twice where both are copied. It is copied where a selection names it, and is no part of the
     * table's structure: what is known of it may come of a sample.
     */
    PART
  }

  /** What the database's ordering of the column's values allows. */
  public enum KeySupport {
    /** The type has no ordering: it cannot be a replication key. */
    UNORDERED,
    /**
     * It could be one, but no index gives its order, and the dialect takes it only where it has
     * been told so: each run would read and sort the whole table.
     */
    ON_REQUEST,
    /** Values are equal for the database exactly when their bytes are. */
    EXACT,
    /** Values can be equal for the database though their bytes differ (collations, citext). */
    COLLATED
  }

  /** Checks that nothing is missing. */
  public Column {
    Objects.requireNonNull(name);
    Objects.requireNonNull(type);
    Objects.requireNonNull(nativeType);
    Objects.requireNonNull(generation);
    Objects.requireNonNull(keySupport);
    Objects.requireNonNull(comment);
  }

  /**
   * A nullable, readable column whose values can be a replication key.
   *
   * @param name as the database stores it
   * @param type in Bobbin's terms
   * @param nativeType the source's own name of the type
   */
  public static Column of(String name, DataType type, String nativeType) {
    return new Column(name, type, nativeType, true, true, Generation.NONE, KeySupport.EXACT, "");
  }

  /** The same column, as a {@linkplain Generation#PART part} of another one. */
  public Column asPart() {
    return new Column(
        name, type, nativeType, nullable, readable, Generation.PART, keySupport, comment);
  }

  /** The same column, which never holds NULL. */
  public Column notNull() {
    return new Column(name, type, nativeType, false, readable, generation, keySupport, comment);
  }
}
