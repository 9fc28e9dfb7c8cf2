package dev.bobbin.plan;

import dev.bobbin.catalog.CatalogDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.select.Selection;
import java.util.List;
import java.util.Optional;

/**
 * What a run will do: a photograph of the source and the state at the moment it was made, read-only
 * and printable. A run reads both again, and plans a table anew that has changed since.
 */
public final class Plan {

  private final Selection selection;
  private final String source;
  private final List<TablePlan> tables;
  private final CatalogDifference difference;
  private final List<String> notes;

  /**
   * A plan; made by the planner.
   *
   * @param selection what it was made from
   * @param source product and version
   * @param tables the tables
   * @param difference how the structure differs from the last run
   * @param notes what is good to know about the source
   */
  public Plan(
      Selection selection,
      String source,
      List<TablePlan> tables,
      CatalogDifference difference,
      List<String> notes) {
    this.selection = selection;
    this.source = source;
    this.tables = List.copyOf(tables);
    this.difference = difference;
    this.notes = List.copyOf(notes);
  }

  /** What the plan was made from. */
  public Selection selection() {
    return selection;
  }

  /** The tables, in the order in which they are begun. */
  public List<TablePlan> tables() {
    return tables;
  }

  /** The plan of one table, by its name; leading parts may be left out. */
  public Optional<TablePlan> table(TableId table) {
    return tables.stream().filter(t -> t.table().endsWith(table)).findFirst();
  }

  /** The plan of one table, by its name in the form that {@link TableId#parse} reads. */
  public Optional<TablePlan> table(String table) {
    return table(TableId.parse(table));
  }

  /** How the structure differs from the last run; nothing on the first. */
  public CatalogDifference difference() {
    return difference;
  }

  /** What is good to know about the source, one sentence each. */
  public List<String> notes() {
    return notes;
  }

  /**
   * The plan in words: for every table the method, key, bookmark, estimated rows, what is left out
   * and why, and every warning. Bookmarks of number and time keys only are shown.
   */
  public String describe() {
    StringBuilder text = new StringBuilder("Plan for ").append(source).append(", ");
    text.append(tables.size()).append(tables.size() == 1 ? " table\n" : " tables\n");
    notes.forEach(note -> text.append("  note: ").append(note).append('\n'));
    tables.forEach(table -> text.append("  ").append(table.describe()));
    if (!difference.isEmpty()) {
      text.append("Changes of structure since the last run\n  ");
      text.append(difference.describe().replace("\n", "\n  ")).append('\n');
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return "plan for " + source + " of " + tables.size() + " tables";
  }
}
