package dev.bobbin.internal;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TablePattern;
import dev.bobbin.select.TableSelection;
import dev.bobbin.spi.SourceSession;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The check of a selection: whether its tables and columns are there and can be read, and what is
 * to be said of their keys. For one use by one thread.
 */
final class SelectionCheck {

  private static final int TOLD_ONE_BY_ONE = 10;

  private final SourceSession session;
  private final Planner planner;
  private final Consumer<Finding> to;
  private final List<Finding> findings = new ArrayList<>();
  private final TableWarnings warnings = new TableWarnings();

  SelectionCheck(SourceSession session, Planner planner, Consumer<Finding> to) {
    this.session = session;
    this.planner = planner;
    this.to = to;
  }

  void run(Selection selection) {
    try {
      look(selection);
    } finally {
      findings.stream().sorted(Comparator.comparing(Finding::subject)).forEach(to);
    }
  }

  private void look(Selection selection) {
    Catalog catalog = session.discover(Planner.databasesOf(selection, session.defaultNamespace()));
    List<TablePlan> plans = plans(catalog, selection);
    List<String> readable = new ArrayList<>();
    List<String> indexed = new ArrayList<>();
    for (TablePlan plan : plans) {
      if (canBeCopied(plan)) {
        readable.add(columnsOf(plan));
        lookAtKey(plan, indexed);
        lookAtTable(plan);
      }
    }
    tell(Subject.TABLE, "table can be read: ", "tables can be read: ", readable);
    tell(Subject.KEY, "replication key is indexed: ", "replication keys are indexed: ", indexed);
    lookAtSkipped(catalog, selection, plans);
    findings.addAll(warnings.findings());
  }

  /** The plans of all tables that the selection names rightly; tells of the lines that do not. */
  private List<TablePlan> plans(Catalog catalog, Selection selection) {
    try {
      return planner.plan(catalog, selection, session).tables();
    } catch (ConfigurationException whole) {
      int before = findings.size();
      String[] excluded =
          selection.excluded().stream()
              .map(TablePattern::toString)
              .filter(pattern -> isRight(catalog, pattern))
              .toArray(String[]::new);
      Map<TableId, TablePlan> alone = new LinkedHashMap<>();
      List<TableSelection> right = new ArrayList<>();
      for (TableSelection line : selection.tables()) {
        try {
          planner
              .plan(catalog, Selection.of(line).exclude(excluded), session)
              .tables()
              .forEach(plan -> alone.putIfAbsent(plan.table(), plan));
          right.add(line);
        } catch (ConfigurationException e) {
          findings.add(wrong(catalog, line, e));
        }
      }
      if (findings.size() == before) {
        findings.add(Finding.failure(Subject.TABLE, whole)); // lines that contradict each other
        return List.copyOf(alone.values());
      }
      return again(catalog, Selection.of(right).exclude(excluded), alone);
    }
  }

  private List<TablePlan> again(Catalog catalog, Selection right, Map<TableId, TablePlan> alone) {
    try {
      return planner.plan(catalog, right, session).tables();
    } catch (ConfigurationException e) {
      findings.add(Finding.failure(Subject.TABLE, e));
      return List.copyOf(alone.values());
    }
  }

  private boolean isRight(Catalog catalog, String exclusion) {
    try {
      planner.plan(catalog, Selection.of().exclude(exclusion), session);
      return true;
    } catch (ConfigurationException e) {
      findings.add(Finding.failure(Subject.TABLE, e));
      return false;
    }
  }

  /** A line of the selection that cannot be planned: what it names is not there, or not seen. */
  private Finding wrong(Catalog catalog, TableSelection line, ConfigurationException e) {
    List<Table> matches = matches(catalog, line);
    if (matches.isEmpty()) {
      return line.pattern().isGlob()
          ? Finding.failure(Subject.TABLE, e)
          : unseen(
              Subject.TABLE,
              e,
              session.grant(
                  catalog.complete(TableId.of(line.pattern().parts())),
                  line.isOnly() ? List.copyOf(named(line)) : List.of()));
    }
    if (!line.pattern().isGlob()) {
      Table table = matches.get(0);
      List<String> missing =
          named(line).stream().filter(name -> table.column(name).isEmpty()).toList();
      if (table.parent().isEmpty() && !missing.isEmpty()) {
        return unseen(Subject.COLUMNS, e, session.grant(table.id(), missing));
      }
      boolean leavesOutNone = line.columns().stream().anyMatch(c -> table.column(c).isEmpty());
      return Finding.failure(leavesOutNone ? Subject.COLUMNS : Subject.TABLE, e);
    }
    return Finding.failure(Subject.COLUMNS, e);
  }

