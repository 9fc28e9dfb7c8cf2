package dev.bobbin.internal;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.CatalogDifference;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.StateException;
import dev.bobbin.plan.Plan;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.plan.TablePlan.Interrupted;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.ReplicationMethod.Overlap;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TablePattern;
import dev.bobbin.select.TableSelection;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.TableAbilities;
import dev.bobbin.state.Bookmark;
import dev.bobbin.state.Checkpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes the plan: which tables a selection means, and what a run does with each. */
public final class Planner {

  /** What the note on rows without a key begins with. */
  static final String NULL_KEYS = "The key may be NULL: ";

  static final String ROW_SECURITY =
      "Row-level security can hide rows of this table from this user.";

  private final ReplicatorState state;
  private final boolean resetUnfitting;
  private final int parallelism;

  /**
   * A planner.
   *
   * @param state where the tables stand
   * @param resetUnfitting whether a checkpoint that no longer fits is reset by itself
   * @param parallelism how many scans are read at the same time
   */
  public Planner(ReplicatorState state, boolean resetUnfitting, int parallelism) {
    this.state = state;
    this.resetUnfitting = resetUnfitting;
    this.parallelism = parallelism;
  }

  /** The databases that tables of a selection can be in. */
  public static Predicate<String> databasesOf(Selection selection, List<String> defaultNamespace) {
    return database ->
        selection.tables().stream()
            .anyMatch(t -> t.pattern().canMatchDatabase(database, defaultNamespace));
  }

  /**
   * The plan for a selection.
   *
   * @throws ConfigurationException if a name matches nothing, or several lines match one table
   */
  public Plan plan(Catalog catalog, Selection selection, SourceSession session) {
    return plan(catalog, selection, session, true);
  }

  /**
   * The same for tables that were planned before: a column that is gone since then concerns its
   * table alone, not the run.
   */
  public Plan planAgain(Catalog catalog, Selection selection, SourceSession session) {
    return plan(catalog, selection, session, false);
  }

  private Plan plan(Catalog catalog, Selection selection, SourceSession session, boolean strict) {
    List<String> notes = new ArrayList<>(catalog.notes());
    Map<Table, TableSelection> chosen = resolve(catalog, selection, session, strict, notes);
    Map<TableId, OptionalDouble> shares = nullShares(chosen, session);
    List<TablePlan> plans = new ArrayList<>();
    chosen.forEach(
        (table, line) ->
            plans.add(
                planTable(
                    line,
                    table,
                    session.abilities(table),
                    shares.getOrDefault(table.id(), OptionalDouble.empty()))));
    return new Plan(selection, catalog.source(), plans, differenceTo(catalog), notes);
  }

  private static Map<Table, TableSelection> resolve(
      Catalog catalog,
      Selection selection,
      SourceSession session,
      boolean strict,
      List<String> notes) {
    for (TablePattern pattern : selection.excluded()) {
      requireMatch(catalog, pattern, "exclude(…)");
    }
    Map<TableId, TableSelection> lines = new LinkedHashMap<>();
    Map<TableId, Table> tables = new LinkedHashMap<>();
    for (TableSelection line : selection.tables()) {
      List<Table> matches =
          requireMatch(catalog, line.pattern(), "The selection").stream()
              .map(table -> withNamed(table, line, session))
              .toList();
      if (strict) {
        if (!line.pattern().isGlob()) {
          refuseChild(matches.get(0));
        }
        checkColumnNames(line, matches);
      }
      for (Table table : matches) {
        if (table.parent().isPresent() && line.pattern().isGlob()) {
          continue;
        }
        if (isExcluded(selection, table, catalog)) {
          if (!line.pattern().isGlob()) {
            throw new ConfigurationException(
                "Table " + table.id() + " is both selected by name and excluded.",
                "Take it out of one of the two.");
          }
          continue;
        }
        if (line.pattern().isGlob() && !table.readable()) {
          notes.add("Skipped " + table.id() + ": this user may not read it.");
          continue;
        }
        TableSelection other = lines.putIfAbsent(table.id(), line);
        if (other == null) {
          tables.put(table.id(), table);
        } else {
          boolean exactNow = !line.pattern().isGlob();
          if (exactNow == !other.pattern().isGlob()) {
            throw new ConfigurationException(
                "Table "
                    + table.id()
                    + " is matched by "
                    + other.pattern()
                    + " and by "
                    + line.pattern()
                    + ", and neither is more exact.",
                "Name the table exactly, or make one of the patterns narrower.");
          }
          if (exactNow) {
            lines.put(table.id(), line);
            tables.put(table.id(), table);
          }
        }
      }
    }
    Map<Table, TableSelection> chosen = new LinkedHashMap<>();
    lines.forEach((id, line) -> chosen.put(Objects.requireNonNull(tables.get(id)), line));
    return chosen;
  }

