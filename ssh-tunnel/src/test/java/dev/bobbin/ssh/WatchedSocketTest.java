package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class WatchedSocketTest {

  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(200);

  private ServerSocket listener;
  private Socket far;
  private Socket near;

  @BeforeEach
  void connect() throws IOException {
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    near = new Socket(listener.getInetAddress(), listener.getLocalPort());
    far = listener.accept();
  }

  @AfterEach
  void close() throws IOException {
    near.close();
    far.close();
    listener.close();
  }

  private WatchedSocket watched(Duration login, Duration silence) throws IOException {
    return new WatchedSocket(near, Deadline.in(login), silence);
  }

  /** A thread that sends, again and again, what nobody reads. */
  private static CompletableFuture<Void> send(Socket socket, int bytes) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  socket.getOutputStream().write(new byte[bytes]);
                }
              } catch (IOException e) {
                ended.complete(null);
              }
            },
            "test-sender");
    thread.setDaemon(true);
    thread.start();
    return ended;
  }

  @Test
  void silenceAfterTheLoginBreaksTheConnectionForReadersAndWriters() throws Exception {
    WatchedSocket socket = watched(LONG, SHORT);
    socket.loggedIn();
    CompletableFuture<Void> writer = send(socket, 1 << 16);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(SocketTimeoutException.class)
        .hasMessageContaining("silent");
    assertThat(socket.isSilent()).isTrue();
    assertThat(socket.isClosed()).isTrue();
    writer.get();
  }

  @Test
  void aReadThatBeganBeforeTheLoginIsWatchedToo() throws Exception {
    WatchedSocket socket = watched(LONG, SHORT);
    CompletableFuture<Void> loggedIn =
        CompletableFuture.runAsync(
            () -> {
              while (socket.reader() == null) {
                Thread.onSpinWait();
              }
              socket.loggedIn();
            });
    assertThatThrownBy(() -> socket.getInputStream().read()).hasMessageContaining("silent");
    loggedIn.get();
  }

  @Test
  void silenceBeforeTheLoginIsAllowed() throws Exception {
    WatchedSocket socket = watched(LONG, Duration.ofMillis(50));
    CompletableFuture<Integer> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return socket.getInputStream().read();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThatThrownBy(() -> read.get(200, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    far.getOutputStream().write(7);
    assertThat(read.get()).isEqualTo(7);
  }

  @Test
  void whatDripsDoesNotOutlastTheDeadline() throws Exception {
    WatchedSocket socket = watched(SHORT, LONG);
    CompletableFuture<Void> dripping =
        CompletableFuture.runAsync(
            () -> {
              try {
                while (true) {
                  far.getOutputStream().write(1);
                  TimeUnit.MILLISECONDS.sleep(10);
                }
              } catch (IOException | InterruptedException e) {
                // closed
              }
            });
    assertThatThrownBy(
            () -> {
              while (socket.getInputStream().read() >= 0) {}
            })
        .hasMessageContaining("silent");
    dripping.get();
  }

  @Test
  void aServerThatSendsWithoutEndBeforeTheLoginIsCutOff() throws Exception {
    WatchedSocket socket = watched(LONG, LONG);
    CompletableFuture<Void> sender = send(far, 1 << 16);
    byte[] buffer = new byte[1 << 16];
    assertThatThrownBy(
            () -> {
              while (socket.getInputStream().read(buffer) >= 0) {}
            })
        .hasMessageContaining("too much before the login");
    sender.get();
  }

  @Test
  void itIsTheGreetingThatTellsAnSshServer() throws Exception {
    WatchedSocket socket = watched(LONG, LONG);
    assertThat(socket.hasHeard()).isFalse();
    far.getOutputStream().write("Welcome, SSH-users\r\n".getBytes(StandardCharsets.US_ASCII));
    socket.getInputStream().readNBytes(20);
    assertThat(socket.hasHeard()).isTrue();
    assertThat(socket.hasHeardSsh()).isFalse();
    far.getOutputStream().write("SSH-2.0-x\r\n".getBytes(StandardCharsets.US_ASCII));
    socket.getInputStream().readNBytes(11);
    assertThat(socket.hasHeardSsh()).isTrue();
  }
}