  private static Finding unseen(Subject subject, ConfigurationException e, String grant) {
    return Finding.failure(
        subject,
        e.problem(),
        grant.isEmpty()
            ? e.remedy()
            : e.remedy()
                + " If the name is right, this user may not see what it names; an administrator"
                + " can let it:\n"
                + grant);
  }

  private static List<Table> matches(Catalog catalog, TableSelection line) {
    return catalog.tables().stream()
        .filter(table -> line.pattern().matches(table.id(), catalog.defaultNamespace()))
        .toList();
  }

  /** The columns that a line names because it wants them. */
  private static Set<String> named(TableSelection line) {
    Set<String> named = new LinkedHashSet<>(line.isOnly() ? line.columns() : Set.of());
    named.addAll(line.identity());
    if (line.method() instanceof Incremental incremental) {
      named.add(incremental.key());
    }
    return named;
  }

  private boolean canBeCopied(TablePlan plan) {
    Table table = plan.source();
    if (!table.readable() && !table.columns().isEmpty()) {
      String grant = session.grant(table.id(), columnsToGrant(plan));
      BobbinException refusal = plan.refusal().orElse(null);
      findings.add(
          Finding.failure(
              Subject.TABLE,
              "This user may not read table " + table.id() + ".",
              !grant.isEmpty()
                  ? "Take it out of the selection, or let the user read it:\n" + grant
                  : refusal == null ? "Take it out of the selection." : refusal.remedy()));
      return false;
    }
    List<String> closed = unreadable(table, named(plan.selection()));
    if (!closed.isEmpty()) {
      findings.add(
          Finding.failure(
              Subject.COLUMNS,
              "This user may not read "
                  + columns(closed)
                  + " of table "
                  + table.id()
                  + ", which the selection names.",
              "Take it out of the selection, or let the user read it:\n"
                  + session.grant(table.id(), closed)));
      return false;
    }
    if (plan.refusal().isPresent()) {
      Subject subject =
          plan.method() instanceof Incremental && !plan.delivered().columns().isEmpty()
              ? Subject.KEY
              : Subject.COLUMNS;
      findings.add(Finding.failure(subject, plan.refusal().get()));
      return false;
    }
    return true;
  }

  /** No more than the selection copies; empty for the whole table. */
  private static List<String> columnsToGrant(TablePlan plan) {
    List<String> all = plan.source().structure().columns().stream().map(Column::name).toList();
    List<String> wanted = all.stream().filter(wanted(plan)::contains).toList();
    return wanted.size() == all.size() ? List.of() : wanted;
  }

  /** The columns that a run copies if the user may read them. */
  private static Set<String> wanted(TablePlan plan) {
    TableSelection line = plan.selection();
    Set<String> wanted = named(line);
    wanted.addAll(Planner.identity(line, plan.source()));
    if (!line.isOnly()) {
      plan.source().structure().columns().stream()
          .map(Column::name)
          .filter(name -> !line.columns().contains(name))
          .forEach(wanted::add);
    }
    return wanted;
  }

  private static List<String> unreadable(Table table, Set<String> names) {
    return table.columns().stream()
        .filter(column -> !column.readable())
        .map(Column::name)
        .filter(names::contains)
        .toList();
  }

  private static String columns(List<String> names) {
    return (names.size() == 1 ? "column " : "columns ") + String.join(", ", names);
  }

  private static String columnsOf(TablePlan plan) {
    int copied = plan.delivered().columns().size();
    int all = Math.max(copied, plan.source().structure().columns().size());
    return plan.table()
        + " ("
        + (copied == all ? "" : copied + " of ")
        + all
        + (all == 1 ? " column)" : " columns)");
  }

