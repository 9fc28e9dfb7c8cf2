package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.spi.SourceSettings;
import dev.bobbin.spi.Tunnel;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DriverSocketsTest {

  /** A tunnel whose far end is a local port. */
  private record Local(int port) implements Tunnel {
    @Override
    public Socket connect() throws IOException {
      return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public void close() {}
  }

  private static Route route(@Nullable Tunnel tunnel) {
    ConnectionSettings.Words words =
        new ConnectionSettings.Words("Product", 1, "Dialect", "host, port", "", Set.of());
    SourceSettings settings =
        new SourceSettings(
            "test",
            tunnel == null ? null : (host, port) -> tunnel,
            1,
            1,
            1,
            1,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));
    return Route.open(ConnectionSettings.at(words, "db", 1, "").tls(Tls.off()), settings);
  }

  @Test
  void leadsThroughTheTunnelWhateverTheDriverIsTold() throws IOException {
    try (ServerSocket far = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        Route route = route(new Local(far.getLocalPort()))) {
      DriverSockets factory = new DriverSockets(route.name());
      try (Socket one = factory.createSocket();
          Socket two = factory.createSocket("nowhere.invalid", 1)) {
        assertThat(one.getPort()).isEqualTo(far.getLocalPort());
        assertThat(two.getPort()).isEqualTo(far.getLocalPort());
      }
    }
  }

  @Test
  void forgetsARouteOnceItIsClosed() {
    int before = Route.open();
    Route route = route(new Local(1));
    assertThat(Route.open()).isEqualTo(before + 1);
    route.close();
    route.close();
    assertThat(Route.open()).isEqualTo(before);
    assertThatThrownBy(() -> new DriverSockets(route.name()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has been closed");
  }

  @Test
  void noticesAVanishedPeerWithinAboutAMinute() throws IOException {
    try (Route route = route(null);
        Socket socket = new DriverSockets(route.name()).createSocket()) {
      assertThat(socket.isConnected()).isFalse();
      assertThat(socket.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
      if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
        assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(30);
        assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(10);
        assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(3);
      }
    }
  }
}
