package dev.bobbin.ssh;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.testservers.SshKeyFile;
import dev.bobbin.testservers.SshServer;
import dev.bobbin.testservers.TcpProxy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.schmizz.keepalive.KeepAliveRunner;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.connection.channel.OpenFailException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Against a real OpenSSH server; the far end is a listener of this test. */
@EnabledIf("dev.bobbin.testservers.SshServer#isAvailable")
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD) // an interrupt ends no read
class ForwardedSocketTest {
  @TempDir static Path folder;
  private static SshKeyFile key;
  private static SshServer shared;

  private final AtomicInteger closed = new AtomicInteger();
  private ServerSocket listener;
  private SSHClient client;

  @BeforeAll
  static void startServer() {
    key = SshKeyFile.generate(folder.resolve("key"), "ed25519");
    shared = SshServer.start(key);
  }

  @AfterAll
  static void stopServer() {
    shared.close();
  }

  @BeforeEach
  void connect() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    client = login(shared, shared.port());
  }

  @AfterEach
  void disconnect() throws IOException {
    client.close();
    listener.close();
  }

  private static SSHClient login(SshServer server, int port) throws IOException {
    SSHClient client = SshSettings.newClient(Duration.ofSeconds(1));
    // There is no WatchedSocket here that would notice silence.
    ((KeepAliveRunner) client.getConnection().getKeepAlive()).setMaxAliveCount(2);
    client.addHostKeyVerifier(server.hostKeyFingerprint());
    client.connect(server.host(), port);
    client.authPublickey(server.user(), key.file().toString());
    return client;
  }

  private Socket open() throws IOException {
    return ForwardedSocket.open(
        client, "127.0.0.1", listener.getLocalPort(), closed::incrementAndGet);
  }

  @Test
  void carriesBytesBothWays() throws Exception {
    try (Socket near = open();
        Socket far = listener.accept()) {
      near.getOutputStream().write("ping".getBytes(US_ASCII));
      assertThat(far.getInputStream().readNBytes(4)).asString(US_ASCII).isEqualTo("ping");
      far.getOutputStream().write(new byte[] {'p', 'o', (byte) 0xFF});
      assertThat(near.getInputStream().read()).isEqualTo('p');
      assertThat(near.getInputStream().readNBytes(2)).containsExactly('o', 0xFF);
      assertThat(near.isConnected()).isTrue();
      assertThat(near.isClosed()).isFalse();
      assertThat(near.getPort()).isEqualTo(listener.getLocalPort());
      assertThat(near.getRemoteSocketAddress()).asString().contains("127.0.0.1");
      near.setTcpNoDelay(true);
      near.setKeepAlive(true);
    }
    assertThat(closed).hasValue(1);
  }

  @Test
  void carriesManyTimesItsWindowThroughRandomReadsAndNewKeys() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    int total = 6 * ForwardedChannel.WINDOW;
    try (SshServer rekeying =
            SshServer.builder().authorizedKey(key.publicKey()).config("RekeyLimit", "8M").start();
        SSHClient own = login(rekeying, rekeying.port());
        Socket near = ForwardedSocket.open(own, "127.0.0.1", listener.getLocalPort(), () -> {});
        Socket far = listener.accept()) {
      Later<Void> sender =
          Later.run(
              () -> {
                far.getOutputStream().write(bytes(seed, total));
                far.shutdownOutput();
                return null;
              });
      Later<byte[]> back = Later.run(() -> far.getInputStream().readAllBytes());
      Later<Void> returner =
          Later.run(
              () -> {
                near.getOutputStream().write(bytes(seed + 1, total));
                near.shutdownOutput();
                return null;
              });
      Random sizes = new Random(seed);
      byte[] read = new byte[total];
      InputStream in = near.getInputStream();
      int size = 0;
      while (size < total) {
        int count = in.read(read, size, Math.min(total - size, 1 + sizes.nextInt(300_000)));
        assertThat(count).as("after %d bytes, seed %d", size, seed).isPositive();
        size += count;
      }
      assertThat(in.read()).isEqualTo(-1);
      assertThat(Arrays.equals(read, bytes(seed, total))).as("seed %d", seed).isTrue();
      assertThat(Arrays.equals(back.get(), bytes(seed + 1, total))).as("seed %d", seed).isTrue();
      sender.get();
      returner.get();
    }
  }

  @Test
  void holdsNoMoreThanItsWindowOfWhatNobodyReads() throws Exception {
    try (Socket near = open();
        Socket far = listener.accept()) {
      far.setSendBufferSize(1 << 16);
      AtomicInteger written = new AtomicInteger();
      Later<Void> sender =
          Later.run(
              () -> {
                OutputStream out = far.getOutputStream();
                for (byte[] chunk = new byte[1 << 16]; ; ) {
                  out.write(chunk);
                  written.addAndGet(chunk.length);
                }
              });
      InputStream in = near.getInputStream();
      while (in.available() < ForwardedChannel.WINDOW) {
        assertThat(sender.isDone()).isFalse();
        Thread.onSpinWait();
      }
      assertThat(in.available()).isEqualTo(ForwardedChannel.WINDOW);
      // The others of the session are not held up by it.
      try (Socket other = open();
          Socket end = listener.accept()) {
        end.getOutputStream().write(7);
        assertThat(other.getInputStream().read()).isEqualTo(7);
      }
      in.readNBytes(ForwardedChannel.WINDOW + 1);
      near.close();
      assertThatThrownBy(sender::get).hasCauseInstanceOf(IOException.class);
    }
  }

  @Test
  void givesUpAReadThatTakesTooLongAndGoesOn() throws Exception {
    try (Socket near = open();
        Socket far = listener.accept()) {
      near.setSoTimeout(50);
      assertThat(near.getSoTimeout()).isEqualTo(50);
      InputStream in = near.getInputStream();
      assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
      near.setSoTimeout(0);
      far.getOutputStream().write('x');
      assertThat(in.read()).isEqualTo('x');
    }
  }

  @Test
  void endsAReadWhenAnotherThreadCloses() throws Exception {
    try (Socket near = open();
        Socket far = listener.accept()) {
      Later<Integer> reader = Later.run(() -> near.getInputStream().read());
      reader.awaitWaiting();
      near.close();
      near.close();
      assertThatThrownBy(reader::get)
          .hasCauseInstanceOf(SocketException.class)
          .hasMessageContaining("Socket closed");
      assertThat(far.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(closed).hasValue(1);
    assertThat(client.isConnected()).isTrue();
  }

  @Test
  void endsAWriteWhenAnotherThreadCloses() throws Exception {
    try (Socket near = open();
        Socket far = listener.accept()) {
      Later<Void> writer = Later.run(() -> writeForEver(near));
      writer.awaitWaiting();
      near.close();
      assertThatThrownBy(writer::get)
          .hasCauseInstanceOf(SocketException.class)
          .hasMessageContaining("Socket closed");
      assertThat(far.isConnected()).isTrue();
    }
    try (Socket again = open()) {
      assertThat(again.isConnected()).isTrue();
    }
  }

  @Test
  void closesOneHalfWithoutTheOther() throws Exception {
    try (Socket near = open();
        Socket far = listener.accept()) {
      near.getOutputStream().write('q');
      near.shutdownOutput();
      assertThat(near.isOutputShutdown()).isTrue();
      assertThatThrownBy(() -> near.getOutputStream().write('q'))
          .isInstanceOf(SocketException.class);
      assertThat(far.getInputStream().readAllBytes()).containsExactly('q');
      far.getOutputStream().write('a');
      assertThat(near.getInputStream().read()).isEqualTo('a');
      far.shutdownOutput();
      assertThat(near.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void deliversWhatCameBeforeTheFarEndClosed() throws Exception {
    try (Socket near = open()) {
      try (Socket far = listener.accept()) {
        far.getOutputStream().write("all of it".getBytes(US_ASCII));
      }
      assertThat(near.getInputStream().readAllBytes()).asString(US_ASCII).isEqualTo("all of it");
      assertThatThrownBy(() -> writeForEver(near)).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void saysWhetherTheTargetRefusesOrTheServerDoes() throws Exception {
    int port = listener.getLocalPort();
    listener.close();
    assertThatThrownBy(() -> ForwardedSocket.open(client, "127.0.0.1", port, () -> {}))
        .isInstanceOfSatisfying(
            OpenFailException.class,
            e -> assertThat(e.getReason()).isEqualTo(OpenFailException.Reason.CONNECT_FAILED));
    try (SshServer strict =
            SshServer.builder().authorizedKey(key.publicKey()).allowForwarding(false).start();
        SSHClient refused = login(strict, strict.port())) {
      assertThatThrownBy(() -> ForwardedSocket.open(refused, "127.0.0.1", port, () -> {}))
          .isInstanceOfSatisfying(
              OpenFailException.class,
              e ->
                  assertThat(e.getReason())
                      .isEqualTo(OpenFailException.Reason.ADMINISTRATIVELY_PROHIBITED));
    }
  }

  @Test
  void endsReadsAndWritesWhenTheServerIsKilled() throws Exception {
    try (SshServer mortal = SshServer.start(key);
        SSHClient own = login(mortal, mortal.port());
        Socket reading = ForwardedSocket.open(own, "127.0.0.1", listener.getLocalPort(), () -> {});
        Socket writing = ForwardedSocket.open(own, "127.0.0.1", listener.getLocalPort(), () -> {});
        Socket far = listener.accept()) {
      Later<Integer> reader = Later.run(() -> reading.getInputStream().read());
      Later<Void> writer = Later.run(() -> writeForEver(writing));
      reader.awaitWaiting();
      writer.awaitWaiting();
      mortal.kill();
      assertThatThrownBy(reader::get)
          .hasCauseInstanceOf(SocketException.class)
          .hasMessageContaining("The SSH session has ended");
      assertThatThrownBy(writer::get).hasCauseInstanceOf(IOException.class);
      assertThatThrownBy(() -> reading.getInputStream().read()).isInstanceOf(SocketException.class);
      assertThatThrownBy(() -> reading.getOutputStream().write(1))
          .isInstanceOf(SocketException.class);
      assertThatThrownBy(() -> ForwardedSocket.open(own, "127.0.0.1", 1, () -> {}))
          .isInstanceOf(IOException.class);
      assertThat(far.isConnected()).isTrue();
    }
  }

  @Test
  void endsAReadWhenTheServerIsFrozen() throws Exception {
    try (SshServer frozen = SshServer.start(key);
        SSHClient own = login(frozen, frozen.port());
        Socket near = ForwardedSocket.open(own, "127.0.0.1", listener.getLocalPort(), () -> {})) {
      Later<Integer> reader = Later.run(() -> near.getInputStream().read());
      reader.awaitWaiting();
      frozen.freeze();
      assertThatThrownBy(reader::get)
          .hasCauseInstanceOf(SocketException.class)
          .hasMessageContaining("keep-alive");
    }
  }

  @Test
  void endsAReadWhenThePathIsCut() throws Exception {
    try (TcpProxy path = shared.proxy();
        SSHClient own = login(shared, path.port());
        Socket near = ForwardedSocket.open(own, "127.0.0.1", listener.getLocalPort(), () -> {})) {
      Later<Integer> reader = Later.run(() -> near.getInputStream().read());
      reader.awaitWaiting();
      path.close();
      assertThatThrownBy(reader::get).hasCauseInstanceOf(SocketException.class);
    }
  }

  private static Void writeForEver(Socket socket) throws IOException {
    OutputStream out = socket.getOutputStream();
    for (byte[] chunk = new byte[1 << 16]; ; ) {
      out.write(chunk);
    }
  }

  private static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Something that another thread does. */
  private static final class Later<T> extends FutureTask<T> {
    private final Thread thread = new Thread(this, "later");

    private Later(Callable<T> task) {
      super(task);
      thread.setDaemon(true);
    }

    static <T> Later<T> run(Callable<T> task) {
      Later<T> later = new Later<>(task);
      later.thread.start();
      return later;
    }

    void awaitWaiting() {
      while (thread.getState() != Thread.State.WAITING) {
        assertThat(isDone()).isFalse();
        Thread.onSpinWait();
      }
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
      try {
        return get(60, TimeUnit.SECONDS);
      } catch (java.util.concurrent.TimeoutException e) {
        throw new AssertionError("It did not end", e);
      }
    }
  }
}
