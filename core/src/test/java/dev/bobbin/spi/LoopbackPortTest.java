package dev.bobbin.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.error.TunnelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LoopbackPortTest {

  /** A tunnel that is none: it connects straight to a server of the test. */
  private final class Straight implements Tunnel {

    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    @Override
    public Socket connect() throws IOException {
      Socket socket = new Socket(server.getInetAddress(), server.getLocalPort());
      sockets.add(socket);
      return socket;
    }

    @Override
    public void close() {
      for (Socket socket : sockets) {
        try {
          socket.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private final Straight tunnel = new Straight();
  private final BlockingQueue<Socket> farEnds = new LinkedBlockingQueue<>();
  private ServerSocket server;

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread accepting =
        new Thread(
            () -> {
              try {
                while (true) {
                  farEnds.add(server.accept());
                }
              } catch (IOException e) {
                // closed
              }
            },
            "test-accept");
    accepting.setDaemon(true);
    accepting.start();
  }

  @AfterEach
  void stop() throws IOException {
    tunnel.close();
    server.close();
    for (Socket socket : farEnds) {
      socket.close();
    }
  }

  private static Socket driver(LoopbackPort port) throws IOException {
    return new Socket(port.host(), port.port());
  }

  private Socket farEnd() throws InterruptedException {
    Socket socket = farEnds.poll(10, TimeUnit.SECONDS);
    assertThat(socket).isNotNull();
    return socket;
  }

  private static List<String> threadsOf(int port) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("bobbin-loopback-" + port + "-"))
        .toList();
  }

  @Test
  void relaysBothWays() throws Exception {
    try (LoopbackPort port = LoopbackPort.to(tunnel);
        Socket near = driver(port);
        Socket far = farEnd()) {
      near.getOutputStream().write("question".getBytes(StandardCharsets.UTF_8));
      assertThat(far.getInputStream().readNBytes(8)).asString().isEqualTo("question");
      far.getOutputStream().write("answer".getBytes(StandardCharsets.UTF_8));
      assertThat(near.getInputStream().readNBytes(6)).asString().isEqualTo("answer");
      assertThat(port.failure()).isEmpty();
    }
  }

  @Test
  void relaysManyBytesUnchanged() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    byte[] sent = new byte[5 << 20];
    new Random(seed).nextBytes(sent);
    try (LoopbackPort port = LoopbackPort.to(tunnel);
        Socket near = driver(port);
        Socket far = farEnd()) {
      Thread sender =
          new Thread(
              () -> {
                try {
                  far.getOutputStream().write(sent);
                  far.shutdownOutput();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      sender.start();
      byte[] received = near.getInputStream().readAllBytes();
      sender.join();
      assertThat(Arrays.equals(sent, received)).isTrue();
    }
  }

  @Test
  void closesTheDriversSideWhenTheTunnelsSideEnds() throws Exception {
    try (LoopbackPort port = LoopbackPort.to(tunnel);
        Socket near = driver(port)) {
      farEnd().close();
      assertThat(near.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void closesTheDriversSideWhenTheTunnelBreaks() throws Exception {
    try (LoopbackPort port = LoopbackPort.to(tunnel);
        Socket near = driver(port)) {
      farEnd();
      tunnel.close();
      assertThat(near.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void closesTheTunnelsSideWhenTheDriverCloses() throws Exception {
    try (LoopbackPort port = LoopbackPort.to(tunnel)) {
      Socket near = driver(port);
      Socket far = farEnd();
      near.close();
      assertThat(far.getInputStream().read()).isEqualTo(-1);
      Socket relayed = tunnel.sockets.get(0);
      while (!relayed.isClosed()) {
        Thread.onSpinWait();
      }
      far.close();
    }
  }

  @Test
  void closesTheDriversSideAndSaysWhyWhenTheTunnelDoesNotConnect() throws Exception {
    TunnelException cause = new TunnelException("It is gone.", "Build it.", true, null);
    Tunnel broken =
        new Tunnel() {
          @Override
          public Socket connect() throws IOException {
            throw new IOException(cause.getMessage(), cause);
          }

          @Override
          public void close() {}
        };
    try (LoopbackPort port = LoopbackPort.to(broken);
        Socket near = driver(port)) {
      assertThat(near.getInputStream().read()).isEqualTo(-1);
      assertThat(port.failure().orElseThrow()).hasCause(cause);
    }
  }

  @Test
  void leavesNothingBehind() throws Exception {
    LoopbackPort port = LoopbackPort.to(tunnel);
    Socket one = driver(port);
    Socket other = driver(port);
    one.getOutputStream().write(1);
    other.getOutputStream().write(1);
    farEnd().getInputStream().read();
    farEnd().getInputStream().read();
    assertThat(threadsOf(port.port())).hasSize(5);

    port.close();
    port.close();

    assertThat(threadsOf(port.port())).isEmpty();
    assertThat(tunnel.sockets).hasSize(2).allMatch(Socket::isClosed);
    assertThat(one.getInputStream().read()).isEqualTo(-1);
    assertThat(other.getInputStream().read()).isEqualTo(-1);
    assertThatThrownBy(() -> driver(port)).isInstanceOf(ConnectException.class);
    one.close();
    other.close();
  }

  @Test
  void closeEndsTheWaitForATunnelThatIsBuiltAgain() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    Tunnel slow =
        new Tunnel() {
          @Override
          public Socket connect() throws IOException {
            waiting.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            throw new AssertionError();
          }

          @Override
          public void close() {}
        };
    LoopbackPort port = LoopbackPort.to(slow);
    try (Socket near = driver(port)) {
      waiting.await();
      port.close();
      assertThat(near.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(threadsOf(port.port())).isEmpty();
  }
}
