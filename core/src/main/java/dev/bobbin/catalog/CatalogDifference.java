package dev.bobbin.catalog;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * How the structure of the source differs from what it was at the last run.
 *
 * @param added tables that are new
 * @param vanished tables that are gone, or that the user may no longer see
 * @param changed tables whose columns or keys differ
 */
public record CatalogDifference(
    List<TableId> added, List<TableId> vanished, List<TableDifference> changed)
    implements Serializable {

  /** No difference. */
  public static final CatalogDifference NONE =
      new CatalogDifference(List.of(), List.of(), List.of());

  /** Copies the lists. */
  public CatalogDifference {
    added = List.copyOf(added);
    vanished = List.copyOf(vanished);
    changed = List.copyOf(changed);
  }

  /** Whether nothing differs. */
  public boolean isEmpty() {
    return added.isEmpty() && vanished.isEmpty() && changed.isEmpty();
  }

  /** A line for each difference; empty where there is none. */
  public String describe() {
    List<String> lines = new ArrayList<>();
    added.forEach(t -> lines.add(t + ": new table"));
    vanished.forEach(t -> lines.add(t + ": table vanished"));
    changed.forEach(d -> lines.add(d.table() + ": " + d.describe()));
    return String.join("\n", lines);
  }
}