  /** The table with the columns that a line names and that structure sync did not list. */
  private static Table withNamed(Table table, TableSelection line, SourceSession session) {
    Table with = table;
    for (String name : named(line)) {
      if (with.column(name).isEmpty()) {
        Optional<Column> more = session.column(table, name);
        if (more.isPresent()) {
          with = with.withColumn(more.get());
        }
      }
    }
    return with;
  }

  /** The columns that a line names, for whatever it does with them. */
  private static Set<String> named(TableSelection line) {
    Set<String> named = new LinkedHashSet<>(new TreeSet<>(line.columns()));
    named.addAll(line.identity());
    if (line.method() instanceof Incremental incremental) {
      named.add(incremental.key());
    }
    return named;
  }

  private static List<Table> requireMatch(Catalog catalog, TablePattern pattern, String where) {
    List<Table> matches =
        catalog.tables().stream()
            .filter(t -> pattern.matches(t.id(), catalog.defaultNamespace()))
            .toList();
    if (matches.isEmpty()) {
      throw new ConfigurationException(
          where
              + " names "
              + pattern
              + ", which matches no table of "
              + catalog.source()
              + " that this user can see; nothing was read.",
          NearestNames.sentence(
              pattern.toString(),
              catalog.tables().stream()
                  .filter(t -> t.parent().isEmpty())
                  .map(t -> shortName(t.id(), catalog.defaultNamespace()))
                  .toList()));
    }
    return matches;
  }

  private static String shortName(TableId id, List<String> defaultNamespace) {
    List<String> parts = id.parts();
    return !defaultNamespace.isEmpty() && parts.get(0).equals(defaultNamespace.get(0))
        ? TableId.of(parts.subList(1, parts.size())).toString()
        : id.toString();
  }

  private static void refuseChild(Table table) {
    ConfigurationException refusal = childRefusal(table);
    if (refusal != null) {
      throw refusal;
    }
  }

  private static @Nullable ConfigurationException childRefusal(Table table) {
    return table
        .parent()
        .map(
            parent ->
                new ConfigurationException(
                    "Table "
                        + table.id()
                        + " is a partition or inheritance child of "
                        + parent
                        + ", and its rows come with that table's.",
                    "Select " + parent + " instead."))
        .orElse(null);
  }

  private static boolean isExcluded(Selection selection, Table table, Catalog catalog) {
    return selection.excluded().stream()
        .anyMatch(p -> p.matches(table.id(), catalog.defaultNamespace()));
  }

  private static void checkColumnNames(TableSelection line, List<Table> tables) {
    for (String column : named(line)) {
      boolean needed =
          line.method() instanceof Incremental incremental && incremental.key().equals(column);
      List<Table> without = tables.stream().filter(t -> t.column(column).isEmpty()).toList();
      if (needed ? !without.isEmpty() : without.size() == tables.size()) {
        throw new ConfigurationException(
            "The selection of "
                + line.pattern()
                + " names the column "
                + column
                + ", which table "
                + without.get(0).id()
                + " does not have; nothing was read.",
            NearestNames.sentence(
                column, without.get(0).columns().stream().map(Column::name).toList()));
      }
    }
  }

  private static Map<TableId, OptionalDouble> nullShares(
      Map<Table, TableSelection> chosen, SourceSession session) {
    List<SourceSession.TableKey> keys = new ArrayList<>();
    chosen.forEach(
        (table, line) -> {
          if (line.method() instanceof Incremental incremental
              && table.column(incremental.key()).filter(Column::nullable).isPresent()) {
            keys.add(new SourceSession.TableKey(table, incremental.key()));
          }
        });
    Map<TableId, OptionalDouble> shares = new LinkedHashMap<>();
    if (!keys.isEmpty()) {
      List<OptionalDouble> answers = session.estimateNullKeys(keys);
      for (int i = 0; i < keys.size(); i++) {
        shares.put(keys.get(i).table().id(), answers.get(i));
      }
    }
    return shares;
  }

