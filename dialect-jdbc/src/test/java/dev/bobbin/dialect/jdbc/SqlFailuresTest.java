package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.error.TunnelException;
import java.io.EOFException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlFailuresTest {

  private static final TableId TABLE = TableId.of("shop", "public", "orders");

  private static final Vendor VENDOR =
      new Vendor() {
        @Override
        public String primaryMessage(SQLException failure) {
          return String.valueOf(failure.getMessage());
        }

        @Override
        public String grant(TableId table, String user) {
          return "GRANT SELECT ON " + Quoting.DOUBLE_QUOTES.quote(table.name()) + " TO " + user;
        }

        @Override
        public void cancel(Connection connection) {}
      };

  private final SqlFailures failures =
      new SqlFailures(new Endpoint("PostgreSQL", "shop", "db.internal", 5432, "etl"), VENDOR);

  private SourceException read(SQLException failure) {
    return (SourceException) failures.of(failure, Activity.READ, TABLE);
  }

  @ParameterizedTest
  @CsvSource({
    "08006, TRANSIENT",
    "08001, TRANSIENT",
    "08004, PERMANENT",
    "40001, TRANSIENT",
    "40P01, TRANSIENT",
    "53300, TRANSIENT",
    "53100, TRANSIENT",
    "55P03, TRANSIENT",
    "57014, TRANSIENT",
    "57P01, TRANSIENT",
    "57P03, TRANSIENT",
    "57P04, PERMANENT",
    "58030, TRANSIENT",
    "25P03, TRANSIENT",
    "42703, STRUCTURE_CHANGED",
    "42P01, STRUCTURE_CHANGED",
    "42501, PERMANENT",
    "28P01, PERMANENT",
    "22P02, PERMANENT",
    "XX000, PERMANENT",
    "3D000, PERMANENT"
  })
  void knowsWhatIsLikelyToPass(String state, Kind kind) {
    assertThat(read(new SQLException("it failed", state)).kind()).isEqualTo(kind);
  }

  @Test
  void takesAMissingTableForAChangeOnlyWhereAScanMeetsIt() {
    BobbinException failure =
        failures.of(new SQLException("no such relation", "42P01"), Activity.STRUCTURE_SYNC);
    assertThat(((SourceException) failure).kind()).isEqualTo(Kind.PERMANENT);
  }

  @ParameterizedTest
  @CsvSource({"22P02", "23505", "P0001", "XX000", "21000", "HV000"})
  void leavesOutMessagesThatCanHoldValues(String state) {
    SQLException raw = new SQLException("Key (email)=(canary@example.com) exists", state, 7);
    raw.setNextException(new SQLException("canary"));
    raw.addSuppressed(new SQLException("canary"));
    raw.initCause(new IllegalStateException("canary"));
    SourceException failure = read(raw);

    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    assertThat(text.toString()).doesNotContain("canary");
    assertThat(failure).hasMessageContaining("SQLState " + state);
    assertThat(failure.getCause())
        .isInstanceOfSatisfying(
            SQLException.class,
            cause -> {
              assertThat(cause.getSQLState()).isEqualTo(state);
              assertThat(cause.getErrorCode()).isEqualTo(7);
              assertThat(cause.getStackTrace()).isEqualTo(raw.getStackTrace());
            });
  }

  @Test
  void keepsTheFirstLineAloneOfSafeMessages() {
    SourceException failure =
        read(new SQLException("permission denied for table orders\n  Detail: canary", "42501"));
    assertThat(failure)
        .hasMessageContaining("Reading shop.public.orders of PostgreSQL shop at db.internal:5432")
        .hasMessageContaining("permission denied for table orders (SQLState 42501)")
        .hasMessageContaining("GRANT SELECT ON \"orders\" TO etl")
        .hasMessageNotContaining("canary");
  }

  @Test
  void saysWhatHappenedOnTheWay() {
    assertThat(connect(new UnknownHostException("db.internal")))
        .hasMessageContaining("the host name db.internal is not known");
    assertThat(connect(new ConnectException("Connection refused")))
        .hasMessageContaining("db.internal:5432 refused the connection")
        .hasMessageContaining("security group");
    assertThat(connect(new SocketTimeoutException("Read timed out")))
        .hasMessageContaining("did not answer in time");
    assertThat(connect(new EOFException()).kind()).isEqualTo(Kind.TRANSIENT);
    SSLHandshakeException handshake = new SSLHandshakeException("PKIX path building failed");
    handshake.initCause(new CertificateException("self-signed"));
    assertThat(connect(handshake).kind()).isEqualTo(Kind.PERMANENT);
    assertThat(connect(handshake)).hasMessageContaining("certificate was not accepted");
  }

  private SourceException connect(Exception cause) {
    return (SourceException)
        failures.of(new SQLException("failed", "08001", cause), Activity.CONNECT);
  }

  @Test
  void retriesAnUnknownHostNameThatWasKnownBefore() {
    SQLException failure = new SQLException("failed", "08001", new UnknownHostException("x"));
    assertThat(((SourceException) failures.of(failure, Activity.CONNECT)).kind())
        .isEqualTo(Kind.PERMANENT);
    assertThat(((SourceException) failures.of(failure, Activity.RECONNECT)).kind())
        .isEqualTo(Kind.TRANSIENT);
  }

  @Test
  void handsOnTheTunnelsOwnFailure() {
    TunnelException tunnel = new TunnelException("The bastion is gone.", "Wait.", true, null);
    assertThat(failures.of(new SQLException("failed", "99999", tunnel), Activity.CONNECT))
        .isSameAs(tunnel);
  }

  @Test
  void namesTableSettingAndStateWhenALockIsNotGranted() {
    SourceException failure =
        failures.lockTimeout(new SQLException("x", "55P03"), TABLE, Duration.ofSeconds(30));
    assertThat(failure.kind()).isEqualTo(Kind.TRANSIENT);
    assertThat(failure)
        .hasMessageContaining("A lock on shop.public.orders of PostgreSQL shop at db.internal:5432")
        .hasMessageContaining("within 30 s (lockTimeout)")
        .hasMessageContaining("Nothing of this scan has been read");
  }
}
