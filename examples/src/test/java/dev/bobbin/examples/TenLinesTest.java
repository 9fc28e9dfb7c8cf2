package dev.bobbin.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.PostgresServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenLinesTest {

  private static final String TRUST_STORE = "javax.net.ssl.trustStore";

  private static PostgresServer server;

  @TempDir Path state;

  /** A server whose authority is among the JDK's trusted roots, as a public one would be. */
  @BeforeAll
  static void start() {
    CertificateAuthority authority = CertificateAuthority.create();
    server = PostgresServer.version("18").ssl(authority).start();
    System.setProperty(TRUST_STORE, authority.trustStore().toString());
    System.setProperty(TRUST_STORE + "Password", authority.trustStorePassword());
  }

  @AfterAll
  static void stop() {
    System.clearProperty(TRUST_STORE);
    System.clearProperty(TRUST_STORE + "Password");
    server.close();
  }

  @Test
  void copiesEverythingOnceAndThenWhatIsNew() throws Exception {
    Shop shop = Shop.create(server, server.createDatabase(), TestShop.ORDERS);
    Map<TableId, Integer> rows = new ConcurrentHashMap<>();

    run(shop, batch -> rows.merge(batch.table(), batch.rowCount(), Integer::sum));

    assertThat(rows)
        .containsEntry(TestShop.table(shop, "orders"), TestShop.ORDERS)
        .containsEntry(TestShop.table(shop, "countries"), 17)
        .hasSize(2);

    rows.clear();
    shop.execute("UPDATE orders SET status = 'paid', updated_at = now() WHERE id <= 3");
    run(shop, batch -> rows.merge(batch.table(), batch.rowCount(), Integer::sum));

    assertThat(rows).containsEntry(TestShop.table(shop, "orders"), 3);
  }

  private RunReport run(Shop shop, RecordSink sink) throws SQLException {
    return TenLines.copy(
        "localhost",
        server.port(),
        shop.database(),
        server.user(),
        () -> server.password().orElse(""),
        state,
        sink);
  }
}
