package dev.bobbin.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.bobbin.Replicator;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Column.Generation;
import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.Table.Kind;
import dev.bobbin.catalog.TableId;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What structure sync finds on each of the servers. */
@ParameterizedClass
@ValueSource(strings = {"MySQL 5.7", "MySQL 8.0", "MariaDB 11.4"})
class StructureSyncTest {

  private final MySqlServer server;
  private String database = "";

  StructureSyncTest(String version) {
    this.server = MySqlServer.shared(version);
  }

  @BeforeEach
  void makeDatabase() throws SQLException {
    database = server.createDatabase();
  }

  @AfterEach
  void dropDatabase() throws SQLException {
    server.dropDatabase(database);
  }

  @Test
  void columnsHaveTheirTypesInTheTablesOrder() throws SQLException {
    server.execute(
        database,
        "CREATE TABLE t (id bigint unsigned AUTO_INCREMENT PRIMARY KEY COMMENT 'the number', name"
            + " varchar(20) CHARACTER SET latin1 NOT NULL, price decimal(10,2), kind"
            + " enum('A','b') DEFAULT 'A', at timestamp(6) NULL, sum int GENERATED ALWAYS AS"
            + " (price + 1) VIRTUAL, kept int GENERATED ALWAYS AS (price + 2) STORED, doc json)"
            + " COMMENT 'all of it'");
    Table table = table("t");
    assertThat(table.comment()).isEqualTo("all of it");
    assertThat(table.kind()).isEqualTo(Kind.TABLE);
    assertThat(table.columns())
        .extracting(Column::name, Column::type, Column::generation, Column::keySupport)
        .containsExactly(
            tuple("id", new DataType.Int(64, false), Generation.IDENTITY, KeySupport.EXACT),
            tuple("name", new DataType.Text(), Generation.NONE, KeySupport.COLLATED),
            tuple("price", new DataType.Decimal(10, 2), Generation.NONE, KeySupport.EXACT),
            tuple("kind", new DataType.Text(), Generation.NONE, KeySupport.UNORDERED),
            tuple("at", new DataType.Instant(), Generation.NONE, KeySupport.EXACT),
            tuple("sum", new DataType.Int(32, true), Generation.GENERATED, KeySupport.EXACT),
            tuple("kept", new DataType.Int(32, true), Generation.GENERATED, KeySupport.EXACT),
            tuple("doc", new DataType.Json(), Generation.NONE, KeySupport.UNORDERED));
    assertThat(table.columns())
        .extracting(Column::nullable)
        .containsExactly(false, false, true, true, true, true, true, true);
    assertThat(column(table, "kind").nativeType()).isEqualTo("enum('A','b')");
    assertThat(column(table, "id").comment()).isEqualTo("the number");
  }

