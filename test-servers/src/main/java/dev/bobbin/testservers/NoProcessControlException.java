package dev.bobbin.testservers;

/**
 * Thrown when a test wants to stop, kill, restart or replicate a server that it did not start: an
 * external one, or one that it shares with other test classes. Ask the server whether you {@code
 * canControlProcess()} first, or start one of your own.
 */
public final class NoProcessControlException extends UnsupportedOperationException {
  private static final long serialVersionUID = 1L;

  NoProcessControlException(String operation, String server, String remedy) {
    super("Cannot " + operation + " " + server + ": " + remedy);
  }
}