  /** How a catalog differs from what the last run remembered; nothing on the first run. */
  public CatalogDifference differenceTo(Catalog catalog) {
    Set<TableId> known = state.known();
    if (known.isEmpty()) {
      return CatalogDifference.NONE;
    }
    Set<String> databases = new HashSet<>(catalog.databases());
    Set<TableId> now = new LinkedHashSet<>();
    List<TableDifference> changed = new ArrayList<>();
    for (Table table : catalog.tables()) {
      now.add(table.id());
      difference(table).ifPresent(changed::add);
    }
    return new CatalogDifference(
        now.stream().filter(id -> !known.contains(id)).toList(),
        known.stream()
            .filter(id -> databases.contains(id.parts().get(0)) && !now.contains(id))
            .sorted()
            .toList(),
        changed);
  }

  private Optional<TableDifference> difference(Table table) {
    return state
        .structure(table.id())
        .map(before -> table.structure().differenceFrom(before.source().structure()))
        .filter(difference -> !difference.isEmpty());
  }

  /** The plan for one table, when it has changed since the plan was made. */
  TablePlan planTable(TableSelection line, Table found, SourceSession session) {
    Table table = withNamed(found, line, session);
    return planTable(line, table, session.abilities(table), OptionalDouble.empty());
  }

  private TablePlan planTable(
      TableSelection line, Table table, TableAbilities abilities, OptionalDouble nullShare) {
    TablePlan.Builder plan = new TablePlan.Builder(line, table);
    difference(table).ifPresent(plan::difference);
    List<String> identity = identity(line, table);
    Map<String, String> leftOut = new LinkedHashMap<>();
    Set<String> delivered = new LinkedHashSet<>();
    for (Column column : table.columns()) {
      String reason = whyLeftOut(line, column, identity);
      if (reason == null) {
        delivered.add(column.name());
      } else if (column.generation() != Column.Generation.PART) {
        leftOut.put(column.name(), reason);
      }
    }
    plan.delivers(table.withColumns(delivered), leftOut);
    List<String> known = delivered.containsAll(identity) ? identity : List.of();
    plan.identity(known);
    BobbinException refusal = refusal(line, table, delivered);
    if (refusal != null) {
      return plan.refused(refusal).build();
    }
    if (line.method() instanceof Incremental incremental) {
      Incremental settled = settled(incremental, table, abilities);
      plan.method(settled);
      planIncremental(plan, line, table, settled, nullShare);
    } else {
      planFullTable(plan, line, table);
    }
    planReading(plan, line, table, abilities, known);
    adviseOnTable(plan, table, table.withColumns(delivered), known);
    return plan.build();
  }

  /** The columns that tell a row from all others; empty where none do. */
  static List<String> identity(TableSelection line, Table table) {
    if (!line.identity().isEmpty()) {
      return line.identity();
    }
    return table.uniqueKeys().stream()
        .filter(
            key ->
                key.stream()
                    .allMatch(name -> table.column(name).filter(c -> !c.nullable()).isPresent()))
        .findFirst()
        .orElse(List.of());
  }

  private static @Nullable String whyLeftOut(
      TableSelection line, Column column, List<String> identity) {
    if (!column.readable()) {
      return "no SELECT privilege";
    }
    boolean named = line.columns().contains(column.name());
    if (line.isOnly() || column.generation() == Column.Generation.PART) {
      boolean always =
          identity.contains(column.name())
              || (line.method() instanceof Incremental incremental
                  && incremental.key().equals(column.name()));
      return (named && line.isOnly()) || always ? null : "not among only(…)";
    }
    return named ? "excluded" : null;
  }

  private @Nullable BobbinException refusal(
      TableSelection line, Table table, Set<String> delivered) {
    if (table.parent().isPresent()) {
      return childRefusal(table);
    }
    if (delivered.isEmpty()) {
      return table.columns().isEmpty() || table.readable()
          ? new ConfigurationException(
              "No column of table " + table.id() + " is left to copy.", "Leave fewer columns out.")
          : unreadable("table " + table.id(), table);
    }
    if (!line.isOnly()) {
      BobbinException part = excludedPart(line, table, delivered);
      if (part != null) {
        return part;
      }
    }
    for (String column : line.isOnly() ? line.columns() : Set.<String>of()) {
      if (table.column(column).filter(c -> !c.readable()).isPresent()) {
        return unreadable("column " + column + " of table " + table.id(), table);
      }
    }
    for (String column : line.identity()) {
      if (table.column(column).isEmpty()) {
        return new ConfigurationException(
            "Table " + table.id() + " no longer has the column " + column + " of identifiedBy(…).",
            NearestNames.sentence(column, table.columns().stream().map(Column::name).toList()));
      }
    }
    if (line.method() instanceof Incremental incremental) {
      BobbinException unfit = unfitKey(incremental, table, delivered);
      if (unfit != null) {
        return unfit;
      }
    }
    return resetUnfitting ? null : unfitCheckpoint(line, table);
  }

