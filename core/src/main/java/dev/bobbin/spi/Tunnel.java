package dev.bobbin.spi;

import dev.bobbin.error.TunnelException;
import java.io.IOException;
import java.net.Socket;

/** An open tunnel to one host and port. Thread-safe. */
public interface Tunnel extends AutoCloseable {

  /**
   * A new connection through the tunnel. A tunnel that has broken is built again first.
   *
   * @return a connected socket that the caller closes; it honours {@link Socket#setSoTimeout}, and
   *     its reads and writes fail soon once it is closed, by whatever thread, or the tunnel breaks
   * @throws IOException if the far end does not answer, or the tunnel cannot be built again: then
   *     its cause is a {@link TunnelException}
   */
  Socket connect() throws IOException;

  /**
   * Whether the tunnel stands as far as is known, so that {@link #connect()} need not build it
   * again. Asks nobody. True unless overridden.
   */
  default boolean isAlive() {
    return true;
  }

  /** Closes the tunnel and every connection through it. Closing twice does nothing. */
  @Override
  void close();
}
