package dev.bobbin.examples;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.testservers.PostgresServer;
import dev.bobbin.tls.Tls;
import java.sql.SQLException;

/** A small shop in a database of its own on the shared server. */
final class TestShop {

  static final PostgresServer SERVER = PostgresServer.shared("18");
  static final int ORDERS = 1_000;

  private TestShop() {}

  static Shop create() throws SQLException {
    return Shop.create(SERVER, SERVER.createDatabase(), ORDERS);
  }

  static PostgresDialect dialect(Shop shop) {
    return PostgresDialect.at(SERVER.host(), SERVER.port(), shop.database())
        .tls(Tls.off())
        .login(SERVER.user(), TestShop::password);
  }

  static String password() {
    return SERVER.password().orElse("");
  }

  static TableId table(Shop shop, String name) {
    return TableId.of(shop.database(), "public", name);
  }
}
