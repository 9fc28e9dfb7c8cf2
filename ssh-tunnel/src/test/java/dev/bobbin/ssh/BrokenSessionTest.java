package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.bobbin.error.TunnelException;
import dev.bobbin.spi.Tunnel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that die, and sessions that are built again; against a server in this process. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BrokenSessionTest {

  private static final int THREADS = 8;
  private static final int ROUNDS = 20;

  private final SshKeyPair key = SshKeyPair.generate();
  private final EchoServer database = new EchoServer();
  private final Faucet faucet = new Faucet();
  private final Bastion bastion = new Bastion().lets(key);

  @AfterEach
  void close() {
    bastion.close();
    faucet.close();
    database.close();
    assertThat(Leftovers.threads()).isEmpty();
  }

  private Tunnel open(SshTunnel tunnel) {
    return tunnel.open(database.host(), database.port());
  }

  private static <T> FutureTask<T> start(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(task, "test");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  private static Throwable failureOf(FutureTask<?> task)
      throws InterruptedException, TimeoutException {
    try {
      task.get(30, TimeUnit.SECONDS);
      throw new AssertionError("did not fail");
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  @Test
  void allSocketsFailAtOnceWhenTheServerIsKilledInMidStream() throws Exception {
    SshTunnel way = bastion.tunnel().key(key);
    try (Tunnel streams = way.open("127.0.0.1", faucet.port());
        Tunnel idles = open(way);
        Socket stream = streams.connect();
        Socket idle = idles.connect()) {
      InputStream in = stream.getInputStream();
      in.readNBytes(10 << 20);
      FutureTask<Integer> waiting = start(() -> idle.getInputStream().read());
      bastion.kill();
      assertThatThrownBy(() -> in.transferTo(OutputStream.nullOutputStream()))
          .isInstanceOf(IOException.class);
      assertThat(failureOf(waiting)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> idle.getOutputStream().write(1)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void theNextConnectionBuildsTheSessionAgain() throws Exception {
    try (Tunnel tunnel = open(bastion.tunnel().key(key))) {
      SshTunnelTest.assertEchoes(tunnel);
      for (int i = 0; i < 3; i++) {
        bastion.kill();
        bastion.restart();
        SshTunnelTest.assertEchoes(tunnel);
      }
      assertThat(bastion.sessions()).isEqualTo(4);
    }
  }

  @Test
  void theSessionIsBuiltOnceThoughManyThreadsAsk() throws Exception {
    try (Tunnel tunnel = open(bastion.tunnel().key(key))) {
      SshTunnelTest.assertEchoes(tunnel);
      bastion.kill();
      bastion.restart();
      CountDownLatch go = new CountDownLatch(1);
      List<FutureTask<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        tasks.add(
            start(
                () -> {
                  go.await();
                  SshTunnelTest.assertEchoes(tunnel);
                  return null;
                }));
      }
      go.countDown();
      for (FutureTask<Void> task : tasks) {
        task.get();
      }
      assertThat(bastion.sessions()).isEqualTo(2);
    }
  }

  @Test
  void manyThreadsMayOpenAndCloseAtWill() throws Exception {
    SshTunnel way = bastion.tunnel().key(key);
    List<FutureTask<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      tasks.add(
          start(
              () -> {
                for (int round = 0; round < ROUNDS; round++) {
                  try (Tunnel tunnel = open(way)) {
                    SshTunnelTest.assertEchoes(tunnel);
                  }
                }
                return null;
              }));
    }
    for (FutureTask<Void> task : tasks) {
      task.get();
    }
  }

  @Test
  void interruptingEndsTheWaitForADatabaseThatDoesNotAnswer() throws Exception {
    bastion.forwardsSlowly();
    try (Tunnel tunnel = open(bastion.tunnel().key(key))) {
      FutureTask<Boolean> task =
          start(
              () -> {
                assertThatThrownBy(tunnel::connect)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("interrupted");
                return Thread.currentThread().isInterrupted();
              });
      bastion.awaitForwarding();
      Thread.getAllStackTraces().keySet().stream()
          .filter(thread -> thread.getName().equals("test"))
          .forEach(Thread::interrupt);
      assertThat(task.get()).isTrue();
    } finally {
      bastion.forwardsAgain();
    }
  }

  @Test
  void waitsForAServerThatComesBack() throws Exception {
    try (Tunnel tunnel = open(bastion.tunnel().key(key))) {
      SshTunnelTest.assertEchoes(tunnel);
      bastion.kill();
      FutureTask<Void> connecting =
          start(
              () -> {
                SshTunnelTest.assertEchoes(tunnel);
                return null;
              });
      // Not before it has begun to try.
      while (Leftovers.threads().stream().noneMatch(name -> name.contains("connect"))) {
        Thread.onSpinWait();
      }
      bastion.restart();
      connecting.get();
    }
  }

  @Test
  void givesUpAfterAFewAttemptsWhenTheServerStaysAway() {
    try (Tunnel tunnel = open(bastion.tunnel().key(key).connectTimeout(Duration.ofMillis(700)))) {
      bastion.kill();
      assertThat(catchThrowable(tunnel::connect))
          .isInstanceOf(IOException.class)
          .cause()
          .isInstanceOfSatisfying(
              TunnelException.class,
              e -> {
                assertThat(e.isRetryable()).isTrue();
                assertThat(e.problem()).contains("refuses", "attempts in a row failed");
              });
    }
  }

  @Test
  void closingEndsTheWaitForAServerThatStaysAway() throws Exception {
    Tunnel tunnel = open(bastion.tunnel().key(key).connectTimeout(Duration.ofMinutes(30)));
    bastion.kill();
    FutureTask<Socket> one = start(tunnel::connect);
    FutureTask<Socket> other = start(tunnel::connect);
    while (Leftovers.threads().stream().noneMatch(name -> name.contains("connect"))) {
      Thread.onSpinWait();
    }
    tunnel.close();
    assertThat(failureOf(one)).hasMessageContaining("closed");
    assertThat(failureOf(other)).hasMessageContaining("closed");
    assertThat(Leftovers.threads()).isEmpty();
  }

  @Test
  void closingOneTunnelEndsItsWaitAndNoOther() throws Exception {
    SshTunnel way = bastion.tunnel().key(key).connectTimeout(Duration.ofMinutes(30));
    try (Tunnel one = open(way);
        Tunnel other = open(way)) {
      bastion.kill();
      FutureTask<Socket> ended = start(one::connect);
      FutureTask<Socket> goesOn = start(other::connect);
      while (Leftovers.threads().stream().noneMatch(name -> name.contains("connect"))) {
        Thread.onSpinWait();
      }
      one.close();
      assertThat(failureOf(ended)).hasMessageContaining("closed");
      bastion.restart();
      try (Socket socket = goesOn.get()) {
        SshTunnelTest.assertEchoes(socket);
      }
    }
  }

  @Test
  void interruptingEndsTheWaitForAServerThatDoesNotAnswer() throws Exception {
    try (Greeter hanging = new Greeter("SSH-2.0-OpenSSH_9.9\r\n", false)) {
      SshTunnel way = hanging.tunnel().connectTimeout(Duration.ofMinutes(30));
      FutureTask<Tunnel> opening = start(() -> open(way));
      while (hanging.accepted() == 0) {
        Thread.onSpinWait();
      }
      // The tunnel is nobody's yet, who could close it.
      Thread.getAllStackTraces().keySet().stream()
          .filter(thread -> thread.getName().equals("test"))
          .forEach(Thread::interrupt);
      assertThat(failureOf(opening))
          .isInstanceOf(TunnelException.class)
          .hasMessageContaining("interrupted");
    }
  }

  @Test
  void interruptingEndsTheWaitAndKeepsTheFlag() throws Exception {
    try (Tunnel tunnel = open(bastion.tunnel().key(key).connectTimeout(Duration.ofMinutes(30)))) {
      bastion.kill();
      FutureTask<Boolean> task =
          start(
              () -> {
                Thread.currentThread().interrupt();
                assertThatThrownBy(tunnel::connect).isInstanceOf(IOException.class);
                return Thread.currentThread().isInterrupted();
              });
      assertThat(task.get()).isTrue();
    }
  }

  @Test
  void aChainIsBuiltAgainWhenItsFirstServerDies() throws Exception {
    SshKeyPair second = SshKeyPair.generate();
    try (Bastion inner = new Bastion().lets(second);
        Tunnel tunnel = open(inner.tunnel().key(second).through(bastion.tunnel().key(key)));
        Socket socket = tunnel.connect()) {
      SshTunnelTest.assertEchoes(socket);
      bastion.kill();
      assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(IOException.class);
      bastion.restart();
      SshTunnelTest.assertEchoes(tunnel);
      inner.kill();
      inner.restart();
      SshTunnelTest.assertEchoes(tunnel);
      assertThat(bastion.sessions()).isEqualTo(2);
      assertThat(inner.sessions()).isEqualTo(3);
    }
  }

  @Test
  void aPasswordThatWasRefusedIsNotTriedAgainWhileTheTunnelIsOpen() throws Exception {
    bastion.takesPasswords((user, word) -> word.equals("right"));
    try (Tunnel tunnel = open(bastion.tunnel().password(() -> "right"))) {
      bastion.kill();
      bastion.restart();
      bastion.takesPasswords((user, word) -> false);
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(tunnel::connect)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("password is refused");
      }
      assertThat(bastion.passwordsTried()).isEqualTo(2);
    }
  }

  @Test
  void aPasswordOverWhichTheServerHangsUpIsNotTriedAgainWhileTheTunnelIsOpen() throws Exception {
    bastion.takesPasswords((user, word) -> word.equals("right"));
    try (Tunnel tunnel = open(bastion.tunnel().password(() -> "right"))) {
      bastion.kill();
      bastion.restart();
      bastion.hangsUpOverPasswords();
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(tunnel::connect)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("password is refused");
      }
      assertThat(bastion.passwordsTried()).isEqualTo(2);
    }
  }
}
