package dev.bobbin.ssh;

import dev.bobbin.error.TunnelException;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.Service;
import net.schmizz.sshj.common.LoggerFactory;
import net.schmizz.sshj.common.SSHException;
import net.schmizz.sshj.userauth.UserAuth;
import net.schmizz.sshj.userauth.method.AuthKeyboardInteractive;
import net.schmizz.sshj.userauth.method.AuthMethod;
import net.schmizz.sshj.userauth.method.AuthNone;
import net.schmizz.sshj.userauth.method.AuthPassword;
import net.schmizz.sshj.userauth.method.AuthPublickey;
import net.schmizz.sshj.userauth.method.PasswordResponseProvider;
import net.schmizz.sshj.userauth.password.PasswordFinder;
import net.schmizz.sshj.userauth.password.PasswordUtils;
import org.jspecify.annotations.Nullable;

/**
 * The login of one connection: by key, by password, or by both if the server wants both. The server
 * is asked first what it takes, so that nothing that it does not take counts as a failure there.
 */
final class Authentication {

  private final SSHClient client;
  private final UserAuth auth;
  private final SshFailures failures;
  private final PasswordMemory memory;
  private final String user;
  private final @Nullable LoginKey key;
  private final @Nullable Supplier<String> password;

  Authentication(SSHClient client, Hop hop, PasswordMemory memory) {
    this.client = client;
    this.auth = client.getUserAuth();
    this.failures = new SshFailures(hop.host());
    this.memory = memory;
    this.user = Objects.requireNonNull(hop.login().user());
    this.key = hop.login().key();
    this.password = hop.login().password();
  }

  /**
   * Logs in, and says how.
   *
   * @throws TunnelException if the server does not let the user in
   * @throws SSHException if the connection broke
   */
  String login() throws SSHException {
    if (isLetIn(new AuthNone())) {
      return "User " + user + " is let in, whoever it is.";
    }
    List<String> offered = offered();
    if (key != null && offered.contains("publickey")) {
      SshKeyPair pair = key.pair();
      boolean letIn;
      try {
        letIn = isLetIn(new AuthPublickey(pair.provider()));
      } catch (SSHException e) {
        if (SshFailures.refusalByEnd(e) == null) {
          throw e;
        }
        throw failures.keyRefused(user, pair, key.origin(), offered);
      }
      if (letIn) {
        return "User " + user + " is let in with the key" + key.origin() + ", " + pair + ".";
      }
      if (password == null || !takesPasswords()) {
        throw auth.hadPartialSuccess()
            ? failures.moreWanted(user, offered())
            : failures.keyRefused(user, pair, key.origin(), offered);
      }
    }
    if (password == null || !takesPasswords()) {
      throw failures.methodNotOffered(
          user, key == null ? "password" : password == null ? "key" : "key or password", offered());
    }
    byPassword(password);
    return "User " + user + " is let in with a password.";
  }

  private List<String> offered() {
    return List.copyOf(auth.getAllowedMethods());
  }

  private boolean takesPasswords() {
    return offered().contains("password") || offered().contains("keyboard-interactive");
  }

  private void byPassword(Supplier<String> supplier) throws SSHException {
    String first = ask(supplier);
    if (isLetInBy(first)) {
      return;
    }
    String second = ask(supplier);
    if (second.equals(first)) {
      throw failures.passwordRefused(
          user, "The supplier was asked again and gave the same.", offered());
    }
    if (!isLetInBy(second)) {
      throw failures.passwordRefused(
          user, "The supplier was asked again and gave another, which was refused too.", offered());
    }
  }

  private String ask(Supplier<String> supplier) {
    @Nullable String word;
    try {
      word = supplier.get();
    } catch (RuntimeException e) {
      throw failures.noPassword("failed", e);
    }
    if (word == null) {
      throw failures.noPassword("gave null", null);
    }
    return word;
  }

  private boolean isLetInBy(String word) throws SSHException {
    if (memory.isRefused(word)) {
      return false;
    }
    PasswordFinder finder = PasswordUtils.createOneOff(word.toCharArray());
    AuthMethod method =
        offered().contains("password")
            ? new AuthPassword(finder)
            : new AuthKeyboardInteractive(new PasswordResponseProvider(finder));
    try {
      if (isLetIn(method)) {
        return true;
      }
    } catch (SSHException e) {
      String said = SshFailures.refusalByEnd(e);
      if (said == null) {
        throw e;
      }
      memory.refused(word);
      throw failures.passwordRefused(
          user, "The server ended the connection: " + said + ".", offered());
    }
    if (auth.hadPartialSuccess() && !takesPasswords()) {
      throw failures.moreWanted(user, offered());
    }
    memory.refused(word);
    return false;
  }

  private boolean isLetIn(AuthMethod method) throws SSHException {
    method.setLoggerFactory(LoggerFactory.DEFAULT);
    return auth.authenticate(
        user, (Service) client.getConnection(), method, client.getTransport().getTimeoutMs());
  }
}
