package dev.bobbin.internal;

import dev.bobbin.catalog.TableId;
import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Warnings about tables, those in the same words together. Not thread-safe. */
final class TableWarnings {

  private static final int NAMED = 5;
  private static final int STATEMENTS = 50;

  private record Words(Subject subject, String sentence, String remedy) {}

  private record Tables(List<String> names, List<String> statements) {}

  private final Map<Words, Tables> all = new LinkedHashMap<>();

  /**
   * Adds one.
   *
   * @param statement what mends it; empty where nothing does
   */
  void add(Subject subject, TableId table, String sentence, String remedy, String statement) {
    Tables tables =
        all.computeIfAbsent(
            new Words(subject, sentence, remedy),
            words -> new Tables(new ArrayList<>(), new ArrayList<>()));
    tables.names.add(table.toString());
    if (!statement.isEmpty()) {
      tables.statements.add(statement);
    }
  }

  List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    all.forEach(
        (words, tables) ->
            findings.add(
                Finding.warning(
                    words.subject,
                    names(tables.names) + ": " + words.sentence,
                    words.remedy + lines(tables.statements.stream()))));
    return findings;
  }

  /** The first few names, and how many more there are. */
  static String names(List<String> names) {
    int more = names.size() - NAMED;
    return more < 2
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMED)) + " and " + more + " more";
  }

  /** Statements on lines of their own; of very many the first, as checking again shows the rest. */
  static String lines(Stream<String> statements) {
    StringBuilder text = new StringBuilder();
    statements
        .limit(STATEMENTS)
        .filter(s -> !s.isEmpty())
        .forEach(s -> text.append('\n').append(s));
    return text.toString();
  }
}
