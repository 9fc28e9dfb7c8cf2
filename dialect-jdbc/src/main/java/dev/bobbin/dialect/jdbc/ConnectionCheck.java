package dev.bobbin.dialect.jdbc;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.dialect.jdbc.SqlFailures.Obstacle;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.TunnelException;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.spi.TlsFinding;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.net.ssl.SSLSession;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The check of the way to one server, step by step: name, port, TLS, login, version, database. The
 * steps from the port on are those of one attempt to connect, so that a wrong password is tried no
 * more often than by a run. For one use by one thread.
 */
public final class ConnectionCheck {

  /** A server that can be connected to. */
  public interface Server {

    /** Connects with connections of Bobbin's own; closes the route if that fails. */
    Connected connect(Login login, Route route);

    /**
     * The route to it; {@link Route#open} unless overridden.
     *
     * @throws TunnelException if the tunnel cannot be opened
     * @throws ConfigurationException if a file of the TLS settings cannot be read
     */
    default Route route(ConnectionSettings connections, SourceSettings settings) {
      return Route.open(connections, settings);
    }

    /** Connects with the connections of the host application. */
    Connected over(DataSource source);
  }

  /**
   * A server that has been connected to.
   *
   * @param session the session, which the caller of the check closes
   * @param endpoint the database and the user, as the server sees them
   * @param version product and version
   */
  public record Connected(SourceSession session, Endpoint endpoint, String version) {}

  private final ConnectionSettings connections;
  private final SourceSettings settings;
  private final SqlFailures failures;
  private final Consumer<Finding> findings;
  private final Endpoint endpoint;
  private List<InetAddress> addresses = List.of();

  /**
   * A check that has not begun.
   *
   * @param connections where the server is, and how to log in
   * @param settings what the host has set
   * @param vendor knows the server's failures
   * @param findings is told
   */
  public ConnectionCheck(
      ConnectionSettings connections,
      SourceSettings settings,
      Vendor vendor,
      Consumer<Finding> findings) {
    this.connections = connections;
    this.settings = settings;
    this.endpoint = connections.endpoint();
    this.failures = new SqlFailures(endpoint, vendor);
    this.findings = findings;
  }

  /** Connects, and tells of each step; empty where one failed. */
  public Optional<SourceSession> run(Server server) {
    DataSource dataSource = connections.dataSource(settings);
    if (dataSource != null) {
      return over(dataSource, server);
    }
    if (!(settings.tunnel().isPresent() ? leadsThere() : isKnown())) {
      return Optional.empty();
    }
    Login login;
    Route route;
    try {
      login = new Login(connections.credentials());
    } catch (ConfigurationException e) {
      return failed(Subject.LOGIN, e);
    }
    try {
      route = server.route(connections, settings);
    } catch (ConfigurationException e) {
      return failed(Subject.TLS, e);
    } catch (TunnelException e) {
      return failed(Subject.TUNNEL, e);
    }
    try {
      Connected connected = server.connect(login, route);
      tellOfRoute(route);
      tellOf(connected);
      return Optional.of(connected.session());
    } catch (BobbinException e) {
      tellOf(e, login, route);
      return Optional.empty();
    }
  }

  private Optional<SourceSession> failed(Subject subject, BobbinException failure) {
    findings.accept(Finding.failure(subject, failure));
    return Optional.empty();
  }

  private Optional<SourceSession> over(DataSource dataSource, Server server) {
    try {
      Connected connected = server.over(dataSource);
      tellOf(connected);
      return Optional.of(connected.session());
    } catch (BobbinException e) {
      Obstacle obstacle = obstacle(e);
      return failed(
          obstacle == null ? Subject.VERSION : subject(obstacle, Subject.LOGIN, Subject.PORT), e);
    }
  }

  private boolean leadsThere() {
    try {
      return settings.tunnel().orElseThrow().check(endpoint.host(), endpoint.port(), findings);
    } catch (BobbinException e) {
      findings.accept(Finding.failure(Subject.TUNNEL, e));
      return false;
    }
  }

