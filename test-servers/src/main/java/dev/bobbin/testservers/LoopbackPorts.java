package dev.bobbin.testservers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Free TCP ports of 127.0.0.1. */
final class LoopbackPorts {
  static final String HOST = "127.0.0.1";

  private static final int LOWEST = 15_000;
  // Outgoing connections take their ports from 32768 up: a port below stays free over a restart.
  private static final int HIGHEST = 32_000;

  private LoopbackPorts() {}

  static InetAddress address() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  static int free() throws IOException {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      try (ServerSocket probe = new ServerSocket(port, 1, address())) {
        return probe.getLocalPort();
      } catch (IOException taken) {
        // the next one
      }
    }
    throw new IOException("No free port between " + LOWEST + " and " + HIGHEST);
  }
}
