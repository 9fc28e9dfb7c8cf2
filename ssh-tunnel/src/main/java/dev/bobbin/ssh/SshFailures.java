package dev.bobbin.ssh;

import dev.bobbin.error.TunnelException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import net.schmizz.sshj.common.DisconnectReason;
import net.schmizz.sshj.common.SSHException;
import net.schmizz.sshj.connection.channel.OpenFailException;
import net.schmizz.sshj.connection.channel.OpenFailException.Reason;
import org.jspecify.annotations.Nullable;

/** What is told of failures of one SSH server, and what to do about them. */
final class SshFailures {

  private static final int LONGEST_QUOTE = 200;

  /** Not those that tell of the connection, or of a server that is busy: they will pass. */
  private static final Set<DisconnectReason> REFUSALS =
      EnumSet.complementOf(
          EnumSet.of(
              DisconnectReason.UNKNOWN,
              DisconnectReason.KEY_EXCHANGE_FAILED,
              DisconnectReason.MAC_ERROR,
              DisconnectReason.COMPRESSION_ERROR,
              DisconnectReason.SERVICE_NOT_AVAILABLE,
              DisconnectReason.CONNECTION_LOST,
              DisconnectReason.TOO_MANY_CONNECTIONS));

  private final SshHost host;

  SshFailures(SshHost host) {
    this.host = host;
  }

  /** What another side or a library says, made fit for one line. */
  static String said(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank()
        ? failure.getClass().getSimpleName()
        : said(message);
  }

  static String said(String text) {
    String line = text.strip().replaceAll("\\p{Cntrl}", " ");
    return line.length() > LONGEST_QUOTE ? line.substring(0, LONGEST_QUOTE) + "…" : line;
  }

  TunnelException closed() {
    return new TunnelException(
        "The tunnel through " + host + " was closed.", "Open a new one.", false, null);
  }

  TunnelException interrupted(Exception cause) {
    return new TunnelException(
        "The wait for the SSH server " + host + " was interrupted.", "Try again.", true, cause);
  }

  /** A failure between the connection and the login. */
  TunnelException duringHandshake(WatchedSocket socket, Exception cause) {
    if (!socket.hasHeardSsh()) {
      return notSsh(socket, cause);
    }
    if (socket.isSilent() || hasCause(cause, TimeoutException.class)) {
      return new TunnelException(
          "The SSH server " + host + " began to answer, and then was silent.",
          "Try again later; if it stays so, look into the server's log, and whether packets of full"
              + " size get through (MTU).",
          true,
          cause);
    }
    if (said(cause).contains("settlement")) {
      return new TunnelException(
          "The SSH server "
              + host
              + " and this program have no algorithm in common: "
              + said(cause),
          "Update the SSH server: every release of OpenSSH since 7.2 has one.",
          false,
          cause);
    }
    return new TunnelException(
        "The SSH server " + host + " ended the connection before the login: " + said(cause) + ".",
        "Look into the server's log (MaxStartups? sshguard, fail2ban?), and try again later.",
        true,
        cause);
  }

  private TunnelException notSsh(WatchedSocket socket, Exception cause) {
    if (socket.hasHeard()) {
      return new TunnelException(
          "What answers at " + host + " is not an SSH server.",
          "Check the port: SSH's own is 22. The database's own host and port belong to the source,"
              + " not to the tunnel.",
          false,
          cause);
    }
    return socket.isSilent()
        ? new TunnelException(
            host + " takes connections, but says nothing: it is not an SSH server, or hangs.",
            "Check name and port (SSH's own is 22), and the SSH server.",
            true,
            cause)
        : new TunnelException(
            host
                + " takes connections and closes them at once: it is not an SSH server, or takes no"
                + " more connections from here.",
            "Check name and port (SSH's own is 22), and the SSH server's log (MaxStartups,"
                + " hosts.deny, fail2ban).",
            true,
            cause);
  }

  TunnelException keyRefused(String user, SshKeyPair key, String origin, List<String> offered) {
    return new TunnelException(
        "The SSH server "
            + host
            + " does not let user "
            + said(user)
            + " in with the key"
            + origin
            + ", "
            + key
            + ". It lets users in by: "
            + said(String.join(", ", offered))
            + ".",
        "Check the user's name. On the server, put this line into .ssh/authorized_keys in the home"
            + " of "
            + said(user)
            + ", which nobody else may write to, and look into the log for why it is refused:\n"
            + key.publicKeyText(),
        false,
        null);
  }

