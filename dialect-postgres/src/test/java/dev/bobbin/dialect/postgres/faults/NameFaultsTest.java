package dev.bobbin.dialect.postgres.faults;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.plan.Plan;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testsupport.DeliveredRows;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fault 33: names with quotes, SQL in them, keywords, emoji, dots, blanks, case twins. */
@ExtendWith(Scene.Emptied.class)
class NameFaultsTest {

  private static final List<String> NAMES =
      List.of(
          "quo\"ted",
          "\"",
          "a\"; DROP TABLE canary; --",
          "];DROP TABLE canary",
          "'; DROP TABLE canary; --",
          "back\\slash\\n",
          "select",
          "user",
          "Mixed",
          "mixed",
          "MIXED",
          "dot.ted",
          ".",
          " leading",
          "trailing ",
          " ",
          "new\nline",
          "tab\t",
          "?",
          "$1",
          "{fn x}",
          ":named",
          "per%sent",
          "star*",
          "/* comment */",
          "-- comment",
          "E'x'",
          "$$",
          "\u00e9t\u00e9",
          "\ud83d\ude00",
          "\u6f22\u5b57",
          "n".repeat(63));

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** Each name as schema, table, primary key, replication key and column at once. */
  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void namesAreDataAsSchemasTablesColumnsAndKeys(String version) throws SQLException {
    Scene scene = Scene.on(version, "CREATE TABLE canary (id int)");
    List<TableSelection> selections = new ArrayList<>();
    List<String> ddl = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      String name = NAMES.get(i);
      String key = NAMES.get((i + 1) % NAMES.size());
      String column = NAMES.get((i + 2) % NAMES.size());
      String qualified = quoted(name) + '.' + quoted(name);
      ddl.add("CREATE SCHEMA " + quoted(name));
      ddl.add(
          String.format(
              "CREATE TABLE %s (%s int PRIMARY KEY, %s int NOT NULL, %s text)",
              qualified, quoted(name), quoted(key), quoted(column)));
      ddl.add("INSERT INTO " + qualified + " VALUES (1, " + i + ", 'one'), (2, " + i + ", 'two')");
      TableSelection selection = table(quoted(scene.database) + '.' + qualified).incrementalBy(key);
      selections.add(i % 2 == 0 ? selection : selection.only(column).identifiedBy(name));
    }
    try (var connection = scene.server.connect(scene.database);
        var statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      for (String sql : ddl) {
        statement.execute(sql);
      }
    }
    TableSelection[] all = selections.toArray(new TableSelection[0]);
    Plan plan = scene.plan(all);
    for (int run = 0; run < 2; run++) {
      RunReport report = scene.run(all);
      report.throwIfFailed();
      for (int i = 0; i < NAMES.size(); i++) {
        String name = NAMES.get(i);
        TableId id = TableId.of(scene.database, name, name);
        assertThat(TableId.parse(id.toString())).isEqualTo(id);
        assertThat(plan.table(id)).as(name).isPresent();
        List<Map<String, @Nullable Object>> rows = scene.sink.rows(id);
        assertThat(rows).as(name).hasSize(2);
        assertThat(DeliveredRows.column(rows, name)).containsExactlyInAnyOrder(1, 2);
        assertThat(DeliveredRows.column(rows, NAMES.get((i + 1) % NAMES.size()))).containsOnly(i);
        assertThat(DeliveredRows.column(rows, NAMES.get((i + 2) % NAMES.size())))
            .containsExactlyInAnyOrder("one", "two");
      }
    }
    try (Replicator replicator = scene.replicator().build()) {
      for (String name : NAMES) {
        replicator.reset(TableId.of(scene.database, name, name));
      }
    }
    assertThat(scene.query("SELECT count(*) FROM canary")).isEqualTo("0");
  }

  /** And as names of databases and users. */
  @Test
  void namesAreDataAsDatabasesAndUsers() throws SQLException {
    Scene home = Scene.on("18");
    String suffix = Long.toString(System.nanoTime(), 36);
    for (String name :
        List.of("a\"b.c'" + suffix, "Sp ace?x=y&" + suffix, "\ud83d\ude00%41/" + suffix)) {
      home.server.createDatabase(name);
      home.execute("CREATE ROLE " + quoted(name) + " LOGIN");
      home.server.execute(
          name,
          "CREATE TABLE t (id int PRIMARY KEY)",
          "INSERT INTO t VALUES (1)",
          "GRANT SELECT ON t TO " + quoted(name));
      try {
        Scene scene = Scene.of(home.server, name);
        scene.run(scene.replicator(scene.dialect(name)), table("t")).throwIfFailed();
        assertThat(scene.fresh("t")).hasSize(1);
        // From another database of the same server.
        Scene other = Scene.of(home.server, home.database);
        other
            .run(other.replicator(home.dialect(name)), table(quoted(name) + ".public.t"))
            .throwIfFailed();
        assertThat(other.sink.rows(TableId.of(name, "public", "t"))).hasSize(1);
        try (Replicator replicator = home.replicator().build()) {
          assertThat(
                  replicator
                      .plan(Selection.of(table(quoted(name) + ".*.*")))
                      .table(TableId.of(name, "public", "t")))
              .isPresent();
        }
      } finally {
        home.server.dropDatabase(name);
        home.execute("DROP ROLE " + quoted(name));
      }
    }
  }
}
