package dev.bobbin.dialect.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.spi.Tunnel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import jdk.net.ExtendedSocketOptions;
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

  @Test
  void leadsThroughTheTunnelWhateverTheDriverIsTold() throws IOException {
    try (ServerSocket far = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        DriverSockets.Route route = DriverSockets.through(new Local(far.getLocalPort()))) {
      assertThat(route.factory()).isEqualTo(DriverSockets.class.getName());
      DriverSockets factory = new DriverSockets(route.argument());
      try (Socket one = factory.createSocket();
          Socket two = factory.createSocket("nowhere.invalid", 1)) {
        assertThat(one.getPort()).isEqualTo(far.getLocalPort());
        assertThat(two.getPort()).isEqualTo(far.getLocalPort());
      }
    }
  }

  @Test
  void forgetsATunnelWhenItsRouteIsClosed() {
    int before = DriverSockets.registered();
    DriverSockets.Route route = DriverSockets.through(new Local(1));
    assertThat(DriverSockets.registered()).isEqualTo(before + 1);
    route.close();
    route.close();
    assertThat(DriverSockets.registered()).isEqualTo(before);
    assertThatThrownBy(() -> new DriverSockets(route.argument()).createSocket())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has been closed");
  }

  @Test
  void noticesAVanishedPeerWithinAboutAMinute() throws IOException {
    try (Socket socket = new DriverSockets(DriverSockets.direct().argument()).createSocket()) {
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
