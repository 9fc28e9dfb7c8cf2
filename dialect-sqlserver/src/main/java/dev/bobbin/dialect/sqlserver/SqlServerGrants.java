package dev.bobbin.dialect.sqlserver;

import static java.util.stream.Collectors.joining;

import dev.bobbin.dialect.jdbc.GrantLine;
import dev.bobbin.dialect.jdbc.GrantLine.Part;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.Selection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The statements that make a login, and users of it who may read a selection. */
final class SqlServerGrants {

  private static final int DATABASE = 0;
  private static final int SCHEMA = 1;
  private static final int TABLE = 2;
  private static final String DEFAULT_SCHEMA = "dbo";

  private final String user;
  private final List<GrantLine> lines;
  private final List<List<Part>> excluded;
  private final StringBuilder sql = new StringBuilder();

  private SqlServerGrants(String home, String user, Selection selection) {
    List<String> defaultNamespace = List.of(home, DEFAULT_SCHEMA);
    this.user = TSql.identifier(GrantLine.user(user));
    this.lines = GrantLine.of(selection, defaultNamespace);
    this.excluded = GrantLine.excluded(selection, defaultNamespace);
    for (GrantLine line : lines) {
      Part database = line.parts().get(DATABASE);
      if (database.text().isEmpty()) {
        throw new ConfigurationException(
            "The name " + line.line().pattern() + " does not say which database it is in.",
            "Write database.schema.table, or name the database in SqlServerDialect.at(host, port,"
                + " database).");
      }
      if (database.glob()) {
        throw new ConfigurationException(
            "The name " + line.line().pattern() + " leaves open which database it is in.",
            "Name each database on a line of its own: a login has a user in each.");
      }
    }
  }

  /**
   * The statements.
   *
   * @param home the database of names that say none; empty where there is none
   */
  static String of(String home, String user, Selection selection) {
    return new SqlServerGrants(home, user, selection).text();
  }

  private String text() {
    comment("As an administrator. In Azure SQL Database the first statement is for master.");
    statement("CREATE LOGIN " + user + " WITH PASSWORD = N'<password>'");
    Map<String, List<GrantLine>> byDatabase = new LinkedHashMap<>();
    for (GrantLine line : lines) {
      byDatabase
          .computeIfAbsent(line.parts().get(DATABASE).text(), unused -> new ArrayList<>())
          .add(line);
    }
    byDatabase.forEach(this::database);
    return sql.toString();
  }

  private void database(String database, List<GrantLine> inIt) {
    sql.append('\n');
    statement("USE " + TSql.identifier(database));
    statement("CREATE USER " + user + " FOR LOGIN " + user);
    for (GrantLine line : inIt) {
      if (!line.isGlob()) {
        table(line);
      }
    }
    for (GrantLine line : inIt) {
      if (line.isGlob()) {
        String remark = line.columnsLeftOut();
        if (!remark.isEmpty()) {
          comment(remark);
        }
        if (line.isEverythingIn(SCHEMA, excluded, lines)) {
          statement(
              "GRANT SELECT ON SCHEMA::"
                  + TSql.identifier(line.parts().get(SCHEMA).text())
                  + " TO "
                  + user);
        } else {
          pattern(line);
        }
      }
    }
  }

  private void table(GrantLine line) {
    if (excluded.stream().anyMatch(line::isCoveredBy)) {
      comment(line.line().pattern() + " is excluded, and so not granted.");
      return;
    }
    line.remarks().forEach(this::comment);
    List<String> columns = line.columns();
    statement(
        "GRANT SELECT ON "
            + TSql.identifier(line.parts().get(SCHEMA).text())
            + '.'
            + TSql.identifier(line.parts().get(TABLE).text())
            + (columns.isEmpty()
                ? ""
                : columns.stream().map(TSql::identifier).collect(joining(", ", " (", ")")))
            + " TO "
            + user);
  }

  /** A query for the grants of what matches now: there is no privilege on names. */
  private void pattern(GrantLine line) {
    sql.append('\n');
    comment(
        "Run what this prints: the grants of what "
            + line.line().pattern()
            + " matches now, without what is excluded. For tables that are made later, run it"
            + " again:");
    sql.append("SELECT N'GRANT SELECT ON ' + QUOTENAME(s.name) + N'.' + QUOTENAME(o.name)");
    if (!line.columns().isEmpty()) {
      sql.append(" + N' (' + STUFF((SELECT N', ' + QUOTENAME(c.name) FROM sys.columns AS c")
          .append(columnsOf(line))
          .append(" FOR XML PATH(''), TYPE).value(N'.', N'nvarchar(max)'), 1, 2, N'') + N')'");
    }
    sql.append(" + ").append(TSql.literal(" TO " + user + ";")).append(" AS grants\n");
    sql.append("  FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id\n");
    sql.append("  WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0");
    sql.append(and("s.name", line.parts().get(SCHEMA)));
    sql.append(and("o.name", line.parts().get(TABLE)));
    if (!line.columns().isEmpty()) {
      sql.append("\n    AND EXISTS (SELECT 1 FROM sys.columns AS c")
          .append(columnsOf(line))
          .append(')');
    }
    for (List<Part> without : line.without(excluded, lines)) {
      String and = and("s.name", without.get(SCHEMA)) + and("o.name", without.get(TABLE));
      sql.append("\n    AND NOT (")
          .append(
              and.isEmpty() ? "1 = 1" : and.substring("\n    AND ".length()).replace("\n    ", " "))
          .append(')');
    }
    sql.append(";\n");
  }

  /** The columns that are named, and those of the primary key. */
  private static String columnsOf(GrantLine line) {
    return " WHERE c.object_id = o.object_id AND (c.name IN ("
        + line.columns().stream().map(TSql::literal).collect(joining(", "))
        + ") OR EXISTS (SELECT 1 FROM sys.indexes AS i JOIN sys.index_columns AS k ON k.object_id ="
        + " i.object_id AND k.index_id = i.index_id WHERE i.object_id = o.object_id AND"
        + " i.is_primary_key = 1 AND k.column_id = c.column_id))";
  }

  /** Names are compared as Bobbin does, upper and lower case included. */
  private static String and(String name, Part part) {
    if (part.isEverything()) {
      return "";
    }
    String exact = "\n    AND " + name + " COLLATE Latin1_General_BIN2 ";
    return exact
        + (part.glob()
            ? "LIKE " + TSql.literal(part.like('|').replace("[", "|[")) + " ESCAPE N'|'"
            : "= " + TSql.literal(part.text()));
  }

  private void statement(String statement) {
    sql.append(statement).append(";\n");
  }

  private void comment(String text) {
    sql.append(GrantLine.comment(text));
  }
}