  /** A part that is left out, although what it is a part of is copied whole. */
  private static @Nullable BobbinException excludedPart(
      TableSelection line, Table table, Set<String> delivered) {
    List<String> parts =
        table.columns().stream()
            .filter(column -> column.generation() == Column.Generation.PART)
            .map(Column::name)
            .filter(line.columns()::contains)
            .sorted()
            .toList();
    List<String> wholes =
        table.columns().stream()
            .filter(column -> column.type() instanceof DataType.Document)
            .filter(column -> column.generation() != Column.Generation.PART)
            .map(Column::name)
            .filter(delivered::contains)
            .toList();
    return parts.isEmpty() || wholes.isEmpty()
        ? null
        : new ConfigurationException(
            "The selection of "
                + table.id()
                + " leaves out "
                + String.join(", ", parts)
                + ", but "
                + String.join(", ", wholes)
                + " is copied and has it too.",
            "Name what is to be copied with only(…), without " + wholes.get(0) + ".");
  }

  private static SourceException unreadable(String what, Table table) {
    return new SourceException(
        SourceException.Kind.PERMANENT,
        "This user may not read " + what + ".",
        "Grant it SELECT on " + table.id() + ", or take it out of the selection.",
        null);
  }

  private static @Nullable BobbinException unfitKey(
      Incremental incremental, Table table, Set<String> delivered) {
    Column key = table.column(incremental.key()).orElse(null);
    if (key == null) {
      return new ConfigurationException(
          "The replication key "
              + incremental.key()
              + " of table "
              + table.id()
              + " does not exist (any more).",
          NearestNames.sentence(
              incremental.key(), table.columns().stream().map(Column::name).toList()));
    }
    if (!key.readable()) {
      return unreadable("the replication key " + key.name() + " of table " + table.id(), table);
    }
    if (!delivered.contains(key.name())) {
      return new ConfigurationException(
          "The replication key " + key.name() + " of table " + table.id() + " is left out.",
          "Take it out of except(…): the bookmark is read from it.");
    }
    if (key.keySupport() == Column.KeySupport.UNORDERED) {
      return new ConfigurationException(
          "Column "
              + key.name()
              + " of table "
              + table.id()
              + " is of type "
              + key.nativeType()
              + ", which has no order, and cannot be a replication key.",
          "Choose a column that grows, such as a time of change or a serial number.");
    }
    if (key.keySupport() == Column.KeySupport.ON_REQUEST) {
      return new ConfigurationException(
          "No index of table "
              + table.id()
              + " begins with "
              + key.name()
              + ", so with it as the replication key each run would read and sort the whole table.",
          "Make an index, choose a key that one begins with, or tell the dialect that this is meant"
              + " (of MongoDB: field(…)).");
    }
    if ((incremental.overlap() instanceof Overlap.Time && !key.type().isTemporal())
        || (incremental.overlap() instanceof Overlap.Count && !isExactNumber(key.type()))) {
      return new ConfigurationException(
          "The overlap of table "
              + table.id()
              + " does not fit its replication key "
              + key.name()
              + " ("
              + key.nativeType()
              + ").",
          "Use overlap(Duration) for times and overlap(long) for whole and decimal numbers.");
    }
    return null;
  }

  /** A checkpoint made for another method or key says nothing about this one. */
  private @Nullable StateException unfitCheckpoint(TableSelection line, Table table) {
    TableState saved = state.table(table.id());
    if (saved.loadId() == 0 || saved.reset()) {
      return null;
    }
    boolean wasIncremental = saved.method().equals(TableState.INCREMENTAL);
    if (line.method() instanceof Incremental incremental) {
      return wasIncremental
          ? unfitBookmark(incremental, table, saved.checkpoints().values())
          : unfit(table, "full table", words(incremental, table));
    }
    return wasIncremental ? unfit(table, "incremental", "full table") : null;
  }

