package dev.bobbin.catalog;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * How one table's structure differs from what it was at the last run.
 *
 * @param table the table
 * @param added columns that are new
 * @param dropped columns that are gone; a renamed column is one dropped and one added
 * @param retyped columns whose type is another
 * @param primaryKeyBefore the primary key as it was; empty for none
 * @param primaryKeyNow the primary key as it is; empty for none
 */
public record TableDifference(
    TableId table,
    List<Column> added,
    List<Column> dropped,
    List<Retyped> retyped,
    List<String> primaryKeyBefore,
    List<String> primaryKeyNow)
    implements Serializable {

  /**
   * A column whose type is another.
   *
   * @param before as it was
   * @param now as it is
   */
  public record Retyped(Column before, Column now) implements Serializable {}

  /** Copies the lists. */
  public TableDifference {
    added = List.copyOf(added);
    dropped = List.copyOf(dropped);
    retyped = List.copyOf(retyped);
    primaryKeyBefore = List.copyOf(primaryKeyBefore);
    primaryKeyNow = List.copyOf(primaryKeyNow);
  }

  /** Whether the primary key is another. */
  public boolean primaryKeyChanged() {
    return !primaryKeyBefore.equals(primaryKeyNow);
  }

  /** Whether nothing differs. */
  public boolean isEmpty() {
    return added.isEmpty() && dropped.isEmpty() && retyped.isEmpty() && !primaryKeyChanged();
  }

  /** One line for people, for example {@code column added: email (text)}. */
  public String describe() {
    List<String> parts = new ArrayList<>();
    added.forEach(c -> parts.add("column added: " + c.name() + " (" + c.nativeType() + ")"));
    dropped.forEach(c -> parts.add("column dropped: " + c.name() + " (" + c.nativeType() + ")"));
    retyped.forEach(
        r ->
            parts.add(
                "column retyped: "
                    + r.now().name()
                    + " ("
                    + r.before().nativeType()
                    + " -> "
                    + r.now().nativeType()
                    + ")"));
    if (primaryKeyChanged()) {
      parts.add("primary key changed: " + primaryKeyBefore + " -> " + primaryKeyNow);
    }
    return parts.isEmpty() ? "no difference" : String.join("; ", parts);
  }
}
