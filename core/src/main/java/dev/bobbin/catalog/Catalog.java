package dev.bobbin.catalog;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What structure sync found in a source: its databases, tables and what it has to say about them.
 */
public final class Catalog implements Serializable {

  private static final long serialVersionUID = 1L;

  private final String source;
  private final List<String> defaultNamespace;
  private final List<String> databases;
  private final List<String> notes;
  private final TreeMap<TableId, Table> tables = new TreeMap<>();

  /**
   * A catalog.
   *
   * @param source the product and version, for example {@code PostgreSQL 18.0}
   * @param defaultNamespace what a name without these parts is completed with, outermost first, for
   *     example {@code [shop, public]}
   * @param databases the databases that were looked into
   * @param tables all tables, with full names
   * @param notes what the reader should know, one sentence each: databases that could not be
   *     entered, a replica recognised
   */
  public Catalog(
      String source,
      List<String> defaultNamespace,
      List<String> databases,
      Collection<Table> tables,
      List<String> notes) {
    this.source = source;
    this.defaultNamespace = List.copyOf(defaultNamespace);
    this.databases = List.copyOf(databases);
    this.notes = List.copyOf(notes);
    for (Table table : tables) {
      this.tables.put(table.id(), table);
    }
  }

  /** The product and version. */
  public String source() {
    return source;
  }

  /** What a shorter name is completed with, outermost part first. */
  public List<String> defaultNamespace() {
    return defaultNamespace;
  }

  /** The databases that were looked into. */
  public List<String> databases() {
    return databases;
  }

  /** What the reader should know about the source, one sentence each. */
  public List<String> notes() {
    return notes;
  }

  /** All tables, in the order of their names. */
  public Collection<Table> tables() {
    return Collections.unmodifiableCollection(tables.values());
  }

  /**
   * The table of that name; leading parts that are left out are those of {@link
   * #defaultNamespace()}.
   */
  public Optional<Table> table(TableId id) {
    return Optional.ofNullable(tables.get(complete(id)));
  }

  /** The table of that name, in the form that {@link TableId#parse} reads. */
  public Optional<Table> table(String name) {
    return table(TableId.parse(name));
  }

  /** The full name of a table: leading parts that are left out are the default ones. */
  public TableId complete(TableId id) {
    int missing = defaultNamespace.size() - id.namespace().size();
    if (missing <= 0) {
      return id;
    }
    List<String> namespace = new ArrayList<>(defaultNamespace.subList(0, missing));
    namespace.addAll(id.namespace());
    return new TableId(namespace, id.name());
  }

  /** How this catalog differs from an earlier one. */
  public CatalogDifference differenceFrom(Catalog before) {
    List<TableId> added = new ArrayList<>();
    List<TableDifference> changed = new ArrayList<>();
    for (Table table : tables.values()) {
      Table then = before.tables.get(table.id());
      if (then == null) {
        added.add(table.id());
      } else {
        TableDifference difference = table.structure().differenceFrom(then.structure());
        if (!difference.isEmpty()) {
          changed.add(difference);
        }
      }
    }
    List<TableId> vanished =
        before.tables.keySet().stream().filter(id -> !tables.containsKey(id)).toList();
    return new CatalogDifference(added, vanished, changed);
  }

  /** Some lines for people: each table with its kind, estimated rows, columns and key. */
  public String describe() {
    StringBuilder text = new StringBuilder(source).append(": ").append(tables.size());
    text.append(tables.size() == 1 ? " table" : " tables").append(" in ");
    text.append(String.join(", ", databases)).append('\n');
    for (Map.Entry<TableId, Table> entry : tables.entrySet()) {
      Table table = entry.getValue();
      text.append("  ").append(entry.getKey());
      text.append("  ").append(table.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '));
      table.parent().ifPresent(p -> text.append(" of ").append(p));
      table
          .estimatedRows()
          .ifPresent(n -> text.append(String.format(Locale.ROOT, ", about %,d rows", n)));
      text.append(", ").append(table.columns().size()).append(" columns");
      text.append(
          table.primaryKey().isEmpty()
              ? ", no primary key"
              : ", key " + String.join(", ", table.primaryKey()));
      if (!table.readable()) {
        text.append(", not readable by this user");
      }
      text.append('\n');
    }
    notes.forEach(note -> text.append("  note: ").append(note).append('\n'));
    return text.toString();
  }

  @Override
  public String toString() {
    return source + " (" + tables.size() + " tables)";
  }
}
