package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.mongodb.client.MongoClient;
import java.time.Duration;
import java.util.Map;
import org.bson.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://me:p%40ss+w@db.example.com:5433/home?sslmode=require",
        "jdbc:postgresql://db.example.com:5433/home?user=me&password=p%40ss%2Bw&sslmode=require",
        "postgres://me:p%40ss%2Bw@db.example.com:5433/home?sslmode=require"
      })
  void readsUrlsOfEveryCommonForm(String url) {
    Endpoint endpoint = ExternalServer.parse(Engine.POSTGRES, url);
    assertThat(endpoint)
        .isEqualTo(
            new Endpoint(
                Engine.POSTGRES,
                "db.example.com",
                5433,
                "me",
                "p@ss+w",
                "home",
                Map.of("sslmode", "require")));
    assertThat(endpoint.jdbcUrl("a/b c"))
        .isEqualTo("jdbc:postgresql://db.example.com:5433/a%2Fb%20c?sslmode=require");
    assertThat(endpoint.toString()).doesNotContain("p@ss");
  }

  @Test
  void refusesOthersWithoutRepeatingThem() {
    for (String url : new String[] {"mysql://me:secret@h/d", "postgresql://h/d", "secret %"}) {
      assertThatThrownBy(() -> ExternalServer.parse(Engine.POSTGRES, url))
          .hasMessageContaining("BOBBIN_TEST_POSTGRES_URL")
          .hasMessageNotContaining("secret")
          .hasNoCause();
    }
  }

  @Test
  void isWhatTheSharedServerIsAndIsLeftClean() throws Exception {
    try (PostgresServer outside = PostgresServer.version("17").password("secret").start()) {
      String databases = "SELECT count(*) FROM pg_database";
      String before = outside.query("postgres", databases);
      try (ChildJvm child =
          ChildJvm.of(Guest.class)
              .environment(
                  "BOBBIN_TEST_POSTGRES_URL",
                  "postgresql://postgres:secret@127.0.0.1:" + outside.port())
              .start()) {
        assertThat(child.nextLine(PATIENCE))
            .startsWith("[test-servers] PostgreSQL 17, external")
            .doesNotContain("secret");
        assertThat(child.nextLine(PATIENCE)).isEqualTo("17 " + outside.port());
        assertThat(child.nextLine(PATIENCE))
            .startsWith("Cannot restart")
            .contains("BOBBIN_TEST_POSTGRES_URL");
        assertThat(child.awaitExit(PATIENCE)).isZero();
      }
      assertThat(outside.query("postgres", databases)).isEqualTo(before);
    }
  }

  @Test
  void readsUrlsOfMySqlThatNameNoDatabase() {
    for (String url :
        new String[] {"mysql://me:p%40ss@db.example.com/", "mariadb://me:p%40ss@db.example.com"}) {
      Endpoint endpoint = ExternalServer.parse(Engine.MYSQL, url);
      assertThat(endpoint)
          .isEqualTo(
              new Endpoint(Engine.MYSQL, "db.example.com", 3306, "me", "p@ss", "", Map.of()));
      assertThat(endpoint.jdbcUrl("a/b c")).isEqualTo("jdbc:mysql://db.example.com:3306/a%2Fb%20c");
    }
  }

  @Test
  void isWhatTheSharedMySqlIsAndIsLeftClean() throws Exception {
    try (MySqlServer outside =
        MySqlServer.version(MySqlVersion.MARIADB_11_4).password("secret").start()) {
      String databases = "SELECT count(*) FROM information_schema.schemata";
      String before = outside.query("", databases);
      try (ChildJvm child =
          ChildJvm.of(MySqlGuest.class)
              .environment(
                  "BOBBIN_TEST_MYSQL_URL", "mysql://root:secret@127.0.0.1:" + outside.port() + "/")
              .start()) {
        assertThat(child.nextLine(PATIENCE))
            .startsWith("[test-servers] MariaDB 11.4, external")
            .contains("BOBBIN_TEST_MYSQL_URL")
            .doesNotContain("secret");
        assertThat(child.nextLine(PATIENCE)).isEqualTo("MariaDB 11.4 " + outside.port());
        assertThat(child.nextLine(PATIENCE)).startsWith("Cannot restart").contains("external");
        assertThat(child.awaitExit(PATIENCE)).isZero();
      }
      assertThat(outside.query("", databases)).isEqualTo(before);
    }
  }

  @Test
  void isWhatTheSharedMongoDbIsAndIsLeftClean() throws Exception {
    try (MongoServer outside = MongoServer.javaServer();
        MongoClient client = outside.connect()) {
      try (ChildJvm child =
          ChildJvm.of(MongoGuest.class)
              .environment("BOBBIN_TEST_MONGODB_URL", outside.uri() + "?appName=guest")
              .start()) {
        assertThat(child.awaitLine(line -> line.startsWith("[test-servers] MongoDB"), PATIENCE))
            .isEqualTo(
                "[test-servers] MongoDB, external, at 127.0.0.1:"
                    + outside.port()
                    + " (BOBBIN_TEST_MONGODB_URL)");
        assertThat(child.nextLine(PATIENCE)).isEqualTo(outside.uri() + "?appName=guest");
        assertThat(child.nextLine(PATIENCE)).startsWith("Cannot restart").contains("external");
        assertThat(client.listDatabaseNames()).hasSize(1);
        child.send("go on");
        assertThat(child.awaitExit(PATIENCE)).isZero();
      }
      assertThat(client.listDatabaseNames()).isEmpty();
    }
  }

  @Test
  void isFerretDbWhereItSaysSo() {
    assumeTrue(MongoServer.canStart(MongoKind.FERRETDB));
    try (MongoServer outside = MongoServer.of(MongoKind.FERRETDB).password("secret").start();
        MongoServer known = MongoServer.at(outside.uri());
        ChildJvm child =
            ChildJvm.of(FerretGuest.class)
                .environment("BOBBIN_TEST_MONGODB_URL", outside.uri())
                .start()) {
      assertThat(known.kind()).isEqualTo(MongoKind.FERRETDB);
      assertThat(known.canControlProcess()).isFalse();
      assertThat(known.isRunning()).isTrue();
      assertThat(child.awaitExit(PATIENCE)).isZero();
      assertThat(child.lines())
          .containsExactly(
              "[test-servers] FerretDB, external, at root@127.0.0.1:"
                  + outside.port()
                  + " (BOBBIN_TEST_MONGODB_URL)",
              "FERRETDB " + outside.port());
    }
  }

  @Test
  void isDemandedWhereItIsNamed() {
    try (ChildJvm child =
        ChildJvm.of(MongoGuest.class)
            .environment(
                "BOBBIN_TEST_MONGODB_URL",
                "mongodb://me:secret@127.0.0.1:1/?serverSelectionTimeoutMS=100")
            .start()) {
      assertThat(child.awaitExit(PATIENCE)).isNotZero();
      assertThat(String.join("\n", child.errors()))
          .contains("BOBBIN_TEST_MONGODB_URL names (me@127.0.0.1:1) cannot be reached")
          .doesNotContain("secret");
    }
  }

  /** Uses the shared MongoDB and leaves a database behind. */
  static final class MongoGuest {
    public static void main(String[] arguments) throws Exception {
      MongoServer server = MongoServer.shared(MongoKind.MONGODB).orElseThrow();
      try (MongoClient client = server.connect()) {
        client.getDatabase(server.newDatabase()).getCollection("c").insertOne(new Document());
      }
      System.out.println(server.uri());
      try {
        server.restart();
      } catch (NoProcessControlException e) {
        System.out.println(e.getMessage());
      }
      System.in.read();
    }
  }

  /** Uses the shared FerretDB. */
  static final class FerretGuest {
    public static void main(String[] arguments) {
      MongoServer server = MongoServer.shared(MongoKind.FERRETDB).orElseThrow();
      System.out.println(server.kind().name() + " " + server.port());
    }
  }

  /** Uses the shared MySQL server and leaves a database behind. */
  static final class MySqlGuest {
    public static void main(String[] arguments) throws Exception {
      MySqlServer server = MySqlServer.shared(MySqlVersion.DEFAULT);
      server.execute(server.createDatabase(), "CREATE TABLE t (n int)");
      System.out.println(server.version() + " " + server.port());
      try {
        server.restart();
      } catch (NoProcessControlException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  /** Uses the shared server and leaves a database behind. */
  static final class Guest {
    public static void main(String[] arguments) throws Exception {
      PostgresServer server = PostgresServer.shared("18");
      server.execute(server.createDatabase(), "CREATE TABLE t (n int)");
      System.out.println(server.version() + " " + server.port());
      try {
        server.restart();
      } catch (NoProcessControlException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
