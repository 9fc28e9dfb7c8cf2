package dev.bobbin.dialect.postgres;

import static java.util.stream.Collectors.joining;

import dev.bobbin.dialect.jdbc.GrantLine;
import dev.bobbin.dialect.jdbc.GrantLine.Part;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.Selection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The statements that make a user who may read a selection, for psql. Each database's follow one
 * another, those of the one that is connected to first.
 */
final class PostgresGrants {

  private static final int DATABASE = 0;
  private static final int SCHEMA = 1;
  private static final int TABLE = 2;

  private final String home;
  private final String role;
  private final String roleText;
  private final List<GrantLine> lines;
  private final List<List<Part>> excluded;
  private final StringBuilder sql = new StringBuilder();

  private PostgresGrants(String home, String user, Selection selection) {
    List<String> defaultNamespace = List.of(home, "public");
    this.home = home;
    this.role = PostgresSql.identifier(GrantLine.user(user));
    this.roleText = PostgresSql.literal(user);
    this.lines = GrantLine.of(selection, defaultNamespace);
    this.excluded = GrantLine.excluded(selection, defaultNamespace);
  }

  /**
   * The statements.
   *
   * @param home the database that one is connected to; empty where not known
   */
  static String of(String home, String user, Selection selection) {
    return new PostgresGrants(home, user, selection).text();
  }

  private String text() {
    comment(
        "In psql, as a superuser, or as the owner of the tables who may create roles; connected to"
            + (home.isEmpty() ? " the database that is read." : " the database " + home + "."));
    statement("CREATE USER " + role + " WITH PASSWORD '<password>'");
    sql.append('\n');
    comment("Bobbin only ever reads; this says so once more, on the server's side:");
    statement("ALTER ROLE " + role + " SET default_transaction_read_only = on");
    Map<Part, List<GrantLine>> databases = new LinkedHashMap<>();
    databases.put(new Part(home, false), new ArrayList<>());
    for (GrantLine line : lines) {
      databases.computeIfAbsent(line.parts().get(DATABASE), d -> new ArrayList<>()).add(line);
    }
    databases.forEach(this::named);
    databases.forEach(this::matched);
    return sql.toString();
  }

  private void named(Part database, List<GrantLine> of) {
    if (database.glob() || of.isEmpty()) {
      return;
    }
    sql.append('\n');
    if (!database.text().equals(home)) {
      sql.append(connect(database.text())).append('\n');
    }
    if (database.text().isEmpty()) {
      execute("format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), " + roleText + ")");
    } else {
      statement(
          "GRANT CONNECT ON DATABASE " + PostgresSql.identifier(database.text()) + " TO " + role);
    }
    tables(of);
  }

  /** What is to be run in every database that matches. */
  private void matched(Part database, List<GrantLine> of) {
    if (!database.glob()) {
      return;
    }
    sql.append('\n');
    loop(
        "SELECT datname FROM pg_catalog.pg_database\n    WHERE datallowconn AND NOT datistemplate"
            + and("datname", database),
        List.of(
            "EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', t.datname, " + roleText + ");"));
    sql.append('\n');
    comment("Connected to each database that " + database.text() + " matches, one after another:");
    tables(of);
  }

  /**
   * The command of psql. A name that could be taken for a connection string goes into one, as
   * pg_dump does it (manual, psql, \connect; 32.1.1 Connection Strings).
   */
  private static String connect(String database) {
    if (database.chars().anyMatch(c -> c == '\n' || c == '\r')) {
      throw new ConfigurationException(
          "psql connects to no database with a line break in its name.",
          "Make the selection of that database apart, with a dialect that leads to it.");
    }
    if (database.matches("[\\p{L}\\p{N}_][\\p{L}\\p{N}_ -]*")) {
      return "\\connect \"" + database + '"';
    }
    String quoted = "dbname='" + database.replace("\\", "\\\\").replace("'", "\\'") + "'";
    return "\\connect -reuse-previous=on \"" + quoted.replace("\"", "\"\"") + '"';
  }

  private void tables(List<GrantLine> of) {
    List<GrantLine> exact = new ArrayList<>();
    for (GrantLine line : of) {
      if (hasGlob(line)) {
        continue;
      }
      if (excluded.stream().anyMatch(line::isCoveredBy)) {
        comment(line.line().pattern() + " is excluded, and so not granted.");
      } else {
        exact.add(line);
      }
    }
    Set<String> schemas = new LinkedHashSet<>();
    exact.forEach(line -> schemas.add(line.parts().get(SCHEMA).text()));
    for (GrantLine line : of) {
      if (hasGlob(line) && isWholeSchema(line)) {
        schemas.add(line.parts().get(SCHEMA).text());
      }
    }
    for (String schema : schemas) {
      statement(
          of.get(0).parts().get(DATABASE),
          "GRANT USAGE ON SCHEMA " + PostgresSql.identifier(schema) + " TO " + role);
    }
    exact.forEach(this::table);
    for (GrantLine line : of) {
      if (hasGlob(line)) {
        sql.append('\n');
        if (isWholeSchema(line)) {
          wholeSchema(line);
        } else {
          pattern(line);
        }
      }
    }
  }

  private static boolean hasGlob(GrantLine line) {
    return line.parts().get(SCHEMA).glob() || line.parts().get(TABLE).glob();
  }

  private void table(GrantLine line) {
    line.remarks().forEach(this::comment);
    statement(line.parts().get(DATABASE), line.grantSelect(PostgresSql::identifier, SCHEMA, role));
  }

