package dev.bobbin.spi;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.TunnelException;
import java.io.IOException;
import java.util.function.Consumer;

/** Opens tunnels through which a source is reached. Immutable and thread-safe. */
public interface TunnelProvider {

  /**
   * Opens a tunnel to a host and port as the tunnel's far end sees them.
   *
   * @param host a name or address; resolved at the far end
   * @param port 1 to 65535
   * @return a tunnel that the caller closes
   * @throws TunnelException if it cannot be opened
   */
  Tunnel open(String host, int port);

  /**
   * Tries the way to a host and port step by step, and tells of each step what was found. Changes
   * nothing anywhere. Tells of the whole way alone unless overridden.
   *
   * @param host a name or address; resolved at the far end
   * @param port 1 to 65535
   * @param findings is told, in order
   * @return whether the host's port can be reached
   */
  default boolean check(String host, int port, Consumer<Finding> findings) {
    String to = host + ":" + port;
    try (Tunnel tunnel = open(host, port)) {
      tunnel.connect().close();
      findings.accept(Finding.pass(Subject.TUNNEL, "The tunnel leads to " + to + "."));
      return true;
    } catch (TunnelException e) {
      findings.accept(Finding.failure(Subject.TUNNEL, e));
    } catch (IOException e) {
      findings.accept(
          e.getCause() instanceof TunnelException failure
              ? Finding.failure(Subject.TUNNEL, failure)
              : Finding.failure(
                  Subject.TUNNEL,
                  to + " cannot be reached through the tunnel.",
                  "Check host and port, as the tunnel's far end sees them."));
    }
    return false;
  }
}
