package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A name that has several addresses. */
@EnabledOnOs(OS.LINUX) // where all of 127.0.0.0/8 is this machine
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RouteTest {

  @Test
  void anAddressThatSwallowsEverythingLeavesTimeForTheNext() throws IOException {
    InetAddress first = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    InetAddress second = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
    // A listener whose queue is full drops what comes, as a firewall does.
    try (ServerSocket full = new ServerSocket(0, 1, first);
        ServerSocket good = new ServerSocket(full.getLocalPort(), 1, second);
        Socket one = new Socket();
        Socket two = new Socket();
        Route.Direct route = new Route.Direct()) {
      InetSocketAddress swallowing = new InetSocketAddress(first, full.getLocalPort());
      one.connect(swallowing);
      two.connect(swallowing);
      try (Socket socket =
          route.connect(
              List.of(first, second),
              new SshHost("bastion.example.com", full.getLocalPort()),
              Deadline.in(Duration.ofSeconds(2)),
              Steps.unheard())) {
        assertThat(socket.getInetAddress()).isEqualTo(second);
        assertThat(good.getLocalPort()).isEqualTo(socket.getPort());
      }
    }
  }
}
