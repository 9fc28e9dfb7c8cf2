package dev.bobbin.dialect.mysql;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.Replicator;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.Selection;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the statements of {@code grants} grant: they are run as they stand by an administrator, and
 * then the user copies exactly its selection, and can read nothing else.
 */
class MySqlGrantsTest {

  private static final String PASSWORD = "Gr4nted-Password";
  private static final AtomicInteger COUNT = new AtomicInteger();

  private MySqlServer server = MySqlServer.shared("MySQL 8.0");
  private String database = "";
  private String sqlMode = "";
  private final List<String> users = new ArrayList<>();
  private final List<String> databases = new ArrayList<>();

  @AfterEach
  void drop() throws SQLException {
    for (String user : users) {
      server.execute("", "DROP USER " + MySqlSql.identifier(user) + "@'%'");
    }
    for (String name : databases) {
      server.dropDatabase(name);
    }
  }

  private String database(String name, String... sql) throws SQLException {
    server.createDatabase(name);
    databases.add(name);
    server.execute(name, sql);
    return name;
  }

  private void shop(String... sql) throws SQLException {
    database = database("shop_" + COUNT.incrementAndGet(), sql);
  }

  private MySqlDialect dialect(String user) {
    return MySqlDialect.at(server.host(), server.port(), database)
        .tls(Tls.off())
        .property("allowPublicKeyRetrieval", "true")
        .login(user, PASSWORD);
  }

  /** Runs the statements, and the grants that they print. */
  private void run(String script) throws SQLException {
    List<String> printed = new ArrayList<>();
    try (Connection connection =
            server.connect(
                "",
                Map.of(
                    "allowMultiQueries",
                    "true",
                    "sessionVariables",
                    "sql_mode='" + sqlMode + "'"));
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      boolean rows = statement.execute(script);
      while (rows || statement.getUpdateCount() >= 0) {
        if (rows) {
          try (ResultSet grants = statement.getResultSet()) {
            while (grants.next()) {
              printed.add(grants.getString(1));
            }
          }
        }
        rows = statement.getMoreResults();
      }
      for (String grant : printed) {
        statement.execute(grant);
      }
    }
  }

  private String granted(String user, Selection selection) throws SQLException {
    String sql = dialect("root").grants(user, selection);
    run(sql.replace("<password>", PASSWORD));
    users.add(user);
    return sql;
  }

  private void assertReads(String user, Selection selection, TableId... tables) {
    CollectingSink sink = new CollectingSink();
    try (Replicator replicator = Replicator.from(dialect(user)).named("x").build()) {
      replicator.replicate(selection, sink).throwIfFailed();
    }
    assertThat(sink.tables()).containsExactlyInAnyOrder(tables);
  }

  private void assertCannotRead(String user, TableId table) {
    assertThatThrownBy(
            () -> {
              try (Connection connection =
                      server.connect(
                          "",
                          Map.of(
                              "user",
                              user,
                              "password",
                              PASSWORD,
                              "allowPublicKeyRetrieval",
                              "true"));
                  Statement statement = connection.createStatement()) {
                statement.executeQuery("SELECT * FROM " + MySqlSql.table(table));
              }
            })
        .as("%s", table)
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("denied");
  }

