package dev.bobbin.dialect.mysql.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mysql.cj.jdbc.MysqlDataSource;
import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fault 41: a server that asks for a file of the client. */
class LocalInfileTest {

  private static final String CANARY = "the-content-of-a-secret-file";
  private static final String LOOKED_AT_FIRST = "INFORMATION_SCHEMA.SCHEMATA";

  private final MySqlServer real = MySqlServer.shared("MySQL 8.0");
  private GreedyServer server;

  @TempDir Path folder;

  @BeforeEach
  void begin() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), CANARY);
    server = new GreedyServer(real.port(), LOOKED_AT_FIRST, secret);
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  @Test
  void noFileIsSentToAServerThatAsksForOne() {
    assertSendsNothing(
        MySqlDialect.at("127.0.0.1", server.port())
            .tls(Tls.off())
            .login(real.user(), real.password().orElse(""))
            .property("allowPublicKeyRetrieval", "true"));
  }

  @Test
  void noFileIsSentOverADataSourceThatAllowsIt() throws Exception {
    MysqlDataSource host = new MysqlDataSource();
    host.setUrl(
        "jdbc:mysql://127.0.0.1:%d/?sslMode=DISABLED&allowPublicKeyRetrieval=true&allowLoadLocalInfile=true&allowUrlInLocalInfile=true&allowLoadLocalInfileInPath=%s"
            .formatted(server.port(), folder));
    host.setUser(real.user());
    host.setPassword(real.password().orElse(""));
    // The server gets the file from the host itself: the test can fail.
    try (Connection connection = host.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1 FROM " + LOOKED_AT_FIRST);
    }
    assertThat(server.received()).contains(CANARY);
    server.forget();
    assertSendsNothing(MySqlDialect.from(host));
  }

  @Test
  void propertiesThatAllowItAreRefused() {
    MySqlDialect dialect = MySqlDialect.at("db", 3306);
    for (String name :
        new String[] {
          "allowLoadLocalInfile",
          "allowLoadLocalInfileInPath",
          "allowUrlInLocalInfile",
          "autoDeserialize",
          "queryInterceptors"
        }) {
      assertThatThrownBy(() -> dialect.property(name, "true"))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(name);
    }
    assertThatThrownBy(() -> MySqlDialect.at("db?allowLoadLocalInfile=true", 3306))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void aDatabasesNameSetsNoProperty() {
    MySqlDialect dialect =
        MySqlDialect.at("127.0.0.1", server.port(), "no?allowLoadLocalInfile=true")
            .tls(Tls.off())
            .login(real.user(), real.password().orElse(""));
    try (Replicator replicator = Replicator.from(dialect).named("x").build()) {
      assertThatThrownBy(replicator::discover)
          .isInstanceOf(BobbinException.class)
          .hasMessageContaining("no?allowLoadLocalInfile=true");
    }
  }

  private void assertSendsNothing(MySqlDialect dialect) {
    try (Replicator replicator =
        Replicator.from(dialect)
            .named("x")
            .connectTimeout(Duration.ofSeconds(2))
            .lockTimeout(Duration.ofSeconds(1))
            .retry(RetryPolicy.NONE)
            .build()) {
      assertThatThrownBy(replicator::discover).isInstanceOf(BobbinException.class);
    }
    assertThat(server.asked()).isTrue();
    assertThat(server.received()).doesNotContain(CANARY);
  }
}