  TunnelException passwordRefused(String user, String tried, List<String> offered) {
    return new TunnelException(
        "The SSH server "
            + host
            + " does not let user "
            + said(user)
            + " in: the password is refused. "
            + tried
            + " It lets users in by: "
            + said(String.join(", ", offered))
            + ".",
        "Check the user's name, and the password that the supplier gives.",
        false,
        null);
  }

  TunnelException methodNotOffered(String user, String has, List<String> offered) {
    return new TunnelException(
        "The SSH server "
            + host
            + " lets user "
            + said(user)
            + " in by "
            + said(String.join(", ", offered))
            + " alone, not by "
            + has
            + ".",
        offered.contains("publickey")
            ? "Log in by a key: key(path)."
            : offered.contains("password") || offered.contains("keyboard-interactive")
                ? "Log in by a password: password(supplier)."
                : "Let the server's administrator allow keys: PubkeyAuthentication yes.",
        false,
        null);
  }

  TunnelException moreWanted(String user, List<String> offered) {
    return new TunnelException(
        "The SSH server "
            + host
            + " took what user "
            + said(user)
            + " showed, but wants more: "
            + said(String.join(", ", offered))
            + ".",
        "Give a key and a password, or let the server's administrator ask less of this user"
            + " (AuthenticationMethods).",
        false,
        null);
  }

  TunnelException noPassword(String what, @Nullable RuntimeException cause) {
    return new TunnelException(
        "The supplier of the password for the SSH server " + host + " " + what + ".",
        cause == null ? "Let it give the password." : "See the cause.",
        false,
        cause);
  }

  /** A connection that the server does not make for us. */
  TunnelException notForwarded(String to, Exception cause) {
    OpenFailException refusal = cause instanceof OpenFailException open ? open : null;
    if (refusal == null) {
      return hasCause(cause, TimeoutException.class)
          ? new TunnelException(
              to + " does not answer the SSH server " + host + ".",
              "Most likely a firewall or security group between the two is in the way: let it allow"
                  + " the SSH server.",
              true,
              cause)
          : new TunnelException(
              "The SSH server " + host + " broke off.", "Try again.", true, cause);
    }
    String message = said(refusal);
    if (refusal.getReason() == Reason.ADMINISTRATIVELY_PROHIBITED
        || refusal.getReason() == Reason.UNKNOWN_CHANNEL_TYPE) {
      return new TunnelException(
          "The SSH server " + host + " is not allowed to forward connections to " + to + ".",
          "On the SSH server, set AllowTcpForwarding to yes or local in sshd_config, and let"
              + " PermitOpen there, and permitopen= in the user's authorized_keys, name "
              + to
              + ".",
          false,
          cause);
    }
    if (refusal.getReason() == Reason.RESOURCE_SHORTAGE) {
      return new TunnelException(
          "The SSH server " + host + " can forward no more connections: " + message + ".",
          "Use fewer connections, or look for what is scarce on the server.",
          true,
          cause);
    }
    if (isNameUnknown(message)) {
      return new TunnelException(
          "The SSH server " + host + " does not know the name in " + to + ": " + message + ".",
          "Name the host as the SSH server sees it: try getent hosts there.",
          false,
          cause);
    }
    return new TunnelException(
        "The SSH server " + host + " cannot reach " + to + ": " + message + ".",
        "Check host and port, as the SSH server sees them, whether the database listens on an"
            + " address that the SSH server reaches, and the firewall or security group between"
            + " the two.",
        true,
        cause);
  }

  private static boolean isNameUnknown(String message) {
    String lower = message.toLowerCase(Locale.ROOT);
    return lower.contains("name or service not known")
        || lower.contains("unknown host")
        || lower.contains("unresolved")
        || lower.contains("no address associated")
        || lower.contains("nodename nor servname");
  }

  /**
   * What a server says that ends the connection rather than to refuse a login; null if it does not.
   * Some do so at the first failure, and lock an account after a few.
   */
  static @Nullable String refusalByEnd(SSHException failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SSHException known && REFUSALS.contains(known.getDisconnectReason())) {
        return said(known);
      }
    }
    return null;
  }

  static boolean hasCause(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return true;
      }
    }
    return false;
  }
}
