package dev.bobbin.dialect.postgres.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.dialect.postgres.PostgresDialect;
import dev.bobbin.error.SourceException;
import dev.bobbin.tls.Tls;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
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
 * client to work for ever, to take gigabytes, or to do without TLS.
 */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileServerTest {

  private static final String PASSWORD = "canary-Password-1";
  private static final int HUGE = Integer.MAX_VALUE;

  private FakeServer server;

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  /** What a server says to one client. */
  private interface Talk {
    void with(DataInputStream in, DataOutputStream out) throws IOException;
  }

  /** A server on a port of loopback; it keeps what clients send. */
  private static final class FakeServer implements AutoCloseable {
    private final ServerSocket listener;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();

    FakeServer(Talk talk) throws IOException {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      Thread thread = new Thread(() -> serve(talk), "hostile-server");
      thread.setDaemon(true);
      thread.start();
    }

    private void serve(Talk talk) {
      while (!listener.isClosed()) {
        try (Socket client = listener.accept()) {
          DataInputStream in =
              new DataInputStream(
                  new java.io.FilterInputStream(client.getInputStream()) {
                    @Override
                    public int read() throws IOException {
                      int b = super.read();
                      if (b >= 0) {
                        keep(new byte[] {(byte) b}, 0, 1);
                      }
                      return b;
                    }

                    @Override
                    public int read(byte[] bytes, int from, int length) throws IOException {
                      int n = super.read(bytes, from, length);
                      if (n > 0) {
                        keep(bytes, from, n);
                      }
                      return n;
                    }
                  });
          DataOutputStream out = new DataOutputStream(client.getOutputStream());
          talk.with(in, out);
          out.flush();
          in.transferTo(java.io.OutputStream.nullOutputStream()); // until the client goes
        } catch (IOException gone) {
          // the next client, if there still is one
        }
      }
    }

    private void keep(byte[] bytes, int from, int length) {
      synchronized (received) {
        received.write(bytes, from, length);
      }
    }

    byte[] received() {
      synchronized (received) {
        return received.toByteArray();
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  private static void startup(DataInputStream in) throws IOException {
    in.readNBytes(in.readInt() - 4);
  }

  private static void message(DataOutputStream out, int type, byte[] body) throws IOException {
    out.writeByte(type);
    out.writeInt(4 + body.length);
    out.write(body);
    out.flush();
  }

  private static byte[] bytes(int first, String text) {
    byte[] after = text.getBytes(UTF_8);
    byte[] all = new byte[4 + after.length];
    for (int i = 0; i < 4; i++) {
      all[i] = (byte) (first >>> (8 * (3 - i)));
    }
    System.arraycopy(after, 0, all, 4, after.length);
    return all;
  }

  private static void welcome(DataInputStream in, DataOutputStream out) throws IOException {
    startup(in);
    message(out, 'R', bytes(0, ""));
    message(out, 'S', "server_version\0009.6.1\0".getBytes(UTF_8));
    message(out, 'S', "client_encoding\0UTF8\0".getBytes(UTF_8));
    message(out, 'S', "DateStyle\0ISO\0".getBytes(UTF_8));
    message(out, 'S', "integer_datetimes\0on\0".getBytes(UTF_8));
    message(out, 'S', "standard_conforming_strings\0on\0".getBytes(UTF_8));
    message(out, 'Z', new byte[] {'I'});
  }

  private SourceException failure(Tls tls, Talk talk) throws IOException {
    server = new FakeServer(talk);
    PostgresDialect dialect =
        PostgresDialect.at("127.0.0.1", server.listener.getLocalPort(), "shop")
            .tls(tls)
            .login("etl", PASSWORD);
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

  /** Fault 40: 2^31-1 rounds would take an hour. */
  @Test
  void refusesAHugeIterationCountOfScram() throws IOException {
    SourceException failure =
        failure(
            Tls.off(),
            (in, out) -> {
              startup(in);
              message(out, 'R', bytes(10, "SCRAM-SHA-256\0\0"));
              in.readByte();
              String first = new String(in.readNBytes(in.readInt() - 4), UTF_8);
              String nonce = first.substring(first.indexOf("r=") + 2);
              message(out, 'R', bytes(11, "r=" + nonce + "x,s=c2FsdHNhbHQ=,i=" + HUGE));
            });
    assertThat(failure).hasMessageContaining("iteration");
    assertThat(new String(server.received(), UTF_8)).doesNotContain(",p=");
  }

  /** Fault 40: the error's length is a lie, or is not; nothing is set aside for it. */
  @Test
  void refusesAnErrorOfTwoGigabytesWhileItLogsIn() throws IOException {
    assertThat(
            failure(
                Tls.off(),
                (in, out) -> {
                  startup(in);
                  out.writeByte('E');
                  out.writeInt(HUGE);
                }))
        .isNotNull();
  }

  /** Fault 40. */
  @Test
  void refusesAnAuthenticationMessageOfTwoGigabytes() throws IOException {
    assertThat(
            failure(
                Tls.off(),
                (in, out) -> {
                  startup(in);
                  out.writeByte('R');
                  out.writeInt(HUGE);
                  out.writeInt(10);
                }))
        .isNotNull();
  }

  /** Fault 40. */
  @Test
  void refusesAMessageOfTwoGigabytesInAnswerToAQuery() throws IOException {
    for (char type : new char[] {'D', 'E'}) {
      assertThat(
              failure(
                  Tls.off(),
                  (in, out) -> {
                    welcome(in, out);
                    in.readByte();
                    out.writeByte(type);
                    out.writeInt(HUGE);
                    out.writeShort(1);
                    out.writeInt(HUGE - 10);
                  }))
          .as("%s", type)
          .isNotNull();
      server.close();
    }
  }

  /** Fault 38: somebody in the middle says that there is no TLS, or does not know it. */
  @Test
  void sendsNothingButTheQuestionForTlsToSomebodyWhoRefusesIt() throws IOException {
    for (char answer : new char[] {'N', 'E'}) {
      SourceException failure =
          failure(
              Tls.verifyFull(),
              (in, out) -> {
                startup(in);
                out.writeByte(answer);
              });
      assertThat(failure).hasMessageContaining("the server offers no TLS");
      assertThat(server.received()).as("SSLRequest").hasSize(8);
      server.close();
    }
  }
}