  @Test
  void indexesSayWhatTheyCanOrder() throws SQLException {
    server.execute(
        database,
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL, c varchar(100), d text, PRIMARY KEY (b,"
            + " a), UNIQUE KEY u (c), KEY p (d(10)), FULLTEXT KEY f (d))");
    Table table = table("t");
    assertThat(table.primaryKey()).containsExactly("b", "a");
    assertThat(table.uniqueKeys()).containsExactly(List.of("b", "a"), List.of("c"));
    assertThat(table.isIndexed("b")).isTrue();
    assertThat(table.isIndexed("c")).isTrue();
    assertThat(table.isIndexed("a")).isFalse();
    assertThat(table.isIndexed("d")).isFalse();
  }

  @Test
  void viewsAndPartitionedTablesAreFound() throws SQLException {
    server.execute(
        database,
        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3",
        "CREATE VIEW v AS SELECT id FROM p");
    assertThat(table("p").kind()).isEqualTo(Kind.PARTITIONED_TABLE);
    assertThat(table("v").kind()).isEqualTo(Kind.VIEW);
    assertThat(table("v").comment()).isEmpty();
    assertThat(table("v").estimatedRows()).isEmpty();
  }

  @Test
  void withoutADatabaseAllAreFoundButTheServersOwn() throws SQLException {
    server.execute(database, "CREATE TABLE t (id int)");
    String other = server.createDatabase();
    try {
      server.execute(other, "CREATE TABLE t (id int)");
      Catalog catalog = discover(MySqlDialect.at(server.host(), server.port()), server.user());
      assertThat(catalog.defaultNamespace()).isEmpty();
      assertThat(catalog.databases())
          .contains(database, other)
          .doesNotContain("mysql", "sys", "performance_schema", "information_schema");
      assertThat(catalog.table(TableId.of(other, "t"))).isPresent();
      assertThat(catalog.table(TableId.of(database, "t"))).isPresent();
    } finally {
      server.dropDatabase(other);
    }
  }

  @Test
  void columnsWithoutThePrivilegeAreListedAndNotReadable() throws SQLException {
    server.execute(
        database,
        "CREATE TABLE some (id int PRIMARY KEY, secret int, unseen int)",
        "CREATE TABLE none (id int PRIMARY KEY)",
        "CREATE TABLE hidden (id int PRIMARY KEY)",
        "CREATE USER reader IDENTIFIED BY ''",
        "GRANT SELECT (id), INSERT (secret) ON " + database + ".some TO reader",
        "GRANT INSERT ON " + database + ".none TO reader");
    try {
      Catalog catalog = discover(MySqlDialect.at(server.host(), server.port(), database), "reader");
      Table some = catalog.table(TableId.of(database, "some")).orElseThrow();
      assertThat(column(some, "id").readable()).isTrue();
      assertThat(column(some, "secret").readable()).isFalse();
      // What the user has no privilege on at all the server does not show.
      assertThat(some.column("unseen")).isEmpty();
      assertThat(catalog.table(TableId.of(database, "none")).orElseThrow().readable()).isFalse();
      assertThat(catalog.table(TableId.of(database, "hidden"))).isEmpty();
    } finally {
      server.execute(database, "DROP USER reader");
    }
  }

  @Test
  void namesAreTakenAsTheyAre() throws SQLException {
    String name = "a`; {d '?'} DROP TABLE x; \"'.é"; // names hold no characters beyond U+FFFF
    String quoted = "`" + name.replace("`", "``") + "`";
    // The driver would take what is in braces for an escape of JDBC.
    try (Connection connection =
            server.connect(database, Map.of("enableEscapeProcessing", "false"));
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE " + quoted + " (" + quoted + " int PRIMARY KEY)");
      statement.execute("INSERT INTO " + quoted + " VALUES (1), (2)");
    }
    assertThat(rows(name)).isEqualTo(2);
    Table table = table(name);
    assertThat(table.columns()).extracting(Column::name).containsExactly(name);
  }

  @Test
  void tinyInt1IsANumberUnlessAskedFor() throws SQLException {
    server.execute(database, "CREATE TABLE t (flag boolean, small tinyint)");
    assertThat(column(table("t"), "flag").type()).isEqualTo(new DataType.Int(8, true));
    Catalog catalog =
        discover(
            MySqlDialect.at(server.host(), server.port(), database).tinyInt1AsBool(),
            server.user());
    Table table = catalog.table(TableId.of(database, "t")).orElseThrow();
    assertThat(column(table, "flag").type()).isEqualTo(new DataType.Bool());
    assertThat(column(table, "small").type()).isEqualTo(new DataType.Int(8, true));
  }

  private Table table(String name) {
    Catalog catalog =
        discover(MySqlDialect.at(server.host(), server.port(), database), server.user());
    return catalog.table(TableId.of(database, name)).orElseThrow();
  }

  private Catalog discover(MySqlDialect dialect, String user) {
    String password = user.equals(server.user()) ? server.password().orElse("") : "";
    try (Replicator replicator =
        Replicator.from(dialect.tls(Tls.off()).login(user, password)).named("structure").build()) {
      return replicator.discover();
    }
  }

  /** The rows of a table, read as a whole. */
  private int rows(String name) {
    AtomicInteger rows = new AtomicInteger();
    try (Replicator replicator =
        Replicator.from(
                MySqlDialect.at(server.host(), server.port(), database)
                    .tls(Tls.off())
                    .login(server.user(), server.password().orElse("")))
            .named("structure")
            .build()) {
      replicator
          .replicate(
              Selection.of(TableSelection.table(TableId.of(database, name).toString())),
              batch -> rows.addAndGet(batch.rowCount()))
          .throwIfFailed();
    }
    return rows.get();
  }

  private static Column column(Table table, String name) {
    return table.column(name).orElseThrow();
  }
}
