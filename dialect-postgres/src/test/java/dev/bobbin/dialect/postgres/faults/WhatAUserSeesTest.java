package dev.bobbin.dialect.postgres.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.testkit.CollectingSink;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.testservers.PostgresVersion;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.tls.Tls;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a user sees who has set something wrong: each message has the cause and the remedy. */
class WhatAUserSeesTest {

  private static PostgresServer server;
  private static World world;

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.version(PostgresVersion.DEFAULT).password("root-Password-0").start();
    world = World.on(server, 10, 32);
    world.execute(
        "CREATE ROLE etl LOGIN PASSWORD 'etl-Password-1'",
        "CREATE TABLE customers (id int PRIMARY KEY)",
        "CREATE TABLE secret (id int PRIMARY KEY)",
        "GRANT SELECT ON orders, countries, customers TO etl");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static PostgresDialect dialect() {
    return PostgresDialect.at(server.host(), server.port(), world.database)
        .tls(Tls.off())
        .login("etl", "etl-Password-1");
  }

  private static BobbinException failure(PostgresDialect dialect, Selection selection) {
    try (Replicator replicator =
        Replicator.from(dialect)
            .connectTimeout(Duration.ofSeconds(5))
            .retry(RetryPolicy.NONE)
            .build()) {
      Throwable failure =
          catchThrowable(
              () -> replicator.replicate(selection, new CollectingSink()).throwIfFailed());
      assertThat(failure).isInstanceOf(BobbinException.class);
      BobbinException bobbins = (BobbinException) failure;
      assertThat(bobbins.problem()).endsWith(".");
      assertThat(bobbins.remedy()).endsWith(".");
      assertThat(bobbins).hasMessage(bobbins.problem() + " " + bobbins.remedy());
      System.out.println("  " + bobbins.getMessage());
      return bobbins;
    }
  }

  private static BobbinException failure(PostgresDialect dialect) {
    return failure(dialect, World.everything());
  }

  @Test
  void aWrongPassword() {
    BobbinException failure =
        failure(
            PostgresDialect.at(server.host(), server.port(), world.database)
                .tls(Tls.off())
                .login("etl", "wrong"));
    assertThat(failure)
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("Logging in to PostgreSQL " + world.database + " at ")
        .hasMessageContaining("as user etl failed: ")
        .hasMessageContaining("password authentication failed")
        .hasMessageContaining("Check the user, what the password supplier gives")
        .hasMessageContaining("pg_hba.conf")
        .hasMessageNotContaining("wrong.");
  }

  @Test
  void noPasswordWhereOneIsAskedFor() {
    BobbinException failure =
        failure(
            PostgresDialect.at(server.host(), server.port(), world.database)
                .tls(Tls.off())
                .login("etl", ""));
    assertThat(failure)
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("at " + server.host())
        .hasMessageContaining("assword");
    assertThat(((SourceException) failure).kind()).isEqualTo(SourceException.Kind.PERMANENT);
  }

  @Test
  void anUnknownHost() {
    BobbinException failure =
        failure(
            PostgresDialect.at("no-such-host.invalid", 5432, "shop")
                .tls(Tls.off())
                .login("etl", "x"));
    assertThat(failure)
        .hasMessageContaining("the host name no-such-host.invalid is not known")
        .hasMessageContaining("Check the host name");
  }

  @Test
  void aPortThatRefuses() {
    try (TcpProxy proxy = server.proxy()) {
      proxy.refuse();
      BobbinException failure =
          failure(
              PostgresDialect.at(proxy.host(), proxy.port(), "shop")
                  .tls(Tls.off())
                  .login("etl", "x"));
      assertThat(failure)
          .hasMessageContaining(proxy.host() + ":" + proxy.port() + " refused the connection")
          .hasMessageContaining("Check that the server is running")
          .hasMessageContaining("firewall");
    }
  }