  private static @Nullable StateException unfitBookmark(
      Incremental incremental, Table table, Collection<Checkpoint> checkpoints) {
    Column key = table.column(incremental.key()).orElseThrow();
    for (Checkpoint checkpoint : checkpoints) {
      Bookmark bookmark = checkpoint.bookmark().orElse(null);
      // Keys that have families are compared by what they are, not by what their column is.
      boolean families = !checkpoint.scan().equals(TableScan.KEY);
      if (TableScan.isKey(checkpoint.scan())
          && bookmark != null
          && !(bookmark.column().equals(key.name())
              && (families || isComparedAlike(bookmark, key)))) {
        return unfit(
            table,
            "incremental by " + bookmark.column() + " (" + bookmark.nativeType() + ")",
            words(incremental, table));
      }
    }
    return null;
  }

  private static String words(Incremental incremental, Table table) {
    Column key = table.column(incremental.key()).orElseThrow();
    return "incremental by " + key.name() + " (" + key.nativeType() + ")";
  }

  private static StateException unfit(Table table, String then, String now) {
    return new StateException(
        "The saved checkpoint of table "
            + table.id()
            + " was made for "
            + then
            + ", but the table is now to be copied as "
            + now
            + "; nothing of it was read, and the checkpoint was kept.",
        "Call replicator.reset(\""
            + table.id().toString().replace("\"", "\\\"")
            + "\") to begin a new load, or go back to the old selection.",
        null);
  }

  /** Whether the saved checkpoint was made for another method or key than the plan's. */
  boolean isUnfit(TablePlan plan) {
    return unfitCheckpoint(plan.selection(), plan.source()) != null;
  }

  /** Why the checkpoints that a sink keeps do not fit the plan; null if they do. */
  @Nullable StateException unfit(TablePlan plan, Collection<Checkpoint> theirs) {
    return plan.method() instanceof Incremental incremental
        ? unfitBookmark(incremental, plan.source(), theirs)
        : null;
  }

  /**
   * Whether a bookmark is written and compared as values of that column are. A widened type is;
   * texts of two types may be ordered by different rules.
   */
  private static boolean isComparedAlike(Bookmark bookmark, Column key) {
    if (bookmark.type().isTextual() || key.type().isTextual()) {
      return textType(bookmark.nativeType()).equals(textType(key.nativeType()));
    }
    return bookmark.type().getClass() == key.type().getClass();
  }

  private static String textType(String nativeType) {
    String plain = nativeType.replaceAll("\\(.*\\)$", "");
    return plain.equals("character varying") ? "text" : plain;
  }

  /** The method with a width in place of the usual overlap. */
  private static Incremental settled(
      Incremental incremental, Table table, TableAbilities abilities) {
    if (!(incremental.overlap() instanceof Overlap.Usual)) {
      return incremental;
    }
    DataType key = table.column(incremental.key()).orElseThrow().type();
    Overlap width =
        !abilities.latecomers()
            ? new Overlap.None()
            : key.isTemporal()
                ? new Overlap.Time(Overlap.Usual.TIME)
                : isExactNumber(key) ? new Overlap.Count(Overlap.Usual.COUNT) : new Overlap.None();
    return new Incremental(incremental.key(), width, incremental.nullKeys());
  }

  private static boolean isExactNumber(DataType type) {
    return type instanceof DataType.Int || type instanceof DataType.Decimal;
  }

  /** How the table's load is read: by how many readers, and what an interruption costs. */
  private void planReading(
      TablePlan.Builder plan,
      TableSelection line,
      Table table,
      TableAbilities abilities,
      List<String> identity) {
    TableState saved = state.table(table.id());
    boolean byKey = line.method() instanceof Incremental;
    boolean cut = abilities.oneReaderBecause().isEmpty() || abilities.restartsBecause().isEmpty();
    boolean resumable =
        abilities.restartsBecause().isEmpty()
            && (!identity.isEmpty() || line.resumesWithoutIdentity());
    plan.readers(abilities.oneReaderBecause().isEmpty() ? parallelism : 1);
    abilities.cutBy().ifPresent(plan::cutBy);
    if (byKey && !cut) {
      resumable = true; // in the order of the key, from its bookmark
    }
    plan.interrupted(resumable ? Interrupted.RESUMES : Interrupted.RESTARTS);
    if (saved.reset() || (saved.whole() && byKey)) {
      return;
    }
    if (parallelism > 1) {
      abilities
          .oneReaderBecause()
          .ifPresent(because -> plan.note("One reader, because " + because + "."));
    }
    if (!resumable) {
      plan.note(
          "An interrupted load begins again, because "
              + abilities
                  .restartsBecause()
                  .orElse(
                      "nothing tells a row from all others: resumeWithoutIdentity() lets it go on"
                          + " all the same")
              + ".");
    } else if (!saved.scans().isEmpty() && unfitCheckpoint(line, table) == null) {
      plan.goesOn();
    }
  }

