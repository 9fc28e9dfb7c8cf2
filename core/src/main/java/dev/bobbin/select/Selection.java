package dev.bobbin.select;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Which tables and columns to copy, and how. Immutable.
 *
 * <p>Where several lines match one table, the one that names it exactly holds; two patterns that
 * match the same table are refused when the plan is made, as is a name that matches nothing.
 * Partitions and inheritance children are never selected by themselves: their rows come with the
 * parent.
 */
public final class Selection implements Serializable {

  private static final long serialVersionUID = 1L;

  private final List<TableSelection> tables;
  private final List<TablePattern> excluded;

  private Selection(List<TableSelection> tables, List<TablePattern> excluded) {
    this.tables = List.copyOf(tables);
    this.excluded = List.copyOf(excluded);
  }

  /** The tables of these lines. */
  public static Selection of(TableSelection... tables) {
    return new Selection(List.of(tables), List.of());
  }

  /** The tables of these lines. */
  public static Selection of(List<TableSelection> tables) {
    return new Selection(tables, List.of());
  }

  /**
   * The same without the tables that these names or patterns match.
   *
   * @throws dev.bobbin.error.ConfigurationException if a text is not a name or pattern
   */
  public Selection exclude(String... patterns) {
    List<TablePattern> all = new ArrayList<>(excluded);
    for (String pattern : patterns) {
      all.add(TablePattern.parse(pattern));
    }
    return new Selection(tables, all);
  }

  /** The lines, in the order given. */
  public List<TableSelection> tables() {
    return tables;
  }

  /** What is left out. */
  public List<TablePattern> excluded() {
    return excluded;
  }

  @Override
  public String toString() {
    return tables + (excluded.isEmpty() ? "" : " without " + excluded);
  }
}
