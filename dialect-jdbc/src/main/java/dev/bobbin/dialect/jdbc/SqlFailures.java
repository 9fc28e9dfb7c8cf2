package dev.bobbin.dialect.jdbc;

import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.tls.UntrustedCertificateException;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a driver's failure what Bobbin reports: the kind that decides whether it is retried,
 * words that say what failed where and what to do, and a cause without values of rows.
 *
 * <p>Kinds follow the SQLState ({@link Vendor#state}). Servers put values of rows into details and
 * context, and into the messages of some classes (22 data exceptions, 23 violated constraints,
 * P0001 raised by functions): the cause holds the server's one line only for classes that never
 * name a value, and the SQLState for all others.
 *
 * <p>Immutable and thread-safe.
 */
public final class SqlFailures {

  /** What was being done. */
  public enum Activity {
    /** Opening a connection. */
    CONNECT("Connecting to", "Nothing has been read over this connection."),
    /** Opening a connection after others have been open in the same session. */
    RECONNECT("Connecting again to", "Nothing has been read over this connection."),
    /** Reading the structure. */
    STRUCTURE_SYNC("Reading the structure of", "Nothing has been changed."),
    /** Taking lock and snapshot of a table. */
    OPEN_SCAN("Opening", "Nothing of this scan has been read."),
    /** Reading rows. */
    READ(
        "Reading",
        "What the sink has confirmed stays; the bookmark stands at the last checkpoint.");

    private final String verb;
    private final String state;

    Activity(String verb, String state) {
      this.verb = verb;
      this.state = state;
    }

    private boolean isOfTable() {
      return this == OPEN_SCAN || this == READ;
    }
  }

  private static final Set<String> SAFE_CLASSES =
      Set.of("08", "28", "3D", "40", "42", "53", "55", "57", "58");
  private static final Set<String> STRUCTURE =
      Set.of("42703", "42P01", "42704", "3F000", "42809", "42S02", "42S22");
  private static final Set<String> TRANSIENT =
      Set.of("55P03", "57P01", "57P02", "57P03", "57P05", "57014", "58030", "25P03", "72000");

  private final Endpoint endpoint;
  private final Vendor vendor;

  /**
   * The failures of one database.
   *
   * @param endpoint for the messages
   * @param vendor what differs between databases
   */
  public SqlFailures(Endpoint endpoint, Vendor vendor) {
    this.endpoint = endpoint;
    this.vendor = vendor;
  }

  /** The same for another database of the server. */
  public SqlFailures with(Endpoint other) {
    return new SqlFailures(other, vendor);
  }

  /** The database that these failures are of. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** Whether the server refused user or password. */
  boolean isLoginRefused(SQLException failure) {
    String state = vendor.state(failure);
    return state.startsWith("28") && find(failure, CertificateException.class) == null;
  }

  /** A failure that is not of one table. */
  public BobbinException of(SQLException failure, Activity activity) {
    return of(failure, activity, null);
  }

  /**
   * A failure.
   *
   * @param failure as the driver threw it
   * @param activity what was being done
   * @param table with which table, or null
   * @return a {@link SourceException}, or the {@link BobbinException} that the driver wrapped, such
   *     as the tunnel's
   */
  public BobbinException of(SQLException failure, Activity activity, @Nullable TableId table) {
    BobbinException inner = find(failure, BobbinException.class);
    return inner != null ? inner : source(failure, activity, table);
  }

  /** The same where nothing but the source can have failed. */
  public SourceException source(SQLException failure, Activity activity, @Nullable TableId table) {
    String state = vendor.state(failure);
    SQLException cause = sanitised(failure);
    String where = table == null ? endpoint.describe() : table + " of " + endpoint.describe();
    Network network = vendor.isWithoutTls(failure) ? Network.PLAINTEXT : Network.of(failure);
    Kind kind = kind(failure, state, activity, network);
    String problem =
        activity.verb
            + " "
            + where
            + " failed: "
            + what(network, cause, failure)
            + ". "
            + activity.state;
    return new SourceException(kind, problem, remedy(state, kind, network, table, failure), cause);
  }

  /** What an attempt to connect failed at. */
  enum Obstacle {
    /** The host's name is not known. */
    NAME,
    /** The port is closed. */
    REFUSED,
    /** Nothing came in time. */
    SILENCE,
    /** The server offers no TLS, or its certificate is not accepted. */
    TLS,
    /** The server does not let the user in, or nobody at the moment. */
    LOGIN,
    /** The database is not there, or closed to the user. */
    DATABASE,
    /** What answers does not speak as a database does. */
    PROTOCOL,
    /** Something else. */
    OTHER
  }

  /**
   * What an attempt to connect failed at.
   *
   * @param failure as the driver threw it, or {@linkplain #sanitised sanitised}
   */
  Obstacle obstacle(SQLException failure) {
    String state = vendor.state(failure);
    return switch (Network.of(failure)) {
      case UNKNOWN_HOST -> Obstacle.NAME;
      case REFUSED -> Obstacle.REFUSED;
      case NO_ROUTE, TIMEOUT -> Obstacle.SILENCE;
      case CERTIFICATE, HANDSHAKE, PLAINTEXT -> Obstacle.TLS;
      case BROKEN, NONE ->
          state.startsWith("28") || state.startsWith("53") || state.startsWith("57")
              ? Obstacle.LOGIN
              : switch (state) {
                case "3D000", "42501" -> Obstacle.DATABASE;
                case "08P01" -> Obstacle.PROTOCOL;
                default -> Obstacle.OTHER;
              };
    };
  }

  /** A lock that was not granted in time. */
  public SourceException lockTimeout(SQLException failure, TableId table, Duration timeout) {
    return new SourceException(
        Kind.TRANSIENT,
        "A lock on "
            + table
            + " of "
            + endpoint.describe()
            + " was not granted within "
            + seconds(timeout)
            + " (lockTimeout): another session changes the table. "
            + Activity.OPEN_SCAN.state,
        "A run retries it a few times. If it stays, end the session that holds the lock, or set a"
            + " longer lockTimeout.",
        sanitised(failure));
  }

  /** A table that is no longer what the plan says. */
  public SourceException structureChanged(
      TableId table, String how, @Nullable SQLException failure) {
    return new SourceException(
        Kind.STRUCTURE_CHANGED,
        table
            + " of "
            + endpoint.describe()
            + " has changed since the plan was made: "
            + how
            + ". "
            + Activity.OPEN_SCAN.state,
        "The table is discovered again and planned anew; if this stays, discover and plan again.",
        failure == null ? null : sanitised(failure));
  }

  /** The session has been closed, by its owner. */
  public SourceException closed() {
    return new SourceException(
        Kind.PERMANENT,
        "The session to " + endpoint.describe() + " has been closed.",
        "Connect again.",
        null);
  }

  SourceException loginRefused(SQLException failure, String tried) {
    SQLException cause = sanitised(failure);
    return new SourceException(
        Kind.PERMANENT,
        "Logging in to "
            + endpoint.describe()
            + " as user "
            + endpoint.user()
            + " failed: "
            + cause.getMessage()
            + ". "
            + tried
            + "; so that the account is not locked, this session does not try again."
            + " Nothing has been read.",
        hinted(
            vendor.state(failure),
            false,
            "Check the user, what the password supplier gives, and that the server lets this user"
                + " log in from this host."),
        cause);
  }

  SourceException noPassword(String how, @Nullable RuntimeException cause) {
    return new SourceException(
        Kind.PERMANENT,
        "The password supplier of user "
            + endpoint.user()
            + " for "
            + endpoint.describe()
            + " "
            + how
            + ". Nothing has been sent to the server.",
        "Mend the supplier; it gives an empty text where the server asks for no password.",
        cause);
  }

  /**
   * The same failure without anything that could be a value of a row: the same SQLState, vendor
   * code and stack trace; the server's one line where its class is safe; of causes only those of
   * the network.
   */
  public SQLException sanitised(SQLException failure) {
    String state = vendor.state(failure);
    String shown = shown(failure);
    String message;
    if (failure instanceof SQLTransientException && state.isEmpty()) {
      message = String.valueOf(failure.getMessage()); // the pool's own
    } else if (state.length() == 5 && SAFE_CLASSES.contains(state.substring(0, 2))) {
      String primary = vendor.primaryMessage(failure);
      message = firstLine(primary) + " (" + shown + ")";
    } else if (state.isEmpty()) {
      Throwable reason = failure.getCause() == null ? failure : failure.getCause();
      message = "the driver failed without an SQLState (" + reason.getClass().getName() + ")";
    } else {
      message = shown + "; its message is left out, as it can hold values";
    }
    SQLException clean = new SQLException(message, failure.getSQLState(), failure.getErrorCode());
    clean.setStackTrace(failure.getStackTrace());
    IOException io = find(failure, IOException.class);
    if (io != null) {
      clean.initCause(io);
    } else if (vendor.isWithoutTls(failure)) {
      clean.initCause(new NoTlsException());
    }
    return clean;
  }

  private static Kind kind(SQLException failure, String state, Activity activity, Network network) {
    if (network == Network.CERTIFICATE
        || network == Network.HANDSHAKE
        || network == Network.PLAINTEXT) {
      return Kind.PERMANENT;
    }
    if (network == Network.UNKNOWN_HOST) {
      // In the first connection a mistyped name is more likely than a name service that is down.
      return activity == Activity.CONNECT ? Kind.PERMANENT : Kind.TRANSIENT;
    }
    if (network != Network.NONE) {
      return Kind.TRANSIENT;
    }
    if (activity.isOfTable() && STRUCTURE.contains(state)) {
      return Kind.STRUCTURE_CHANGED;
    }
    // 08004: the server rejected the connection, or the two share no way to authenticate or encrypt
    boolean passes =
        TRANSIENT.contains(state)
            || state.startsWith("40")
            || state.startsWith("53")
            || (state.startsWith("08") && !state.equals("08004"))
            || failure instanceof SQLTransientException
            || failure instanceof SQLRecoverableException;
    return passes ? Kind.TRANSIENT : Kind.PERMANENT;
  }

  private String what(Network network, SQLException cause, SQLException failure) {
    return switch (network) {
      case UNKNOWN_HOST -> "the host name " + endpoint.host() + " is not known";
      case REFUSED -> endpoint.address() + " refused the connection";
      case NO_ROUTE -> "no way leads to " + endpoint.address();
      case TIMEOUT -> "the server did not answer in time";
      case CERTIFICATE -> {
        UntrustedCertificateException refused = find(failure, UntrustedCertificateException.class);
        yield "the server's certificate was not accepted"
            + (refused == null ? "" : ": " + refused.problem());
      }
      case HANDSHAKE -> {
        SSLException broken = find(failure, SSLException.class);
        yield "the TLS handshake failed ("
            + (broken == null ? "no reason given" : broken.getMessage())
            + ")";
      }
      case PLAINTEXT -> "the server offers no TLS, so nothing was sent to it";
      case BROKEN -> "the connection broke";
      case NONE -> String.valueOf(cause.getMessage());
    };
  }

  private String remedy(
      String state, Kind kind, Network network, @Nullable TableId table, SQLException failure) {
    return switch (network) {
      case UNKNOWN_HOST ->
          "Check the host name; through a tunnel it is looked up at the tunnel's far end.";
      case REFUSED ->
          "Check that the server is running, listens on that host and port, and that no firewall"
              + " or security group is in the way. A run retries a few times.";
      case NO_ROUTE, TIMEOUT ->
          "Check the host and port, and that the firewall or security group lets this host in. A run"
              + " retries a few times.";
      case CERTIFICATE -> {
        UntrustedCertificateException refused = find(failure, UntrustedCertificateException.class);
        yield refused == null
            ? "Check that the host is the name in the certificate, and that its issuer is among the"
                + " trusted roots."
            : refused.remedy();
      }
      case HANDSHAKE ->
          "Server and client have to share a version of TLS (1.2 or later) and a cipher; a server"
              + " that asks for a client certificate needs Tls.verifyFull().clientCertificate(…).";
      case PLAINTEXT ->
          "Turn TLS on in the server. Where the way to it is protected already, say so by name:"
              + " .tls(Tls.off()).";
      case BROKEN, NONE -> hinted(state, table != null, remedy(state, kind, table));
    };
  }

  private String remedy(String state, Kind kind, @Nullable TableId table) {
    if (kind == Kind.STRUCTURE_CHANGED) {
      return "The table is discovered again and planned anew.";
    }
    if (state.startsWith("28")) {
      return "Check user, password, and that the server lets this user log in from this host.";
    }
    return switch (state) {
      case "42501" ->
          table == null
              ? "Grant user " + endpoint.user() + " what is missing."
              : "Run, as the owner: " + vendor.grant(table, endpoint.user());
      case "3D000" -> "Check the database's name; upper and lower case count.";
      case "40001" -> "A run retries it a few times.";
      case "53300" ->
          "A run retries it a few times. If it stays, lower the replicator's parallelism or raise"
              + " the server's limit of connections.";
      case "55000" ->
          "Bring the object into a state in which it can be read (a materialized view: REFRESH"
              + " it).";
      case "08P01" ->
          "Check that host and port lead to the database and not to another service. It is"
              + " retried.";
      case "08004" ->
          "Check what the server asks of connections: password, kind of authentication, TLS.";
      default ->
          kind == Kind.TRANSIENT
              ? "A run retries a few times, from the last checkpoint."
              : "See the cause, and the server's log at that time.";
    };
  }

  /** What to do, and what else helps in this database. */
  private String hinted(String state, boolean ofTable, String remedy) {
    String hint = vendor.hint(state, ofTable);
    return hint.isEmpty() ? remedy : remedy + ' ' + hint;
  }

  private static String shown(SQLException failure) {
    String state = "SQLState " + failure.getSQLState();
    return failure.getErrorCode() == 0 ? state : "error " + failure.getErrorCode() + ", " + state;
  }

  private static String firstLine(@Nullable String message) {
    String text = String.valueOf(message).strip();
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end).strip();
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : String.format(Locale.ROOT, "%d ms", duration.toMillis());
  }

  /** The statements that let the user connect to the database; empty where there are none. */
  String grantConnect() {
    return vendor.grantConnect(endpoint.database(), endpoint.user());
  }

  static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
    Throwable at = failure;
    for (int depth = 0; at != null && depth < 16; depth++) {
      if (type.isInstance(at)) {
        return type.cast(at);
      }
      at = at.getCause();
    }
    return null;
  }

  /** What happened on the way to the server. */
  private enum Network {
    NONE,
    UNKNOWN_HOST,
    REFUSED,
    NO_ROUTE,
    TIMEOUT,
    CERTIFICATE,
    HANDSHAKE,
    PLAINTEXT,
    BROKEN;

    static Network of(SQLException failure) {
      if (find(failure, NoTlsException.class) != null) {
        return PLAINTEXT;
      }
      if (find(failure, CertificateException.class) != null
          || find(failure, SSLPeerUnverifiedException.class) != null) {
        return CERTIFICATE;
      }
      if (find(failure, SSLHandshakeException.class) != null
          && find(failure, EOFException.class) == null
          && find(failure, SocketException.class) == null) {
        return HANDSHAKE;
      }
      if (find(failure, UnknownHostException.class) != null) {
        return UNKNOWN_HOST;
      }
      if (find(failure, ConnectException.class) != null) {
        return REFUSED;
      }
      if (find(failure, NoRouteToHostException.class) != null) {
        return NO_ROUTE;
      }
      if (find(failure, SocketTimeoutException.class) != null) {
        return TIMEOUT;
      }
      return find(failure, IOException.class) != null ? BROKEN : NONE;
    }
  }
}
