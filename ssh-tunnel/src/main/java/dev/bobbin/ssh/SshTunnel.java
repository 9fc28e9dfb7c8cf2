package dev.bobbin.ssh;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.TunnelException;
import dev.bobbin.spi.Tunnel;
import dev.bobbin.spi.TunnelProvider;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A way to databases through an SSH server, often called a bastion: a connection for which no port
 * is opened on this machine. Immutable and thread-safe; each method gives a new value.
 *
 * <pre>{@code
 * SshTunnel.via("bastion.example.com")
 *     .user("etl")
 *     .key(Path.of("/etc/shop/bobbin_ed25519"))
 *     .knownHosts(Path.of("/etc/shop/known_hosts"))
 * }</pre>
 *
 * <p>Nothing is trusted unless it is said: one of {@link #knownHosts}, {@link #hostKey} and {@link
 * #trustOnFirstUse} is needed. Nothing secret is sent before the server has shown its host key and
 * proved that it is its own.
 *
 * <p>All tunnels that are opened through the same value share one SSH session: it is made when the
 * first of them is opened, made again when it broke, and closed with the last of them. Several
 * replicators may share it. A server that dies is noticed within 15 seconds unless {@link
 * #keepAlive} says otherwise.
 */
public final class SshTunnel implements TunnelProvider {

  private static final Pattern FINGERPRINT = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}");
  private static final Duration LONGEST = Duration.ofHours(1);

  private final Hop hop;
  private final SharedSession shared;

  private SshTunnel(Hop hop) {
    this.hop = hop;
    this.shared = new SharedSession(hop, this::route);
  }

  /** Through the SSH server of this name or address, at SSH's own port, 22. */
  public static SshTunnel via(String host) {
    return via(host, SshHost.DEFAULT_PORT);
  }

  /**
   * Through the SSH server of this name or address.
   *
   * @param port 1 to 65535
   * @throws ConfigurationException if they cannot be
   */
  public static SshTunnel via(String host, int port) {
    return new SshTunnel(
        new Hop(new SshHost(host, port), Login.NONE, null, Patience.DEFAULT, null));
  }

  /** Logs in as this user. */
  public SshTunnel user(String name) {
    if (name.isBlank() || name.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
      throw new ConfigurationException(
          "The user's name for the SSH server "
              + hop.host()
              + " is empty, or holds a control"
              + " character.",
          "Write user(\"etl\").");
    }
    return new SshTunnel(hop.with(hop.login().user(name)));
  }

  /**
   * Logs in with the private key of a file: OpenSSH's format, PEM (PKCS#1, SEC 1) or PKCS#8;
   * ed25519, ECDSA or RSA. It is read anew for each login. A warning is logged if others than its
   * owner can read it.
   *
   * @throws ConfigurationException if another key has been named
   */
  public SshTunnel key(Path file) {
    return withKey(new LoginKey.OfFile(Objects.requireNonNull(file), null));
  }

  /**
   * Logs in with the private key of an encrypted file.
   *
   * @param passphrase asked for each login
   * @throws ConfigurationException if another key has been named
   */
  public SshTunnel key(Path file, Supplier<String> passphrase) {
    return withKey(
        new LoginKey.OfFile(Objects.requireNonNull(file), Objects.requireNonNull(passphrase)));
  }

  /**
   * Logs in with this pair.
   *
   * @throws ConfigurationException if another key has been named
   */
  public SshTunnel key(SshKeyPair pair) {
    return withKey(new LoginKey.Given(Objects.requireNonNull(pair)));
  }

  private SshTunnel withKey(LoginKey key) {
    if (hop.login().key() != null) {
      throw new ConfigurationException(
          "Two keys are named for the SSH server " + hop.host() + ": key(…) is called twice.",
          "Name the one that the server knows.");
    }
    return new SshTunnel(hop.with(hop.login().key(key)));
  }

  /**
   * Logs in with a password; if there is a key too, after it, where the server wants both or
   * refuses the key.
   *
   * @param password asked for each login; if its answer is refused, asked once more, and tried
   *     again if it gives another
   * @throws ConfigurationException if another password has been named
   */
  public SshTunnel password(Supplier<String> password) {
    if (hop.login().password() != null) {
      throw new ConfigurationException(
          "Two passwords are named for the SSH server "
              + hop.host()
              + ": password(…) is called twice.",
          "Name the one that the server takes.");
    }
    return new SshTunnel(hop.with(hop.login().password(Objects.requireNonNull(password))));
  }

  /**
   * Trusts the server if its host key is in this file, of the format that OpenSSH's known_hosts has
   * (hashed names, ports, patterns and revoked keys included; certificate authorities are not).
   *
   * @throws ConfigurationException if something else has been said of whom to trust
   */
  public SshTunnel knownHosts(Path file) {
    return withTrust(new HostKeyTrust.File(Objects.requireNonNull(file)));
  }

  /**
   * Trusts the server if its host key has this fingerprint. Several may be pinned, such as the old
   * one and the new.
   *
   * @param fingerprint as {@code ssh-keygen -lf} prints it: {@code SHA256:…}
   * @throws ConfigurationException if it is none, or something else has been said of whom to trust
   */
  public SshTunnel hostKey(String fingerprint) {
    String pin = fingerprint.strip().replaceAll("=+$", "");
    if (!FINGERPRINT.matcher(pin).matches()) {
      throw new ConfigurationException(
          "What is pinned for the SSH server " + hop.host() + " is no SHA-256 fingerprint.",
          "Write hostKey(\"SHA256:…\"), with the 43 characters that ssh-keygen -E sha256 -lf"
              + " prints on the server for its public host key file.");
    }
    return hop.trust() instanceof HostKeyTrust.Pins pins
        ? new SshTunnel(hop.with(pins.and(pin)))
        : withTrust(new HostKeyTrust.Pins(List.of(pin)));
  }

  /**
   * Trusts the host key that the server shows first, writes it to this file, and from then on
   * trusts no other. Whoever is in between the first time is trusted too: prefer {@link #hostKey}.
   * A check writes nothing.
   *
   * @param file of the format that known_hosts has; created, with mode 600, if it is not there
   * @throws ConfigurationException if something else has been said of whom to trust
   */
  public SshTunnel trustOnFirstUse(Path file) {
    return withTrust(new HostKeyTrust.FirstUse(Objects.requireNonNull(file), true));
  }

  private SshTunnel withTrust(HostKeyTrust trust) {
    HostKeyTrust before = hop.trust();
    if (before != null) {
      throw new ConfigurationException(
          "Two ways to trust the SSH server "
              + hop.host()
              + " are named: "
              + before.method()
              + " and "
              + trust.method()
              + ".",
          "Keep one of them.");
    }
    return new SshTunnel(hop.with(trust));
  }

  /**
   * Reaches the server through another one, and that perhaps through a third. Each has a user, a
   * key and a host key of its own; sessions are shared with what else goes through {@code jump}.
   *
   * @throws ConfigurationException if another one has been named
   */
  public SshTunnel through(SshTunnel jump) {
    SshTunnel before = hop.jump();
    if (before != null) {
      throw new ConfigurationException(
          "Two SSH servers before "
              + hop.host()
              + " are named: "
              + before.hop.host()
              + " and "
              + jump.hop.host()
              + ".",
          "Chain them: through(b.through(a)).");
    }
    return new SshTunnel(hop.with(jump));
  }

  /**
   * Asks the server for a sign of life every so often, and takes it for dead when several in a row
   * stay unanswered and nothing else comes either. Every 5 seconds and 2 unless said.
   *
   * @param interval whole seconds, at most an hour
   * @param missed at least 1
   * @throws ConfigurationException if they are not
   */
  public SshTunnel keepAlive(Duration interval, int missed) {
    if (interval.toSeconds() < 1
        || interval.toNanosPart() != 0
        || interval.compareTo(LONGEST) > 0
        || missed < 1
        || missed > 1_000) {
      throw new ConfigurationException(
          "A keep-alive of "
              + interval
              + " and "
              + missed
              + " for the SSH server "
              + hop.host()
              + " cannot be.",
          "Write whole seconds, from 1 up to an hour, and how many may be missed, from 1.");
    }
    return new SshTunnel(hop.with(new Patience(interval, missed, hop.patience().connect())));
  }

  /**
   * Waits so long for a session, from the name to the login, all attempts to build it again
   * included; and so long for each connection through it. 20 seconds unless said.
   *
   * @param timeout a millisecond to an hour
   * @throws ConfigurationException if it is not
   */
  public SshTunnel connectTimeout(Duration timeout) {
    if (timeout.toMillis() < 1 || timeout.compareTo(LONGEST) > 0) {
      throw new ConfigurationException(
          "A connect timeout of " + timeout + " for the SSH server " + hop.host() + " cannot be.",
          "Write a duration from a millisecond to an hour.");
    }
    return new SshTunnel(
        hop.with(new Patience(hop.patience().keepAlive(), hop.patience().missed(), timeout)));
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException if the user, how to log in, or whom to trust has not been said
   */
  @Override
  public Tunnel open(String host, int port) {
    Finding missing = missing();
    if (missing != null) {
      throw new ConfigurationException(missing.seen(), missing.remedy());
    }
    OpenTunnel tunnel = lead(host, port);
    boolean open = false;
    try {
      tunnel.prepare();
      open = true;
      return tunnel;
    } finally {
      if (!open) {
        tunnel.close();
      }
    }
  }

  /** A tunnel that makes the session when it is first used. */
  private OpenTunnel lead(String host, int port) {
    if (host.isBlank() || port < 1 || port > 65_535) {
      throw new ConfigurationException(
          "A tunnel through " + hop.host() + " cannot lead to \"" + host + "\", port " + port + ".",
          "Name the database's host, as the SSH server sees it, and a port from 1 to 65535.");
    }
    return new OpenTunnel(shared, host, port);
  }

  private Route route() {
    SshTunnel jump = hop.jump();
    return jump == null
        ? new Route.Direct()
        : new Route.Through(jump.lead(hop.host().name(), hop.host().port()));
  }

  /** What has not been said and must be; null for nothing. */
  private @Nullable Finding missing() {
    SshTunnel jump = hop.jump();
    Finding before = jump == null ? null : jump.missing();
    if (before != null) {
      return before;
    }
    if (hop.trust() == null) {
      return Finding.failure(
          Subject.SSH_HOST_KEY,
          "It is not said by what the SSH server " + hop.host() + " is known.",
          "Add .knownHosts(Path.of(\"…/.ssh/known_hosts\")), or"
              + " .hostKey(\"SHA256:…\") with the fingerprint from the server's administrator, or"
              + " .trustOnFirstUse(file).");
    }
    if (hop.login().user() == null) {
      return Finding.failure(
          Subject.SSH_LOGIN,
          "It is not said as which user to log in to the SSH server " + hop.host() + ".",
          "Add .user(\"etl\").");
    }
    if (hop.login().key() == null && hop.login().password() == null) {
      return Finding.failure(
          Subject.SSH_LOGIN,
          "It is not said how to log in to the SSH server " + hop.host() + ".",
          "Add .key(Path.of(\"…\")), or .password(supplier).");
    }
    return null;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Makes a session of its own for it, and closes it.
   */
  @Override
  public boolean check(String host, int port, Consumer<Finding> findings) {
    Finding missing = missing();
    if (missing != null) {
      findings.accept(missing);
      return false;
    }
    SshSession session = checkedSession(findings);
    if (session == null) {
      return false;
    }
    try (session) {
      new SessionTunnel(session, host, port).connect().close();
      findings.accept(
          Finding.pass(
              Subject.TUNNEL,
              SshHost.text(host, port) + " answers the SSH server " + hop.host() + "."));
      return true;
    } catch (IOException e) {
      findings.accept(
          Finding.failure(
              Subject.TUNNEL,
              e.getCause() instanceof TunnelException known
                  ? known
                  : new SshFailures(hop.host()).notForwarded(SshHost.text(host, port), e)));
    }
    return false;
  }

  private @Nullable SshSession checkedSession(Consumer<Finding> findings) {
    Route route;
    SshTunnel jump = hop.jump();
    if (jump == null) {
      route = new Route.Direct();
    } else {
      SshSession before = jump.checkedSession(findings);
      if (before == null) {
        return null;
      }
      route = new Route.Through(new SessionTunnel(before, hop.host().name(), hop.host().port()));
    }
    HostKeyTrust trust = Objects.requireNonNull(hop.trust());
    SessionOpening opening =
        new SessionOpening(
            hop.with(trust.readOnly()),
            route,
            Deadline.in(hop.patience().connect()),
            new PasswordMemory(),
            new Steps(findings));
    try {
      return opening.open();
    } catch (TunnelException e) {
      findings.accept(Finding.failure(opening.step(), e));
      return null;
    }
  }

  /** A tunnel over a session of its own. */
  private record SessionTunnel(SshSession session, String host, int port) implements Tunnel {

    @Override
    public Socket connect() throws IOException {
      try {
        return session.connect(host, port, () -> {});
      } catch (TunnelException e) {
        throw new IOException(e.getMessage(), e);
      }
    }

    @Override
    public void close() {
      session.close();
    }
  }

  /** User, host and port of each server on the way; nothing secret. */
  @Override
  public String toString() {
    return hop.toString();
  }
}
