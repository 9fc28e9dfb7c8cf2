package dev.bobbin.dialect.mysql;

import static java.util.stream.Collectors.joining;

import dev.bobbin.dialect.jdbc.GrantLine;
import dev.bobbin.dialect.jdbc.GrantLine.Part;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.Selection;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/**
 * The statements that make a user who may read a selection. Their texts mean the same under every
 * {@code sql_mode}.
 */
final class MySqlGrants {

  private static final int DATABASE = 0;
  private static final int TABLE = 1;

  private final String account;
  private final List<GrantLine> lines;
  private final List<List<Part>> excluded;
  private final StringBuilder sql = new StringBuilder();

  private MySqlGrants(String home, String user, Selection selection) {
    List<String> defaultNamespace = List.of(home);
    this.account = account(GrantLine.user(user));
    this.lines = GrantLine.of(selection, defaultNamespace);
    this.excluded = GrantLine.excluded(selection, defaultNamespace);
    for (GrantLine line : lines) {
      if (line.parts().get(DATABASE).text().isEmpty()) {
        throw new ConfigurationException(
            "The name " + line.line().pattern() + " does not say which database it is in.",
            "Write database.table, or name the database in MySqlDialect.at(host, port, database).");
      }
    }
  }

  /**
   * The statements.
   *
   * @param home the database of names that say none; empty where there is none
   */
  static String of(String home, String user, Selection selection) {
    return new MySqlGrants(home, user, selection).text();
  }

  /** In backticks where a backslash would mean something else under NO_BACKSLASH_ESCAPES. */
  private static String account(String user) {
    return (user.indexOf('\\') < 0
            ? "'" + user.replace("'", "''") + "'"
            : MySqlSql.identifier(user))
        + "@'%'";
  }

  private String text() {
    comment(
        "As an administrator. Instead of % name the host or network that Bobbin connects from.");
    statement("CREATE USER " + account + " IDENTIFIED BY '<password>'");
    sql.append('\n');
    lines.stream().filter(line -> !line.isGlob()).forEach(this::table);
    for (GrantLine line : lines) {
      if (line.isGlob()) {
        columnsLeftOut(line);
        if (isWholeDatabase(line)) {
          wholeDatabase(line);
        } else {
          pattern(line);
        }
      }
    }
    sql.append('\n');
    comment(
        "For views, if their columns are to be found where their tables cannot be read: SHOW VIEW"
            + " on them.");
    comment("To notice a TRUNCATE in the middle of a load that was interrupted:");
    comment("GRANT PROCESS ON *.* TO " + account + ";");
    return sql.toString();
  }

  private void table(GrantLine line) {
    if (excluded.stream().anyMatch(line::isCoveredBy)) {
      comment(line.line().pattern() + " is excluded, and so not granted.");
      return;
    }
    line.remarks().forEach(this::comment);
    statement(line.grantSelect(MySqlSql::identifier, DATABASE, account));
  }

  private void columnsLeftOut(GrantLine line) {
    String remark = line.columnsLeftOut();
    if (!remark.isEmpty()) {
      comment(remark);
    }
  }

  private boolean isWholeDatabase(GrantLine line) {
    return line.isEverythingIn(DATABASE, excluded, lines);
  }

  /**
   * The only place where the name is a pattern, and that only without partial_revokes (MySQL's
   * manual, GRANT, Database Privileges).
   */
  private void wholeDatabase(GrantLine line) {
    String name = line.parts().get(DATABASE).text();
    String pattern = name.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%");
    if (!pattern.equals(name)) {
      comment(
          "On a server with partial_revokes = ON, where names are no patterns, instead of the"
              + " next:");
      comment(everythingIn(name) + ";");
    }
    statement(everythingIn(pattern));
  }

  private String everythingIn(String database) {
    return "GRANT SELECT ON " + MySqlSql.identifier(database) + ".* TO " + account;
  }

  /** A query for the grants of what matches now: there is no privilege on names. */
  private void pattern(GrantLine line) {
    sql.append('\n');
    comment(
        "Run what this prints: the grants of what "
            + line.line().pattern()
            + " matches now, without what is excluded. For tables that are made later, run it"
            + " again:");
    String columns =
        line.columns().isEmpty()
            ? text("GRANT SELECT ON ")
            : text("GRANT SELECT (") + ", " + columnsOf(line) + ", " + text(") ON ");
    if (!line.columns().isEmpty()) {
      statement("SET SESSION group_concat_max_len = 1000000");
    }
    sql.append("SELECT CONCAT(")
        .append(columns)
        .append(", ")
        .append(quoted("t.table_schema"))
        .append(", '.', ")
        .append(quoted("t.table_name"))
        .append(", ")
        .append(text(" TO " + account + ";"))
        .append(") AS grants\n  FROM information_schema.tables t")
        .append(
            "\n  WHERE t.table_type <> 'SYSTEM VIEW' AND t.table_schema NOT IN ('mysql', 'sys',")
        .append(" 'information_schema', 'performance_schema')")
        .append(and("t.table_schema", line.parts().get(DATABASE)))
        .append(and("t.table_name", line.parts().get(TABLE)));
    if (!line.columns().isEmpty()) {
      sql.append("\n    AND EXISTS (SELECT 1").append(fromColumnsOf(line)).append(')');
    }
    for (List<Part> without : line.without(excluded, lines)) {
      String and =
          and("t.table_schema", without.get(DATABASE)) + and("t.table_name", without.get(TABLE));
      sql.append("\n    AND NOT (")
          .append(
              and.isEmpty() ? "TRUE" : and.substring("\n    AND ".length()).replace("\n    ", " "))
          .append(')');
    }
    sql.append(";\n");
  }

  /** The columns that are named, and those of the primary key. */
  private static String columnsOf(GrantLine line) {
    return "(SELECT GROUP_CONCAT("
        + "CONCAT("
        + quoted("c.column_name")
        + ")"
        + " SEPARATOR ', ')"
        + fromColumnsOf(line)
        + ")";
  }

  private static String fromColumnsOf(GrantLine line) {
    return " FROM information_schema.columns c WHERE c.table_schema ="
        + " t.table_schema AND c.table_name = t.table_name AND (c.column_key = 'PRI' OR"
        + " c.column_name IN ("
        + line.columns().stream().map(MySqlGrants::text).collect(joining(", "))
        + "))";
  }

  private static String quoted(String name) {
    return "'`', REPLACE(" + name + ", '`', '``'), '`'";
  }

  /** Names are compared as Bobbin does, upper and lower case included. */
  private static String and(String name, Part part) {
    if (part.isEverything()) {
      return "";
    }
    String exact = "\n    AND CONVERT(" + name + " USING utf8mb4) COLLATE utf8mb4_bin ";
    return exact
        + (part.glob() ? "LIKE " + text(part.like('|')) + " ESCAPE '|'" : "= " + text(part.text()));
  }

  /** A text; in hexadecimal where a backslash is in it, as what that means depends on sql_mode. */
  private static String text(String text) {
    return text.indexOf('\\') < 0
        ? "'" + text.replace("'", "''") + "'"
        : "_utf8mb4 0x" + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
  }

  private void statement(String statement) {
    sql.append(statement).append(";\n");
  }

  private void comment(String text) {
    sql.append(GrantLine.comment(text));
  }
}
