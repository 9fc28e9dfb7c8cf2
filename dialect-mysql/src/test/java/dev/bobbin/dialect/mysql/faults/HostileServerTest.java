package dev.bobbin.dialect.mysql.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.dialect.mysql.MySqlDialect;
import dev.bobbin.error.SourceException;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.TcpProxy;
import dev.bobbin.tls.Tls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Fault 40, and 38 in the middle: servers that are none, or somebody in between, and want the
 * client to take gigabytes or to do without TLS.
 */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileServerTest {

  private static final String PASSWORD = "canary-Password-1";

  private static final int CLIENT_SSL = 0x0800;

  /** Protocol 4.1, secure connection, plugin auth, transactions, long passwords. */
  private static final int CAPABILITIES = 0x0008_a201;

  private ServerSocket listener;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();

  @AfterEach
  void end() throws IOException {
    listener.close();
  }

  /** What a server says to one client. */
  private interface Talk {
    void with(InputStream in, OutputStream out) throws IOException;
  }

  private SourceException failure(Tls tls, Talk talk) throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    ServerSocket mine = listener;
    Thread thread = new Thread(() -> serve(mine, talk), "hostile-server");
    thread.setDaemon(true);
    thread.start();
    return failure(
        MySqlDialect.at("127.0.0.1", listener.getLocalPort(), "shop")
            .tls(tls)
            .property("allowPublicKeyRetrieval", "true")
            .login("etl", PASSWORD));
  }

  private static SourceException failure(MySqlDialect dialect) {
    try (Replicator replicator =
        Replicator.from(dialect)
            .named("hostile")
            .connectTimeout(Duration.ofSeconds(1))
            .retry(RetryPolicy.NONE)
            .build()) {
      SourceException failure = catchThrowableOfType(SourceException.class, replicator::discover);
      assertThat(failure).isNotNull();
      assertThat(failure).hasMessageNotContaining(PASSWORD);
      return failure;
    }
  }

  private void serve(ServerSocket mine, Talk talk) {
    while (!mine.isClosed()) {
      try (Socket client = mine.accept()) {
        talk.with(client.getInputStream(), client.getOutputStream());
        client.getOutputStream().flush();
        client.getInputStream().transferTo(received);
      } catch (IOException gone) {
        // the next client, if there still is one
      }
    }
  }

  private static void packet(OutputStream out, int number, byte[] body) throws IOException {
    out.write(
        new byte[] {
          (byte) body.length, (byte) (body.length >> 8), (byte) (body.length >> 16), (byte) number
        });
    out.write(body);
    out.flush();
  }

  /** The first packet of a server (manual, Protocol::HandshakeV10). */
  private static byte[] greeting(int capabilities) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(10);
    body.writeBytes("8.0.33\0".getBytes(ISO_8859_1));
    body.writeBytes(new byte[] {7, 0, 0, 0});
    body.writeBytes("12345678\0".getBytes(ISO_8859_1));
    body.write(capabilities);
    body.write(capabilities >> 8);
    body.write(45);
    body.writeBytes(new byte[] {2, 0});
    body.write(capabilities >> 16);
    body.write(capabilities >> 24);
    body.write(21);
    body.writeBytes(new byte[10]);
    body.writeBytes("123456789012\0".getBytes(ISO_8859_1));
    body.writeBytes("mysql_native_password\0".getBytes(ISO_8859_1));
    return body.toByteArray();
  }

  private static void read(InputStream in) throws IOException {
    byte[] header = in.readNBytes(4);
    in.readNBytes((header[0] & 0xff) | (header[1] & 0xff) << 8 | (header[2] & 0xff) << 16);
  }

  /** Fault 38: not even the user's name, or what the client can do. */
  @Test
  void sendsNothingToSomebodyWhoSaysThatThereIsNoTls() throws IOException {
    for (Tls tls : new Tls[] {Tls.verifyFull(), Tls.withoutVerification()}) {
      SourceException failure = failure(tls, (in, out) -> packet(out, 0, greeting(CAPABILITIES)));
      assertThat(failure)
          .hasMessageContaining("the server offers no TLS, so nothing was sent to it")
          .hasMessageContaining(".tls(Tls.off())");
      assertThat(received.toByteArray()).isEmpty();
      listener.close();
    }
    try (TcpProxy proxy = MySqlServer.shared("MySQL 5.7").proxy()) {
      assertThat(
              failure(MySqlDialect.at(proxy.host(), proxy.port(), "shop").login("etl", PASSWORD)))
          .as("a real server")
          .hasMessageContaining("the server offers no TLS");
      assertThat(proxy.bytesToServer()).isZero();
    }
  }

  /** Fault 38: offered, asked for, and then plaintext instead of TLS. */
  @Test
  void sendsNoLoginToSomebodyWhoOffersTlsAndSpeaksPlaintext() throws IOException {
    failure(
        Tls.withoutVerification(),
        (in, out) -> {
          packet(out, 0, greeting(CAPABILITIES | CLIENT_SSL));
          read(in);
          packet(out, 2, new byte[] {0, 0, 0, 2, 0, 0, 0});
        });
    assertThat(received.toString(ISO_8859_1)).doesNotContain("etl");
  }

  /** Fault 40: the driver takes 64 KiB at most before somebody has logged in. */
  @Test
  void refusesAGreetingOfSixteenMegabytes() throws IOException {
    SourceException failure =
        failure(
            Tls.off(),
            (in, out) -> out.write(new byte[] {(byte) 0xfe, (byte) 0xff, (byte) 0xff, 0, 10}));
    assertThat(failure.kind()).isEqualTo(SourceException.Kind.PERMANENT);
    assertThat(received.toByteArray()).isEmpty();
  }

  /** Fault 40: a text that says that it is two gigabytes long, in answer to the first query. */
  @Test
  void refusesATextOfTwoGigabytes() throws IOException {
    byte[] two = {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f, 0, 0, 0, 0};
    byte[] enormous = {
      (byte) 0xfe,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      0x7f
    };
    for (byte[] length : new byte[][] {two, enormous}) {
      // As the number of columns, and as the length of a column's name.
      for (boolean ofName : new boolean[] {false, true}) {
        failure(
            Tls.off(),
            (in, out) -> {
              packet(out, 0, greeting(CAPABILITIES));
              read(in);
              packet(out, 2, new byte[] {0, 0, 0, 2, 0, 0, 0});
              while (true) {
                read(in);
                int number = 1;
                if (ofName) {
                  packet(out, number++, new byte[] {1});
                }
                packet(out, number, length);
              }
            });
        listener.close();
      }
    }
  }
}