  private TableId id(String table) {
    return TableId.of(database, table);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void grantsTheNamedTablesAndColumnsAndNothingBesideThem(String version) throws SQLException {
    server = MySqlServer.shared(version);
    shop(
        "CREATE TABLE orders (id int PRIMARY KEY, updated_at timestamp NULL, note text)",
        "CREATE TABLE countries (id int, code varchar(2), changed int NOT NULL, secret text)",
        "CREATE TABLE secrets (id int)");
    Selection selection =
        Selection.of(
            table("orders").incrementalBy("updated_at").except("note"),
            table("countries").only("code").incrementalBy("changed").identifiedBy("id"));
    assertThat(granted("etl", selection))
        .isEqualTo(
            """
            -- As an administrator. Instead of %% name the host or network that Bobbin connects from.
            CREATE USER 'etl'@'%%' IDENTIFIED BY '<password>';

            -- The whole of orders, as except(...) copies columns that are added later. To withhold some, list the others: GRANT SELECT (...) ON ...
            GRANT SELECT ON `%1$s`.`orders` TO 'etl'@'%%';
            GRANT SELECT (`id`, `changed`, `code`) ON `%1$s`.`countries` TO 'etl'@'%%';

            -- For views, if their columns are to be found where their tables cannot be read: SHOW VIEW on them.
            -- To notice a TRUNCATE in the middle of a load that was interrupted:
            -- GRANT PROCESS ON *.* TO 'etl'@'%%';
            """
                .formatted(database));
    assertReads("etl", selection, id("orders"), id("countries"));
    assertCannotRead("etl", id("secrets"));
    assertCannotRead("etl", id("countries"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void grantsAWholeDatabaseAndNoneWhoseNameItsNameMatches(String version) throws SQLException {
    server = MySqlServer.shared(version);
    shop("CREATE TABLE a (id int)");
    String alike = database(database.replace('_', 'X'), "CREATE TABLE a (id int)");
    Selection selection = Selection.of(table("*"));
    assertThat(granted("whole", selection))
        .contains("\n-- GRANT SELECT ON `" + database + "`.* TO")
        .contains("\nGRANT SELECT ON `" + database.replace("_", "\\_") + "`.* TO");
    server.execute(database, "CREATE TABLE later (id int)");
    assertReads("whole", selection, id("a"), id("later"));
    assertCannotRead("whole", TableId.of(alike, "a"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void printsTheGrantsOfWhatAPatternMatches(String version) throws SQLException {
    server = MySqlServer.shared(version);
    shop(
        "CREATE TABLE sales_a (id int)",
        "CREATE TABLE `sales_``é\\\\'` (id int)",
        "CREATE TABLE sales_tmp (id int)",
        "CREATE TABLE salesXb (id int)",
        "CREATE TABLE Sales_c (id int)",
        "CREATE TABLE sales_pay (id int PRIMARY KEY, amount int, secret text)",
        "CREATE VIEW sales_v AS SELECT id FROM sales_a");
    Selection selection = Selection.of(table("sales_*"), table("sales_pay").only("id", "amount"));
    granted("pattern", selection.exclude("*tmp"));
    // The user does not see what is excluded, and Bobbin refuses to exclude what is not there.
    assertReads(
        "pattern", selection, id("sales_a"), id("sales_`é\\\\'"), id("sales_pay"), id("sales_v"));
    for (String other : new String[] {"sales_tmp", "salesXb", "Sales_c", "sales_pay"}) {
      assertCannotRead("pattern", id(other));
    }
  }

  @Test
  void printsTheGrantsOfColumnsWithTheirPrimaryKeys() throws SQLException {
    shop(
        "CREATE TABLE log_a (k int, `b``q` int, n int, secret text, PRIMARY KEY (k, `b``q`))",
        "CREATE TABLE log_b (n int, secret text)");
    Selection selection = Selection.of(table("shop_" + COUNT.get() + ".log_?").only("n"));
    granted("narrow", selection);
    assertReads("narrow", selection, id("log_a"), id("log_b"));
    assertCannotRead("narrow", id("log_a"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
  void skipsTablesOfAPatternThatHaveNoneOfTheColumns(String version) throws SQLException {
    server = MySqlServer.shared(version);
    sqlMode = "ANSI";
    shop("CREATE TABLE log_a (n int, secret text)", "CREATE TABLE log_b (other int)");
    granted("some", Selection.of(table("log_*").only("n")));
    assertReads("some", Selection.of(table("log_a").only("n")), id("log_a"));
    assertCannotRead("some", id("log_b"));
  }

  /** The statements mean the same whatever sql_mode the administrator's client has. */
  @ParameterizedTest
  @ValueSource(strings = {"", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI"})
  void quotesWhateverNamesHold(String mode) throws SQLException {
    sqlMode = mode;
    String evil = "];DROP TABLE prey;-- \n';`` \"\\ 50%_";
    String name = evil.replace("``", "`");
    shop("CREATE TABLE prey (id int)");
    String prey = database;
    String odd =
        database(
            "o" + COUNT.incrementAndGet() + name,
            "CREATE TABLE `t" + evil + "` (`c" + evil + "` int, d int)",
            "CREATE TABLE `t2" + evil + "` (d int)");
    database = odd;
    String user = "u'`\\ \";-- \n" + COUNT.get();
    TableId wanted = TableId.of(odd, "t" + name);
    String gone = TableId.of(odd, "t2" + name).toString();
    Selection byName = Selection.of(table(wanted.toString()).only("c" + name));
    granted(user, byName.exclude(gone));
    assertReads(user, byName, wanted);
    server.execute("", "DROP USER " + MySqlSql.identifier(user) + "@'%'");
    users.remove(user);
    Selection byPattern = Selection.of(table(TableId.of(odd).toString() + ".t*").except("d"));
    granted(user, byPattern.exclude(gone));
    assertReads(user, byPattern, wanted);
    assertCannotRead(user, TableId.of(odd, "t2" + name));
    assertThat(server.query(prey, "SELECT count(*) FROM prey")).isEqualTo("0");
  }

  @Test
  void asksForTheDatabaseOfANameThatSaysNone() {
    MySqlDialect dialect = MySqlDialect.at("db", 3306);
    assertThatThrownBy(() -> dialect.grants("etl", Selection.of(table("orders"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("The name orders does not say which database it is in")
        .hasMessageContaining("Write database.table");
    assertThatThrownBy(() -> dialect.grants("", Selection.of(table("shop.orders"))))
        .isInstanceOf(BobbinException.class);
  }
}
