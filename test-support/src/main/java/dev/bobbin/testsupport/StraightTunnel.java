package dev.bobbin.testsupport;

import dev.bobbin.spi.Tunnel;
import dev.bobbin.spi.TunnelProvider;
import java.io.IOException;
import java.net.Socket;

/** A tunnel whose far end is one address, whatever name it is asked for. */
public final class StraightTunnel implements TunnelProvider {
  private final String farHost;
  private final int farPort;

  private StraightTunnel(String farHost, int farPort) {
    this.farHost = farHost;
    this.farPort = farPort;
  }

  public static StraightTunnel to(String host, int port) {
    return new StraightTunnel(host, port);
  }

  @Override
  public Tunnel open(String host, int port) {
    return new Tunnel() {
      @Override
      public Socket connect() throws IOException {
        return new Socket(farHost, farPort);
      }

      @Override
      public void close() {}
    };
  }
}