  private void planIncremental(
      TablePlan.Builder plan,
      TableSelection line,
      Table table,
      Incremental incremental,
      OptionalDouble nullShare) {
    TableState saved = state.table(table.id());
    boolean resets = saved.reset() || unfitCheckpoint(line, table) != null;
    Bookmark bookmark =
        resets
            ? null
            : saved.keyCheckpoints().stream()
                .flatMap(checkpoint -> checkpoint.bookmark().stream())
                .findFirst()
                .orElse(null);
    plan.standsAt(resets || !saved.whole(), bookmark);
    if (resets && saved.loadId() > 0) {
      plan.note("A new load begins: the table was reset, or its checkpoint no longer fits.");
    }
    keyWarnings(incremental, table).forEach(plan::warning);
    Column key = table.column(incremental.key()).orElseThrow();
    if (key.nullable()) {
      plan.note(nullKeySentence(incremental, table, nullShare));
    }
  }

  /** What can go wrong with a replication key, its missing index first. */
  static List<String> keyWarnings(Incremental incremental, Table table) {
    List<String> warnings = new ArrayList<>();
    Column key = table.column(incremental.key()).orElseThrow();
    if (!table.isIndexed(key.name())) {
      warnings.add(
          "No index begins with the replication key "
              + key.name()
              + ": each run scans and sorts the whole table.");
    }
    if (key.type().isTextual()) {
      warnings.add(
          "The replication key "
              + key.name()
              + " is text: rows are found by its order in the database's collation, which few"
              + " applications keep growing.");
    }
    if (incremental.overlap() instanceof Overlap.None) {
      warnings.add(
          "No overlap: a transaction that commits after a run, with a key below the bookmark, is"
              + " missed. Use overlap(…) unless writers commit in key order.");
    }
    return warnings;
  }

  private static String nullKeySentence(
      Incremental incremental, Table table, OptionalDouble share) {
    String estimate =
        share.isEmpty()
            ? "an unknown number of"
            : table.estimatedRows().isPresent()
                ? String.format(
                    Locale.ROOT,
                    "about %,d",
                    Math.round(share.getAsDouble() * table.estimatedRows().getAsLong()))
                : String.format(Locale.ROOT, "about %.1f %% of the", share.getAsDouble() * 100);
    String policy =
        incremental.nullKeys() == NullKeys.EVERY_RUN
            ? "delivered by every run"
            : incremental.nullKeys() == NullKeys.FIRST_RUN
                ? "delivered by the first run only"
                : "a failure";
    return NULL_KEYS + estimate + " rows with a NULL key are " + policy + ".";
  }

  private void planFullTable(TablePlan.Builder plan, TableSelection line, Table table) {
    plan.standsAt(true, null);
    if (resetUnfitting && unfitCheckpoint(line, table) != null) {
      plan.note("A new load begins: the saved checkpoint was made for another method.");
    }
  }

  private void adviseOnTable(
      TablePlan.Builder plan, Table table, Table delivered, List<String> identity) {
    if (identity.isEmpty()) {
      plan.warning(
          "Nothing tells a row from all others, so rows that come twice cannot be told apart. Use"
              + " identifiedBy(…) where columns do.");
    }
    if (table.rowSecurity()) {
      plan.warning(ROW_SECURITY);
    }
    delivered.columns().stream()
        .filter(column -> column.generation() == Column.Generation.PART)
        .filter(column -> column.nativeType().isEmpty())
        .forEach(
            column ->
                plan.warning(
                    "Structure sync has seen no "
                        + column.name()
                        + " in the rows that it looked at: check the name, and tell the dialect its"
                        + " type."));
    if (table.children() > 0) {
      plan.note("Includes the rows of " + table.children() + " partitions or child tables.");
    }
    if (state.isRecovered(table.id())) {
      plan.warning(
          "The last saved state was damaged; the one before it is used, so some rows repeat.");
    }
  }
}