  private void columnsLeftOut(GrantLine line) {
    String remark = line.columnsLeftOut();
    if (!remark.isEmpty()) {
      comment(remark);
    }
  }

  private boolean isWholeSchema(GrantLine line) {
    return line.isEverythingIn(SCHEMA, excluded, lines);
  }

  private void wholeSchema(GrantLine line) {
    columnsLeftOut(line);
    String schema = PostgresSql.identifier(line.parts().get(SCHEMA).text());
    Part in = line.parts().get(DATABASE);
    statement(in, "GRANT SELECT ON ALL TABLES IN SCHEMA " + schema + " TO " + role);
    comment("Tables that are made later, by the role that runs this line; others run it too:");
    statement(
        in, "ALTER DEFAULT PRIVILEGES IN SCHEMA " + schema + " GRANT SELECT ON TABLES TO " + role);
  }

  /** What matches now: there is no privilege on names. */
  private void pattern(GrantLine line) {
    comment(
        "What "
            + line.line().pattern()
            + " matches now, without what is excluded; for tables that are made later, run it"
            + " again:");
    columnsLeftOut(line);
    StringBuilder select =
        new StringBuilder("SELECT n.nspname, c.relname")
            .append(line.columns().isEmpty() ? "" : ", " + columnsOf(line))
            .append("\n    FROM pg_catalog.pg_class c")
            .append(" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace")
            .append("\n    WHERE ")
            .append(RelationKind.RELATIONS)
            .append("\n      AND NOT EXISTS")
            .append(" (SELECT 1 FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)")
            .append(inside(line.parts().get(DATABASE)))
            .append(and("n.nspname", line.parts().get(SCHEMA)))
            .append(and("c.relname", line.parts().get(TABLE)));
    for (List<Part> without : line.without(excluded, lines)) {
      String and =
          (without.get(DATABASE).equals(line.parts().get(DATABASE))
                  ? ""
                  : and("current_database()", without.get(DATABASE)))
              + and("n.nspname", without.get(SCHEMA))
              + and("c.relname", without.get(TABLE));
      select
          .append("\n      AND NOT (")
          .append(
              and.isEmpty()
                  ? "true"
                  : and.replaceFirst("\n      AND ", "").replace("\n      ", " "))
          .append(')');
    }
    List<String> steps = new ArrayList<>();
    if (!line.columns().isEmpty()) {
      steps.add("CONTINUE WHEN t.columns IS NULL;");
    }
    steps.add("EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', t.nspname, " + roleText + ");");
    steps.add(
        line.columns().isEmpty()
            ? "EXECUTE format('GRANT SELECT ON %I.%I TO %I', t.nspname, t.relname, "
                + roleText
                + ");"
            : "EXECUTE format('GRANT SELECT (%s) ON %I.%I TO %I', t.columns, t.nspname,"
                + " t.relname, "
                + roleText
                + ");");
    loop(select.toString(), steps);
  }

  /** The columns that are named, and those of the primary key. */
  private static String columnsOf(GrantLine line) {
    return "(SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_catalog.pg_attribute a"
        + "\n      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attname"
        + " IN ("
        + line.columns().stream().map(PostgresSql::literal).collect(joining(", "))
        + ")\n        OR a.attnum IN (SELECT unnest(i.indkey::int2[]) FROM pg_catalog.pg_index i"
        + " WHERE i.indrelid = c.oid AND i.indisprimary))) AS columns";
  }

  private static String inside(Part database) {
    return database.glob() ? and("current_database()", database) : "";
  }

  private static String and(String name, Part part) {
    if (part.isEverything() || (!part.glob() && part.text().isEmpty())) {
      return "";
    }
    return "\n      AND "
        + name
        + (part.glob()
            ? " LIKE " + PostgresSql.literal(part.like('\\'))
            : " = " + PostgresSql.literal(part.text()));
  }

  /** A statement that is made of text, in a block of PL/pgSQL. */
  private void execute(String expression) {
    block("", "EXECUTE " + expression + ";");
  }

  private void loop(String query, List<String> steps) {
    block(
        "DECLARE t record;\n",
        "FOR t IN\n    "
            + query
            + "\n  LOOP\n    "
            + String.join("\n    ", steps)
            + "\n  END LOOP;");
  }

  /**
   * In dollar quotes that nothing in the block can end (manual, 4.1.2.4). An administrator's
   * search_path must not lead it to functions or operators that somebody else has made.
   */
  private void block(String declarations, String steps) {
    String body =
        declarations
            + "BEGIN\n"
            + "  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);\n"
            + "  "
            + steps
            + "\nEND\n";
    String quotes = "$grants$";
    for (int i = 1; body.contains(quotes); i++) {
      quotes = "$grants" + i + "$";
    }
    statement("DO " + quotes + "\n" + body + quotes);
  }

  /** A statement that does nothing in a database that does not match. */
  private void statement(Part in, String statement) {
    String condition = inside(in);
    if (condition.isEmpty()) {
      statement(statement);
    } else {
      block(
          "",
          "IF "
              + condition.replaceFirst("\n      AND ", "")
              + " THEN\n    "
              + statement
              + ";\n  END IF;");
    }
  }

  private void statement(String statement) {
    sql.append(statement).append(";\n");
  }

  private void comment(String text) {
    sql.append(GrantLine.comment(text));
  }
}
