package dev.bobbin.spi;

/** Opens tunnels through which a source is reached. Immutable and thread-safe. */
public interface TunnelProvider {

  /**
   * Opens a tunnel to a host and port as the tunnel's far end sees them.
   *
   * @param host a name or address; resolved at the far end
   * @param port 1 to 65535
   * @return a tunnel that the caller closes
   * @throws dev.bobbin.error.TunnelException if it cannot be opened
   */
  Tunnel open(String host, int port);
}