  private void lookAtTable(TablePlan plan) {
    Table table = plan.source();
    List<String> closed = unreadable(table, wanted(plan));
    if (!closed.isEmpty()) {
      findings.add(
          Finding.warning(
              Subject.COLUMNS,
              "This user may not read "
                  + columns(closed)
                  + " of table "
                  + table.id()
                  + "; what it may not read is left out.",
              "To copy that too, let the user read it:\n" + session.grant(table.id(), closed)));
    }
    List<String> others = new ArrayList<>(plan.warnings());
    if (plan.method() instanceof Incremental incremental) {
      others.removeAll(Planner.keyWarnings(incremental, table));
    }
    for (String sentence : others) {
      warnings.add(
          Subject.TABLE,
          table.id(),
          sentence,
          sentence.equals(Planner.ROW_SECURITY)
              ? "Compare the number of rows with what the owner sees. A policy that shows this user"
                  + " every row mends it."
              : "",
          "");
    }
  }

  private void lookAtKey(TablePlan plan, List<String> indexed) {
    if (!(plan.method() instanceof Incremental incremental)) {
      return;
    }
    Table table = plan.source();
    String key = incremental.key();
    List<String> sentences = Planner.keyWarnings(incremental, table);
    if (table.isIndexed(key)) {
      indexed.add(key + " of " + table.id());
    } else {
      String statement = session.createIndex(table, key);
      warnings.add(
          Subject.KEY,
          table.id(),
          sentences.get(0),
          statement.isEmpty()
              ? "Choose a key that an index begins with."
              : "An index lets a run read what is new alone:",
          statement);
      sentences = sentences.subList(1, sentences.size());
    }
    sentences.forEach(sentence -> warnings.add(Subject.KEY, table.id(), sentence, "", ""));
    plan.notes().stream()
        .filter(note -> note.startsWith(Planner.NULL_KEYS))
        .forEach(
            note ->
                warnings.add(
                    Subject.KEY,
                    table.id(),
                    note,
                    "nullKeys(…) says what becomes of them; a key that is NOT NULL has none.",
                    ""));
  }

  /** Patterns skip tables that cannot be read. */
  private void lookAtSkipped(Catalog catalog, Selection selection, List<TablePlan> plans) {
    for (TableSelection line : selection.tables()) {
      if (!line.pattern().isGlob()) {
        continue;
      }
      List<Table> skipped =
          matches(catalog, line).stream()
              .filter(table -> !table.readable() && table.parent().isEmpty())
              .filter(t -> plans.stream().noneMatch(plan -> plan.table().equals(t.id())))
              .filter(
                  t ->
                      selection.excluded().stream()
                          .noneMatch(e -> e.matches(t.id(), catalog.defaultNamespace())))
              .toList();
      if (skipped.isEmpty()) {
        continue;
      }
      String seen =
          "This user may not read "
              + TableWarnings.names(skipped.stream().map(t -> t.id().toString()).toList())
              + ", which "
              + line.pattern()
              + " matches";
      String remedy =
          "Exclude them, or let the user read them:"
              + TableWarnings.lines(skipped.stream().map(t -> grantOfSkipped(line, t)));
      boolean others = plans.stream().anyMatch(plan -> plan.selection().equals(line));
      findings.add(
          others
              ? Finding.warning(Subject.TABLE, seen + ": left out.", remedy)
              : Finding.failure(Subject.TABLE, seen + ", and nothing else is.", remedy));
    }
  }

  private String grantOfSkipped(TableSelection line, Table table) {
    if (!line.isOnly()) {
      return session.grant(table.id(), List.of());
    }
    Set<String> wanted = named(line);
    wanted.addAll(Planner.identity(line, table));
    if (!table.columns().isEmpty()) {
      wanted.removeIf(name -> table.column(name).isEmpty());
    }
    // None at all would mean the whole table.
    return wanted.isEmpty() ? "" : session.grant(table.id(), List.copyOf(wanted));
  }

  /** Tells of what is as it should be: of few tables one by one, of many together. */
  private void tell(Subject subject, String one, String many, List<String> names) {
    if (names.size() > TOLD_ONE_BY_ONE) {
      findings.add(
          Finding.pass(subject, names.size() + " " + many + TableWarnings.names(names) + "."));
    } else {
      names.forEach(name -> findings.add(Finding.pass(subject, "The " + one + name + ".")));
    }
  }
}
