package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.testservers.TcpProxy.Ending;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TcpProxyTest {
  private EchoServer echo;
  private TcpProxy proxy;

  @BeforeEach
  void start() throws IOException {
    echo = new EchoServer();
    proxy = TcpProxy.to("127.0.0.1", echo.port());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    echo.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("tcp-proxy-" + proxy.port()));
  }

  @Test
  void forwardsAndCounts() throws Exception {
    try (Socket socket = client()) {
      assertThat(ping(socket, "hello")).isEqualTo("hello");
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(proxy.connections()).isEqualTo(1);
    assertThat(proxy.bytesToServer()).isEqualTo(5);
    assertThat(proxy.bytesToClient()).isEqualTo(5);
  }

  @Test
  void cutsByReset() throws Exception {
    try (Socket socket = client()) {
      ping(socket, "hello");
      proxy.cut();
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
    }
    assertThat(proxy.openConnections()).isZero();
    try (Socket next = client()) {
      assertThat(ping(next, "again")).isEqualTo("again");
    }
  }

  @Test
  void cutsByEndOfStream() throws Exception {
    try (Socket socket = client()) {
      ping(socket, "hello");
      proxy.cut(Ending.FIN);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void cutsAfterExactlySoManyBytes() throws Exception {
    for (Ending ending : Ending.values()) {
      proxy.cutAfterBytes(7, ending);
      try (Socket socket = client()) {
        socket.getOutputStream().write(bytes("0123456789"));
        assertThat(socket.getInputStream().readNBytes(7)).isEqualTo(bytes("0123456"));
        if (ending == Ending.FIN) {
          assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } else {
          assertThatThrownBy(() -> socket.getInputStream().read())
              .isInstanceOf(SocketException.class);
        }
      }
      try (Socket next = client()) {
        assertThat(ping(next, "a whole connection")).isEqualTo("a whole connection");
      }
    }
  }

  @Test
  void swallowsInABlackHoleAndResetsWhatWasDamaged() throws Exception {
    try (Socket swallowed = client();
        Socket idle = client()) {
      ping(swallowed, "hello");
      ping(idle, "hello");
      proxy.blackHole();
      swallowed.getOutputStream().write(bytes("lost"));
      swallowed.setSoTimeout(100);
      assertThatThrownBy(() -> swallowed.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      try (Socket late = client()) {
        late.getOutputStream().write(bytes("lost too"));
        late.setSoTimeout(100);
        assertThatThrownBy(() -> late.getInputStream().read())
            .isInstanceOf(SocketTimeoutException.class);
      }
      assertThat(proxy.bytesToServer()).isEqualTo(10);

      proxy.resume();
      swallowed.setSoTimeout(30_000);
      assertThatThrownBy(() -> swallowed.getInputStream().read())
          .isInstanceOf(SocketException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
      assertThat(ping(idle, "alive")).isEqualTo("alive");
    }
  }

  @Test
  void tricklesUntilResumed() throws Exception {
    try (Socket socket = client()) {
      ping(socket, "hello");
      proxy.trickle(1_000);
      long start = System.nanoTime();
      assertThat(ping(socket, "x".repeat(300))).hasSize(300);
      assertThat(System.nanoTime() - start).isGreaterThan(200_000_000L);
      proxy.trickle(1);
      socket.getOutputStream().write(bytes("y".repeat(10_000)));
      proxy.resume();
      assertThat(socket.getInputStream().readNBytes(10_000)).hasSize(10_000);
    }
  }

  @Test
  void refusesNewConnectionsOnly() throws Exception {
    try (Socket socket = client()) {
      ping(socket, "hello");
      proxy.refuse();
      assertThatThrownBy(this::client).isInstanceOf(ConnectException.class);
      assertThat(ping(socket, "still here")).isEqualTo("still here");
      proxy.resume();
      try (Socket next = client()) {
        assertThat(ping(next, "welcome")).isEqualTo("welcome");
      }
    }
  }

  @Test
  void resetsClientsWhenTheServerIsNotThere() throws Exception {
    echo.close();
    try (Socket socket = client()) {
      assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void cutsAQueryInTheMiddleOfItsRows() throws Exception {
    PostgresServer server = PostgresServer.shared("18");
    try (TcpProxy network = server.proxy();
        Connection connection = server.connect("postgres", network);
        Statement statement = connection.createStatement()) {
      network.cutAfterBytes(100_000);
      assertThatThrownBy(
              () ->
                  statement.executeQuery("SELECT repeat('x', 1000) FROM generate_series(1, 1000)"))
          .satisfies(e -> assertThat(((SQLException) e).getSQLState()).startsWith("08"));
      assertThat(network.openConnections()).isZero();
    }
  }

  private Socket client() throws IOException {
    return new Socket(LoopbackPorts.address(), proxy.port());
  }

  private static String ping(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(bytes(text));
    return new String(socket.getInputStream().readNBytes(text.length()), StandardCharsets.US_ASCII);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