  @Test
  void anUnknownDatabase() {
    BobbinException failure =
        failure(
            PostgresDialect.at(server.host(), server.port(), "no_shop")
                .tls(Tls.off())
                .login("etl", "etl-Password-1"));
    assertThat(failure)
        .hasMessageContaining("no_shop")
        .hasMessageContaining("does not exist")
        .hasMessageContaining("Check the database's name");
  }

  @Test
  void aDatabaseThatTheUserMayNotEnter() throws Exception {
    String closed = server.createDatabase();
    server.execute(closed, "REVOKE CONNECT ON DATABASE " + closed + " FROM PUBLIC");
    BobbinException failure =
        failure(
            PostgresDialect.at(server.host(), server.port(), closed)
                .tls(Tls.off())
                .login("etl", "etl-Password-1"));
    assertThat(failure)
        .hasMessageContaining(closed)
        .hasMessageContaining("permission denied")
        .hasMessageContaining("CONNECT");
  }

  @Test
  void aTableWithoutThePrivilege() {
    BobbinException failure = failure(dialect(), Selection.of(TableSelection.table("secret")));
    assertThat(failure)
        .hasMessageContaining("may not read table " + world.database + ".public.secret")
        .hasMessageContaining("Grant it SELECT on");
  }

  @Test
  void aPrivilegeThatIsTakenAwayAfterThePlan() throws Exception {
    Selection selection = Selection.of(TableSelection.table("customers"));
    try (Replicator replicator =
        Replicator.from(dialect())
            .retry(RetryPolicy.NONE)
            .listener(
                new dev.bobbin.ReplicatorListener() {
                  @Override
                  public void onPlan(dev.bobbin.plan.Plan plan) {
                    try {
                      world.execute("REVOKE SELECT ON customers FROM etl");
                    } catch (java.sql.SQLException e) {
                      throw new AssertionError(e);
                    }
                  }
                })
            .build()) {
      RunReport report = replicator.replicate(selection, new CollectingSink());
      BobbinException failure = report.tables().get(0).failure().orElseThrow();
      System.out.println("  " + failure.getMessage());
      assertThat(failure)
          .hasMessageContaining("customers")
          .hasMessageContaining("permission denied")
          .hasMessageContaining("GRANT SELECT ON")
          .hasMessageContaining("TO \"etl\"");
      assertThat(report.describe()).contains(failure.getMessage());
    } finally {
      world.execute("GRANT SELECT ON customers TO etl");
    }
  }

  @Test
  void aTableThatIsMisspelt() {
    BobbinException failure = failure(dialect(), Selection.of(TableSelection.table("custmers")));
    assertThat(failure)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("custmers")
        .hasMessageContaining("nearest names are")
        .hasMessageContaining("customers");
  }

  @Test
  void aReplicationKeyThatIsMisspelt() {
    BobbinException failure =
        failure(dialect(), Selection.of(TableSelection.table("orders").incrementalBy("chnaged")));
    assertThat(failure)
        .hasMessageContaining("chnaged")
        .hasMessageContaining("nearest names are: changed");
  }

  @Test
  void aServerThatIsNoPostgres() throws Exception {
    try (java.net.ServerSocket other = new java.net.ServerSocket(0)) {
      Thread answering =
          new Thread(
              () -> {
                while (true) {
                  try (java.net.Socket client = other.accept()) {
                    client
                        .getOutputStream()
                        .write(
                            "HTTP/1.1 400 Bad Request\r\n\r\n"
                                .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                    client.getOutputStream().flush();
                    client.shutdownOutput();
                    client.getInputStream().readAllBytes();
                  } catch (java.io.IOException e) {
                    return;
                  }
                }
              },
              "no postgres");
      answering.setDaemon(true);
      answering.start();
      BobbinException failure =
          failure(
              PostgresDialect.at("127.0.0.1", other.getLocalPort(), "shop")
                  .tls(Tls.off())
                  .login("etl", "x"));
      assertThat(failure)
          .hasMessageContaining("127.0.0.1:" + other.getLocalPort())
          .hasMessageContaining("another service");
    }
  }
}
