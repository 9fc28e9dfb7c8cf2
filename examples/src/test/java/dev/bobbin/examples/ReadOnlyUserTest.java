package dev.bobbin.examples;

import static dev.bobbin.examples.TestShop.SERVER;
import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.Replicator;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReadOnlyUserTest {

  private static final String USER = "it's \"a\" reader";
  private static final String PASSWORD = "it's; a \\ secret";

  private Shop shop;

  @BeforeEach
  void createUser() throws SQLException {
    shop = TestShop.create();
    shop.execute(ReadOnlyUser.statements(shop.database(), USER, PASSWORD).toArray(String[]::new));
  }

  @AfterEach
  void dropUser() throws SQLException {
    shop.execute("DROP OWNED BY \"it's \"\"a\"\" reader\"", "DROP ROLE \"it's \"\"a\"\" reader\"");
  }

  @Test
  void mayCopyTablesThatWereMadeBeforeAndAfter() throws Exception {
    shop.execute("CREATE TABLE later AS SELECT 1 AS id");
    AtomicInteger rows = new AtomicInteger();
    try (Replicator replicator =
        Replicator.from(
                PostgresDialect.at(SERVER.host(), SERVER.port(), shop.database())
                    .tls(Tls.off())
                    .login(USER, () -> PASSWORD))
            .build()) {
      replicator
          .replicate(
              Selection.of(table("public.countries"), table("public.later")),
              batch -> rows.addAndGet(batch.rowCount()))
          .throwIfFailed();
    }

    assertThat(rows).hasValue(17 + 1);
  }

  @Test
  void mayNotWrite() throws Exception {
    try (Connection connection =
            SERVER.connect(shop.database(), Map.of("user", USER, "password", PASSWORD));
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute("DELETE FROM countries"))
          .hasMessageContaining("read-only transaction");
      statement.execute("SET default_transaction_read_only = off");
      assertThatThrownBy(() -> statement.execute("DELETE FROM countries"))
          .hasMessageContaining("permission denied");
    }
  }
}
