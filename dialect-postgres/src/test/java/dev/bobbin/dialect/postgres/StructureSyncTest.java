package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Column.Generation;
import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.Table.Index;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSession.TableKey;
import dev.bobbin.testservers.PostgresServer;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StructureSyncTest {

  private static Catalog discover(PostgresServer server, String database) {
    return discover(Sources.dialect(server, database), database);
  }

  private static Catalog discover(PostgresDialect dialect, String database) {
    try (SourceSession session = dialect.connect(Sources.settings())) {
      return session.discover(database::equals);
    }
  }

  private static Table table(Catalog catalog, String name) {
    return catalog.table(name).orElseThrow(() -> new AssertionError(catalog.describe()));
  }

  private static Column column(Catalog catalog, String table, String name) {
    return table(catalog, table).column(name).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "9.6", "13", "18"})
  void readsTablesViewsColumnsKeysAndComments(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE SCHEMA extra",
        "CREATE TABLE orders (id serial PRIMARY KEY, code varchar(10) NOT NULL UNIQUE,"
            + " amount numeric(12,2), at timestamptz, tags text[], doc json, big bigserial)",
        "COMMENT ON TABLE orders IS 'what was bought'",
        "COMMENT ON COLUMN orders.amount IS 'in EUR'",
        "CREATE INDEX orders_at ON orders (at DESC)",
        "CREATE INDEX orders_open ON orders (amount) WHERE at IS NULL",
        "CREATE INDEX orders_lower ON orders (lower(code), id)",
        "CREATE INDEX orders_pattern ON orders (code text_pattern_ops)",
        "CREATE INDEX orders_hash ON orders USING hash (amount)",
        "CREATE VIEW orders_view AS SELECT id, amount FROM orders",
        "CREATE MATERIALIZED VIEW extra.totals AS SELECT count(*) AS n FROM orders",
        "CREATE FOREIGN DATA WRAPPER no_wrapper",
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER no_wrapper",
        "CREATE FOREIGN TABLE far (a int NOT NULL) SERVER elsewhere",
        "CREATE TABLE nothing ()");
    Catalog catalog = discover(server, database);

    assertThat(catalog.source())
        .matches("PostgreSQL " + version.replace(".", "\\.") + "(\\.\\d+)*");
    assertThat(catalog.databases()).containsExactly(database);
    assertThat(catalog.defaultNamespace()).containsExactly(database, "public");
    assertThat(catalog.tables()).hasSize(5);
    Table orders = table(catalog, "orders");
    assertThat(orders.id()).isEqualTo(TableId.of(database, "public", "orders"));
    assertThat(orders.kind()).isEqualTo(Table.Kind.TABLE);
    assertThat(orders.comment()).isEqualTo("what was bought");
    assertThat(orders.readable()).isTrue();
    assertThat(orders.rowSecurity()).isFalse();
    assertThat(orders.parent()).isEmpty();
    assertThat(orders.estimatedRows()).isEmpty();
    assertThat(orders.primaryKey()).containsExactly("id");
    assertThat(orders.uniqueKeys()).containsExactly(List.of("id"), List.of("code"));
    assertThat(orders.columns().stream().map(Column::name))
        .containsExactly("id", "code", "amount", "at", "tags", "doc", "big");
    assertThat(orders.columns().get(0))
        .isEqualTo(
            new Column(
                "id",
                new DataType.Int(32, true),
                "integer",
                false,
                true,
                Generation.IDENTITY,
                KeySupport.EXACT,
                ""));
    assertThat(column(catalog, "orders", "code").nativeType()).isEqualTo("character varying(10)");
    assertThat(column(catalog, "orders", "code").keySupport()).isEqualTo(KeySupport.EXACT);
    assertThat(column(catalog, "orders", "amount").comment()).isEqualTo("in EUR");
    assertThat(column(catalog, "orders", "amount").type()).isEqualTo(new DataType.Decimal(12, 2));
    assertThat(column(catalog, "orders", "amount").nullable()).isTrue();
    assertThat(column(catalog, "orders", "tags").type())
        .isEqualTo(new DataType.Array(new DataType.Text()));
    assertThat(column(catalog, "orders", "doc").keySupport()).isEqualTo(KeySupport.UNORDERED);
    assertThat(column(catalog, "orders", "big").generation()).isEqualTo(Generation.IDENTITY);
    assertThat(orders.indexes())
        .containsExactlyInAnyOrder(
            new Index("orders_pkey", List.of("id"), true, true, false, true),
            new Index("orders_code_key", List.of("code"), true, false, false, true),
            new Index("orders_at", List.of("at"), false, false, false, true),
            new Index("orders_open", List.of("amount"), false, false, true, true),
            new Index("orders_lower", List.of("", "id"), false, false, false, false),
            new Index("orders_pattern", List.of("code"), false, false, false, false),
            new Index("orders_hash", List.of("amount"), false, false, false, false));
    assertThat(orders.isIndexed("at")).isTrue();
    assertThat(orders.isIndexed("amount")).isFalse();
    assertThat(table(catalog, "orders_view").kind()).isEqualTo(Table.Kind.VIEW);
    assertThat(table(catalog, "orders_view").estimatedRows()).isEmpty();
    assertThat(table(catalog, "extra.totals").kind()).isEqualTo(Table.Kind.MATERIALIZED_VIEW);
    assertThat(table(catalog, "nothing").columns()).isEmpty();
    assertThat(table(catalog, "far").kind()).isEqualTo(Table.Kind.FOREIGN_TABLE);
    // its NOT NULL is a declaration that nobody enforces
    assertThat(column(catalog, "far", "a").nullable()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void unwrapsDomainsToTheirBaseAndHonoursTheirNotNull(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE DOMAIN price AS numeric(8,3)",
        "CREATE DOMAIN some_price AS price NOT NULL",
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE TYPE pair AS (a int, b int)",
        "CREATE TABLE t (a price, b some_price, m mood, ms mood[], p pair, r int4range, n name,"
            + " pt point)",
        "CREATE VIEW v AS SELECT x.i, t.b FROM (VALUES (1)) x(i) LEFT JOIN t ON false");
    Catalog catalog = discover(server, database);

    assertThat(column(catalog, "t", "a").type()).isEqualTo(new DataType.Decimal(8, 3));
    assertThat(column(catalog, "t", "a").nativeType()).isEqualTo("public.price");
    assertThat(column(catalog, "t", "a").nullable()).isTrue();
    assertThat(column(catalog, "t", "b").type()).isEqualTo(new DataType.Decimal(8, 3));
    assertThat(column(catalog, "t", "b").nullable()).isFalse();
    assertThat(column(catalog, "v", "b").nullable()).isTrue();
    assertThat(column(catalog, "t", "m").keySupport()).isEqualTo(KeySupport.EXACT);
    assertThat(column(catalog, "t", "ms").type())
        .isEqualTo(new DataType.Array(new DataType.Text()));
    assertThat(column(catalog, "t", "p").type()).isEqualTo(new DataType.Other("public.pair"));
    assertThat(column(catalog, "t", "r").keySupport()).isNotEqualTo(KeySupport.UNORDERED);
    assertThat(column(catalog, "t", "n").type()).isEqualTo(new DataType.Text());
    assertThat(column(catalog, "t", "pt").keySupport()).isEqualTo(KeySupport.UNORDERED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "13", "18"})
  void keepsOddNamesAsTheyAre(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase("odd \"x\" ü;%/?" + System.nanoTime());
    String schema = "a\"; drop schema b; --";
    List<String> names =
        List.of("Case", "case", "CASE", "we.ird", " lead", "select", "q\"q", "\uD83D\uDE00", "a?b");
    for (String name : names) {
      server.execute(
          database,
          "CREATE SCHEMA IF NOT EXISTS " + PostgresSql.identifier(schema),
          "CREATE TABLE "
              + PostgresSql.identifier(schema)
              + "."
              + PostgresSql.identifier(name)
              + " ("
              + PostgresSql.identifier(name)
              + " int PRIMARY KEY, "
              + PostgresSql.identifier("x" + name)
              + " int)");
    }
    PostgresDialect dialect = Sources.dialect(server, database);
    try (SourceSession session = dialect.connect(Sources.settings())) {
      Catalog catalog = session.discover(database::equals);
      assertThat(catalog.tables()).hasSize(names.size());
      for (String name : names) {
        Table table = catalog.table(TableId.of(database, schema, name)).orElseThrow();
        assertThat(table.columns().stream().map(Column::name)).containsExactly(name, "x" + name);
        assertThat(table.primaryKey()).containsExactly(name);
        session
            .open(
                new dev.bobbin.plan.TableScan(
                    table,
                    dev.bobbin.plan.TableScan.ALL,
                    new dev.bobbin.plan.ScanRange.WholeTable()))
            .close();
      }
    }
    server.dropDatabase(database);
  }

  @ParameterizedTest
  @ValueSource(strings = {"13", "18"})
  void knowsPartitionsOfAnyDepth(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE m (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
        "CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "CREATE TABLE m2 PARTITION OF m FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')"
            + " PARTITION BY LIST (id)",
        "CREATE TABLE m2a PARTITION OF m2 FOR VALUES IN (1)",
        "CREATE TABLE m2b PARTITION OF m2 DEFAULT",
        "INSERT INTO m SELECT i, '2020-05-05' FROM generate_series(1, 1000) i",
        "INSERT INTO m SELECT i, '2021-05-05' FROM generate_series(1, 500) i",
        "ANALYZE");
    Catalog catalog = discover(server, database);

    TableId root = TableId.of(database, "public", "m");
    Table m = table(catalog, "m");
    assertThat(m.kind()).isEqualTo(Table.Kind.PARTITIONED_TABLE);
    assertThat(m.parent()).isEmpty();
    assertThat(m.children()).isEqualTo(3);
    assertThat(m.estimatedRows()).hasValue(1500);
    assertThat(m.estimatedBytes().orElseThrow()).isPositive();
    assertThat(m.primaryKey()).containsExactly("id", "at");
    assertThat(table(catalog, "m1").parent()).contains(root);
    assertThat(table(catalog, "m2").parent()).contains(root);
    assertThat(table(catalog, "m2").children()).isEqualTo(2);
    assertThat(table(catalog, "m2").estimatedRows()).hasValue(500);
    assertThat(table(catalog, "m2a").parent()).contains(root);
    assertThat(table(catalog, "m2a").estimatedRows()).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void doesNotTakeAnInheritanceParentsKeyForUniqueOverItsChildren(String version)
      throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE p (id int PRIMARY KEY, at int)",
        "CREATE INDEX p_at ON p (at)",
        "CREATE TABLE c (extra text) INHERITS (p)",
        "CREATE INDEX c_at ON c (at)",
        "CREATE TABLE gc () INHERITS (c)",
        "CREATE INDEX gc_at ON gc (at)",
        "INSERT INTO p VALUES (1, 1)",
        "INSERT INTO c VALUES (1, 1), (2, 2)",
        "INSERT INTO gc VALUES (1, 1)",
        "ANALYZE");
    Catalog catalog = discover(server, database);

    Table p = table(catalog, "p");
    assertThat(p.children()).isEqualTo(2);
    assertThat(p.estimatedRows()).hasValue(4);
    assertThat(p.primaryKey()).isEmpty();
    assertThat(p.uniqueKeys()).isEmpty();
    assertThat(p.isIndexed("id")).isFalse();
    assertThat(p.isIndexed("at")).isTrue();
    assertThat(table(catalog, "gc").parent()).contains(p.id());
    assertThat(table(catalog, "c").children()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"13", "18"})
  void recognisesIdentityAndGeneratedColumnsAndCollations(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY, a int,"
            + " b int GENERATED ALWAYS AS (a * 2) STORED, c text)");
    Catalog catalog = discover(server, database);

    assertThat(column(catalog, "t", "id").generation()).isEqualTo(Generation.IDENTITY);
    assertThat(column(catalog, "t", "a").generation()).isEqualTo(Generation.NONE);
    assertThat(column(catalog, "t", "b").generation()).isEqualTo(Generation.GENERATED);
    assertThat(column(catalog, "t", "c").keySupport()).isEqualTo(KeySupport.EXACT);
  }

  @Test
  void seesNondeterministicCollationsAndUnprovenNotNulls() throws SQLException {
    PostgresServer server = PostgresServer.shared("18");
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (a int, v int GENERATED ALWAYS AS (a + 1) VIRTUAL)",
        "INSERT INTO t VALUES (NULL)",
        "ALTER TABLE t ADD CONSTRAINT a_there NOT NULL a NOT VALID");
    assertThat(column(discover(server, database), "t", "a").nullable()).isTrue();
    assertThat(column(discover(server, database), "t", "v").generation())
        .isEqualTo(Generation.GENERATED);
    server.execute(database, "DELETE FROM t", "ALTER TABLE t VALIDATE CONSTRAINT a_there");
    assertThat(column(discover(server, database), "t", "a").nullable()).isFalse();

    boolean icu =
        "t"
            .equals(
                server.query(
                    database, "SELECT count(*) > 0 FROM pg_collation WHERE collprovider = 'i'"));
    assumeTrue(icu, "built without ICU");
    server.execute(
        database,
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "CREATE TABLE u (c text COLLATE ci)");
    assertThat(column(discover(server, database), "u", "c").keySupport())
        .isEqualTo(KeySupport.COLLATED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "9.6", "18"})
  void listsWhatTheUserMayNotRead(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    String user = "reader_" + System.nanoTime();
    boolean security = !version.equals("9.3");
    server.execute(
        database,
        "CREATE USER " + user,
        "CREATE SCHEMA hidden",
        "CREATE TABLE hidden.h (a int)",
        "GRANT SELECT ON hidden.h TO " + user,
        "CREATE TABLE whole (a int, b int)",
        "GRANT SELECT ON whole TO " + user,
        "CREATE TABLE part (a int, b int)",
        "GRANT SELECT (a) ON part TO " + user,
        "CREATE TABLE none (a int)");
    if (security) {
      server.execute(database, "ALTER TABLE whole ENABLE ROW LEVEL SECURITY");
    }
    Catalog catalog = discover(Sources.dialect(server, database, user), database);

    assertThat(table(catalog, "whole").readable()).isTrue();
    assertThat(table(catalog, "whole").columns()).allMatch(Column::readable);
    assertThat(table(catalog, "whole").rowSecurity()).isEqualTo(security);
    assertThat(table(catalog, "part").readable()).isTrue();
    assertThat(column(catalog, "part", "a").readable()).isTrue();
    assertThat(column(catalog, "part", "b").readable()).isFalse();
    assertThat(table(catalog, "none").readable()).isFalse();
    assertThat(table(catalog, "hidden.h").readable()).isFalse();
    assertThat(table(discover(server, database), "whole").rowSecurity()).isFalse();
    server.execute(database, "DROP OWNED BY " + user, "DROP USER " + user);
  }

  @Test
  void looksIntoAllDatabasesAndNotesThoseItCannotEnter() throws SQLException {
    try (PostgresServer server =
        PostgresServer.version("18")
            .hba("host barred picky 127.0.0.1/32 reject", "host all all 127.0.0.1/32 trust")
            .start()) {
      for (String database : List.of("one", "two", "barred", "forbidden", "rdsadmin")) {
        server.createDatabase(database);
        server.execute(database, "CREATE TABLE t (a int)");
      }
      server.execute(
          "one", "CREATE USER picky", "REVOKE CONNECT ON DATABASE forbidden FROM public");
      String application = Sources.applicationName();
      try (SourceSession session =
          Sources.dialect(server, "one", "picky").connect(Sources.settings(application))) {
        Catalog catalog = session.discover(database -> true);

        assertThat(catalog.databases()).containsExactly("one", "postgres", "two");
        assertThat(catalog.tables().stream().map(t -> t.id().toString()))
            .containsExactly("one.public.t", "two.public.t");
        assertThat(catalog.notes()).hasSize(2);
        assertThat(catalog.notes().get(0)).contains("The database barred could not be read");
        assertThat(catalog.notes().get(1)).contains("forbidden").contains("GRANT CONNECT");
        assertThat(session.discover("two"::equals).databases()).containsExactly("two");
        assertThat(server.backendsOf(application)).isEqualTo(1);
      }
    }
  }

  @Test
  void recognisesAHotStandbyAndItsUnloggedTables() throws SQLException {
    try (PostgresServer primary = PostgresServer.version("13").start();
        PostgresServer standby = primary.standby()) {
      primary.execute(
          "postgres", "CREATE TABLE t (a int PRIMARY KEY)", "CREATE UNLOGGED TABLE u (a int)");
      standby.awaitCaughtUp();
      try (SourceSession session =
          Sources.dialect(standby, "postgres").connect(Sources.settings())) {
        Catalog catalog = session.discover("postgres"::equals);
        assertThat(catalog.notes())
            .anyMatch(n -> n.contains("hot standby") && n.contains("max_standby_streaming_delay"))
            .anyMatch(n -> n.contains("postgres.public.u"));
        assertThat(table(catalog, "u").readable()).isFalse();
        session
            .open(
                new dev.bobbin.plan.TableScan(
                    table(catalog, "t"),
                    dev.bobbin.plan.TableScan.ALL,
                    new dev.bobbin.plan.ScanRange.WholeTable()))
            .close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"9.3", "18"})
  void estimatesNullKeysFromTheStatistics(String version) throws SQLException {
    PostgresServer server = PostgresServer.shared(version);
    String database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (a int, b int NOT NULL, \"C\" int)",
        "INSERT INTO t SELECT CASE WHEN i % 4 = 0 THEN i END, i, i FROM generate_series(1, 1000) i",
        "ANALYZE t",
        "CREATE TABLE fresh (a int)");
    try (SourceSession session = Sources.dialect(server, database).connect(Sources.settings())) {
      Catalog catalog = session.discover(database::equals);
      assertThat(
              session.estimateNullKeys(
                  List.of(
                      new TableKey(table(catalog, "t"), "C"),
                      new TableKey(table(catalog, "fresh"), "a"),
                      new TableKey(table(catalog, "t"), "a"),
                      new TableKey(table(catalog, "t"), "b"))))
          .containsExactly(
              OptionalDouble.of(0),
              OptionalDouble.empty(),
              OptionalDouble.of(0.75),
              OptionalDouble.of(0));
    }
  }

  @Test
  void saysWhatIsWrongWithAnUnknownDatabase() {
    PostgresServer server = PostgresServer.shared("18");
    assertThatThrownBy(() -> Sources.dialect(server, "nowhere").connect(Sources.settings()))
        .isInstanceOfSatisfying(
            SourceException.class,
            e -> assertThat(e.kind()).isEqualTo(SourceException.Kind.PERMANENT))
        .hasMessageContaining("PostgreSQL nowhere at " + server.host() + ":" + server.port())
        .hasMessageContaining("does not exist")
        .hasMessageContaining("Check the database's name");
  }
}
