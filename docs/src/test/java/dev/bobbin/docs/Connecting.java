package dev.bobbin.docs;

import static dev.bobbin.select.TableSelection.table;

import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.dialect.postgres.HerokuPostgres;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.tls.Tls;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.function.Supplier;

/** What the page on connecting shows. */
final class Connecting {

  private Connecting() {}

  static SourceDialect direct(Supplier<String> password) {
    // docs:begin direct
    PostgresDialect shop =
        PostgresDialect.at("db.internal", 5432, "shop").login("bobbin", password);
    // docs:end direct
    return shop;
  }

  static SourceDialect clientCertificate(
      Supplier<String> password, Path roots, Path certificate, Path key, Supplier<String> phrase) {
    // docs:begin client-certificate
    PostgresDialect shop =
        PostgresDialect.at("db.internal", 5432, "shop")
            .login("bobbin", password)
            .tls(Tls.verifyFull().ca(roots).clientCertificate(certificate, key, phrase));
    // docs:end client-certificate
    return shop;
  }

  static SourceDialect rds(Supplier<String> password) {
    // docs:begin rds
    MySqlDialect shop =
        MySqlDialect.at("shop.abc123.eu-west-1.rds.amazonaws.com", 3306, "shop")
            .login("bobbin", password)
            .tls(Tls.verifyFull().ca(Path.of("eu-west-1-bundle.pem")));
    // docs:end rds
    return shop;
  }

  /** What makes tokens; with the AWS SDK it would be its RdsUtilities. */
  interface IamTokens {
    /** A token that is good for some minutes. */
    String token();
  }

  static PostgresDialect iam(String endpoint, int port, Path bundle, IamTokens iam) {
    // docs:begin iam
    PostgresDialect shop =
        PostgresDialect.at(endpoint, port, "shop")
            .login("bobbin", iam::token) // asked for every new connection
            .tls(Tls.verifyFull().ca(bundle));
    // docs:end iam
    return shop;
  }

  static SourceDialect heroku() {
    // docs:begin heroku
    PostgresDialect shop = HerokuPostgres.from(() -> System.getenv("DATABASE_URL"));
    // docs:end heroku
    return shop;
  }

  static void grants(SourceDialect shop, PrintStream out) {
    // docs:begin grants
    Selection selection =
        Selection.of(
            table("public.orders").incrementalBy("updated_at"),
            table("public.customers").only("id", "country"));
    out.print(shop.grants("bobbin", selection));
    // docs:end grants
  }
}