  private boolean isKnown() {
    String host = endpoint.host();
    try {
      addresses = Arrays.asList(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      findings.accept(
          Finding.failure(
              Subject.NAME,
              "The host name " + host + " is not known.",
              "Check the name. One that is known in another network alone is reached from there,"
                  + " through a tunnel."));
      return false;
    }
    String texts =
        addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
    findings.accept(
        Finding.pass(
            Subject.NAME,
            texts.equals(host) ? host + " is an address." : host + " is " + texts + "."));
    return true;
  }

  private boolean isTunnel() {
    return settings.tunnel().isPresent();
  }

  private void tellOfPort() {
    if (!isTunnel()) {
      findings.accept(Finding.pass(Subject.PORT, endpoint.address() + " answers."));
    }
  }

  private void tellOfRoute(Route route) {
    tellOfPort();
    if (connections.tls().isOff()) {
      boolean local = addresses.stream().allMatch(InetAddress::isLoopbackAddress);
      findings.accept(TlsFinding.off(connections.tls(), isTunnel(), local));
      return;
    }
    Optional<SSLSession> session = route.lastEncrypted();
    session.ifPresent(s -> findings.accept(TlsFinding.of(connections.tls(), s, Instant.now())));
  }

  private void tellOf(Connected connected) {
    String database = connected.endpoint().database();
    String user = connected.endpoint().user();
    findings.accept(Finding.pass(Subject.LOGIN, "The server let user " + user + " in."));
    findings.accept(Finding.pass(Subject.VERSION, connected.version() + " is supported."));
    findings.accept(
        Finding.pass(
            Subject.DATABASE,
            database.isEmpty()
                ? "None was named, so the names of tables need one."
                : "Database " + database + " is there, and " + user + " may connect to it."));
  }

  private void tellOf(BobbinException failure, Login login, Route route) {
    Subject subject = subject(failure, login, route);
    if (route.hasConnected() && subject.compareTo(Subject.TLS) > 0) {
      tellOfRoute(route);
    } else if (route.hasConnected() && subject == Subject.TLS) {
      tellOfPort();
    }
    if (subject.compareTo(Subject.LOGIN) > 0) {
      findings.accept(
          Finding.pass(Subject.LOGIN, "The server let user " + endpoint.user() + " in."));
    }
    findings.accept(finding(subject, failure, route));
  }

  private Subject subject(BobbinException failure, Login login, Route route) {
    if (failure instanceof TunnelException) {
      return Subject.TUNNEL;
    }
    Obstacle obstacle = obstacle(failure);
    if (obstacle == null) {
      return login.hasConnected() ? Subject.VERSION : Subject.LOGIN;
    }
    boolean undone = route.isEncrypted() && route.lastEncrypted().isEmpty();
    Subject broken =
        login.hasConnected()
            ? Subject.DATABASE
            : undone && route.hasBegunTls() ? Subject.TLS : undone ? Subject.PORT : Subject.LOGIN;
    Subject subject = subject(obstacle, broken, broken == Subject.LOGIN ? Subject.PORT : broken);
    return subject == Subject.PORT && isTunnel() ? Subject.TUNNEL : subject;
  }

  /**
   * @param broken where a connection that breaks has come to
   * @param silent where one that goes silent has
   */
  private static Subject subject(Obstacle obstacle, Subject broken, Subject silent) {
    return switch (obstacle) {
      case NAME -> Subject.NAME;
      case REFUSED, PROTOCOL -> Subject.PORT;
      case SILENCE -> silent;
      case TLS -> Subject.TLS;
      case LOGIN -> Subject.LOGIN;
      case DATABASE -> Subject.DATABASE;
      case OTHER -> broken;
    };
  }

  /** What the server or the way to it was in; null where it was neither. */
  private @Nullable Obstacle obstacle(BobbinException failure) {
    SQLException cause = SqlFailures.find(failure, SQLException.class);
    return cause == null ? null : failures.obstacle(cause);
  }

  private Finding finding(Subject subject, BobbinException failure, Route route) {
    Obstacle obstacle = obstacle(failure);
    if (subject == Subject.PORT && obstacle == Obstacle.REFUSED) {
      return Finding.failure(
          Subject.PORT,
          endpoint.address() + " refuses connections.",
          "Check that the server is running, and that it listens on that address and port. A"
              + " firewall can refuse too: let in "
              + here()
              + ".");
    }
    if (subject == Subject.PORT && obstacle == Obstacle.SILENCE) {
      return Finding.failure(
          Subject.PORT,
          endpoint.address()
              + (route.hasConnected()
                  ? " takes connections, but says nothing within "
                  : " does not answer within ")
              + settings.connectTimeout().toMillis() / 1000.0
              + " s.",
          "Most often a firewall or security group is in the way: let in "
              + here()
              + ". Else check host and port.");
    }
    String grant = subject == Subject.DATABASE ? failures.grantConnect() : "";
    return grant.isEmpty() || obstacle != Obstacle.DATABASE
        ? Finding.failure(subject, failure)
        : Finding.failure(subject, failure.problem(), failure.remedy() + "\n" + grant);
  }

  /** The address that connections of this machine come from, as far as it can know. */
  private String here() {
    String address = "this machine's address";
    try (DatagramSocket unsent = new DatagramSocket()) {
      unsent.connect(addresses.get(0), endpoint.port()); // sends nothing
      address = unsent.getLocalAddress().getHostAddress();
    } catch (SocketException | RuntimeException unroutable) {
      // then it is left to the reader
    }
    return address + " (behind NAT, the network's public address)";
  }
}
