package dev.bobbin.dialect.postgres;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.Replicator;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.select.Selection;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.tls.Tls;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HerokuPostgresTest {

  private static final String PASSWORD = "c4nary/p@ss:w%rd?#é";
  private static final String USER = "u@b:c/d";

  private static PostgresServer server;
  private static String database = "";

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.version("18").ssl().password("root-Password-0").start();
    database = server.createDatabase("d b%/ü");
    server.execute(
        database,
        "CREATE ROLE \"" + USER + "\" LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE TABLE t AS SELECT 1 AS id",
        "GRANT SELECT ON t TO \"" + USER + "\"");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String url(String scheme, String user, String password) {
    return scheme
        + "://"
        + encoded(user)
        + ":"
        + encoded(password)
        + "@"
        + server.host()
        + ":"
        + server.port()
        + "/"
        + encoded(database);
  }

  private static int rows(PostgresDialect dialect) {
    CollectingSink sink = new CollectingSink();
    try (Replicator replicator = Replicator.from(dialect).named("heroku").build()) {
      replicator.replicate(Selection.of(table("t")), sink).throwIfFailed();
    }
    return sink.tables().size();
  }

  @ParameterizedTest
  @CsvSource({"postgres, ''", "postgresql, ?sslmode=require", "POSTGRES, ?x=1#y"})
  void copiesFromTheDatabaseOfAUrl(String scheme, String query) {
    PostgresDialect dialect = HerokuPostgres.from(url(scheme, USER, PASSWORD) + query);
    assertThat(rows(dialect)).isEqualTo(1);
    assertThat(dialect.toString())
        .isEqualTo("PostgreSQL " + database + " at " + server.host() + ":" + server.port());
  }

  @Test
  void encryptsAlwaysAndVerifiesWhereAsked() {
    String url = url("postgres", USER, PASSWORD);
    for (PostgresDialect strict :
        new PostgresDialect[] {
          HerokuPostgres.from(url + "?sslmode=verify-full"),
          HerokuPostgres.from(url).tls(Tls.verifyFull())
        }) {
      assertThatThrownBy(() -> rows(strict))
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("no trusted root vouches");
    }
    assertThat(rows(HerokuPostgres.from(url).tls(Tls.verifyFull().ca(server.caCertificate()))))
        .isEqualTo(1);
    try (PostgresServer plain = PostgresServer.version("18").start()) {
      assertThatThrownBy(
              () ->
                  rows(
                      HerokuPostgres.from(
                          "postgres://postgres:x@127.0.0.1:" + plain.port() + "/postgres")))
          .isInstanceOf(SourceException.class)
          .hasMessageContaining("the server offers no TLS");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "mysql://u:canary@h/d, does not begin with postgres://",
    "jdbc:postgresql://h/d?user=u&password=canary, is one of JDBC",
    "u:canary@h/d, does not begin with postgres://",
    "postgres://u:canary@h:5432, has no database",
    "postgres://u:canary@h:5432/, has no database",
    "postgres://u:canary@/d, has no host",
    "postgres://h:5432/d, has no user",
    "postgres://:canary@h/d, has no user",
    "postgres://u@h/d, has no password",
    "postgres://u:canary@h:port/d, The port in the database URL is not a number",
    "postgres://u:canary%zz@h/d, The password in the database URL cannot be decoded",
    "postgres://u%f:canary@h/d, The user in the database URL cannot be decoded",
    "postgres://u:canary%ff@h/d, The password in the database URL cannot be decoded",
    "postgres://u:canary@h/d?sslmode=disable, need not be encrypted (sslmode)",
    "postgres://u:canary@h/d?a=1&sslmode=prefer, need not be encrypted (sslmode)",
    "postgres://u:canary@h/d?sslrootcert=x, sets sslrootcert in its query",
    "postgres://u@h/d?password=canary, has no password",
    "postgres://u:canary@h/d?host=evil, sets host in its query",
    "postgres://u:12/canary@h/d, an at sign behind the slash that ends the host",
    "postgres://u:x@canary/canary?canary@h/d, an at sign behind the slash",
    "postgres://u:x@h/canary/d, a slash behind the slash that ends the host",
    "postgres://u:canary@h:0/d, The port 0 is not between",
    "'', There is no database URL",
  })
  void namesThePartThatDoesNotFitAndShowsNothingOfTheUrl(String url, String problem) {
    ConfigurationException refused =
        catchThrowableOfType(ConfigurationException.class, () -> HerokuPostgres.from(url));
    assertThat(refused.problem()).contains(problem);
    assertThat(refused.remedy()).isNotEmpty();
    assertThat(refused).hasMessageNotContaining("canary").hasNoCause();
  }

  @Test
  void saysThatTheVariableIsNotSet() {
    String none = null;
    assertThatThrownBy(() -> HerokuPostgres.from(none))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("Is the variable, usually DATABASE_URL, set here?");
  }

  @Test
  void knowsAddressesOfVersion6AndTheUsualPort() {
    assertThat(HerokuPostgres.from("postgres://u:p@[2001:db8::7]/shop").toString())
        .isEqualTo("PostgreSQL shop at [2001:db8::7]:5432");
    assertThat(HerokuPostgres.from("postgres://u:p@[::1]:6000/shop").toString())
        .isEqualTo("PostgreSQL shop at [::1]:6000");
    assertThat(HerokuPostgres.from("postgres://u:p@db/shop").toString())
        .isEqualTo("PostgreSQL shop at db:5432");
  }

  @Test
  void asksForThePasswordAnewWhenHerokuHasRotatedIt() throws Exception {
    server.execute(
        database, "CREATE ROLE rotated LOGIN PASSWORD 'one'", "GRANT SELECT ON t TO rotated");
    AtomicReference<String> variable = new AtomicReference<>(url("postgres", "rotated", "one"));
    PostgresDialect dialect = HerokuPostgres.from(variable::get);
    assertThat(rows(dialect)).isEqualTo(1);
    server.execute(database, "ALTER ROLE rotated PASSWORD 'two'");
    variable.set(url("postgres", "rotated", "two"));
    assertThat(rows(dialect)).isEqualTo(1);

    variable.set(url("postgres", "rotated", "two") + "?sslmode=verify-full");
    assertThatThrownBy(() -> rows(dialect))
        .isInstanceOf(BobbinException.class)
        .hasMessageContaining("now asks for the server to be verified")
        .hasMessageContaining("Build the replicator anew");

    variable.set(url("postgres", "another", "three-canary"));
    assertThatThrownBy(() -> rows(dialect))
        .isInstanceOf(BobbinException.class)
        .hasMessageContaining("another user, host or database than rotated at " + server.host())
        .hasMessageContaining("Build the replicator anew")
        .hasMessageNotContaining("canary");
  }
}
