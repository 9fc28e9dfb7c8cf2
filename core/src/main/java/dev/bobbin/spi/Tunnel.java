package dev.bobbin.spi;

import java.io.IOException;
import java.net.Socket;

/** An open tunnel to one host and port. Thread-safe. */
public interface Tunnel extends AutoCloseable {

  /**
   * A new connection through the tunnel.
   *
   * @return a connected socket that the caller closes
   * @throws IOException if the far end does not answer
   */
  Socket connect() throws IOException;

  /** Closes the tunnel and every connection through it. Closing twice does nothing. */
  @Override
  void close();
}
