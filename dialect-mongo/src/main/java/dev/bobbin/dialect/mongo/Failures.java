package dev.bobbin.dialect.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoConfigurationException;
import com.mongodb.MongoConnectionPoolClearedException;
import com.mongodb.MongoCursorNotFoundException;
import com.mongodb.MongoException;
import com.mongodb.MongoInternalException;
import com.mongodb.MongoNodeIsRecoveringException;
import com.mongodb.MongoNotPrimaryException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoSocketException;
import com.mongodb.MongoTimeoutException;
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
import java.util.Set;
import javax.net.ssl.SSLException;
import org.bson.BSONException;
import org.jspecify.annotations.Nullable;

/**
 * Makes of the driver's failures ones that say what to do, and hold nothing of a document: of the
 * server's word the number and its name alone, since its messages quote what they are about.
 */
final class Failures {

  /** What was being done. */
  enum Activity {
    CONNECT("Connecting to", "Nothing has been read."),
    DISCOVER("Reading the structure of", "Nothing has been read."),
    OPEN("Opening a scan of", "The scan has not begun; what was delivered before stays."),
    READ("Reading", "What was delivered before it stays, and its checkpoint counts.");

    private final String verb;
    private final String state;

    Activity(String verb, String state) {
      this.verb = verb;
      this.state = state;
    }
  }

  private static final int UNAUTHORIZED = 13;
  private static final int AUTHENTICATION_FAILED = 18;
  private static final int NAMESPACE_NOT_FOUND = 26;
  private static final int CURSOR_NOT_FOUND = 43;
  private static final int MAX_TIME_EXPIRED = 50;
  private static final int QUERY_PLAN_KILLED = 175;
  private static final int SORT_MEMORY = 292;
  private static final int OPERATION_FAILED = 96;

  /**
   * Likely to pass: InterruptedAtShutdown, Interrupted..., NotWritablePrimary..., CursorKilled,
   * SnapshotTooOld, SnapshotUnavailable, StaleConfig, LockTimeout, HostUnreachable and the like
   * (the server's error_codes.yml).
   */
  private static final Set<Integer> TRANSIENT =
      Set.of(
          6, 7, 24, 63, 64, 70, 89, 91, 112, 134, 150, 189, 202, 216, 234, 237, 239, 246, 262, 290,
          317, 358, 365, 384, 402, 462, 9001, 10058, 10107, 11600, 11601, 11602, 13388, 13435,
          13436);

  private final Deployment deployment;

  Failures(Deployment deployment) {
    this.deployment = deployment;
  }

  /** Whether the server refused user or password. */
  static boolean isLoginRefused(Throwable failure) {
    if (find(failure, LoginGate.ShutException.class) != null) {
      return true;
    }
    MongoSecurityException security = find(failure, MongoSecurityException.class);
    return security != null && find(security, IOException.class) == null;
  }

  /** Whether the server knows no command, operator or option of that kind. */
  static boolean isUnknown(MongoException failure) {
    int code = failure.getCode();
    // BadValue, FailedToParse, CommandNotFound, CommandNotSupported, NotImplemented and others
    return failure instanceof MongoCommandException
        && code != UNAUTHORIZED
        && code != CURSOR_NOT_FOUND
        && code != MAX_TIME_EXPIRED
        && code != QUERY_PLAN_KILLED
        && !TRANSIENT.contains(code);
  }

  static boolean isUnauthorized(MongoException failure) {
    return failure.getCode() == UNAUTHORIZED;
  }

  /** A failure that is not of one collection. */
  BobbinException of(RuntimeException failure, Activity activity, @Nullable IOException network) {
    return of(failure, activity, null, network);
  }

  /**
   * A failure.
   *
   * @param failure as the driver threw it
   * @param table with which collection, or null
   * @param network why the last connection could not be made, which the driver may not say; null
   *     for no reason
   */
  BobbinException of(
      RuntimeException failure,
      Activity activity,
      @Nullable TableId table,
      @Nullable IOException network) {
    BobbinException inner = find(failure, BobbinException.class);
    if (inner == null && network != null) {
      inner = find(network, BobbinException.class);
    }
    if (inner != null) {
      return inner;
    }
    IOException io = find(failure, IOException.class);
    if (io == null && failure instanceof MongoSocketException) {
      io = new EOFException("the connection ended"); // the driver's word for it has no cause
    }
    if (io == null && failure instanceof MongoTimeoutException) {
      io = network;
    }
    String where = table == null ? deployment.describe() : table + " of " + deployment.describe();
    Cause cause = io != null ? ofNetwork(io, activity) : ofServer(failure, activity, table);
    return new SourceException(
        cause.kind,
        activity.verb + " " + where + " failed: " + cause.what + ". " + activity.state,
        cause.remedy,
        io == null ? null : new IOException(io.getClass().getSimpleName() + ": " + safe(io)));
  }

  /** The failure of a connection that was tried without the driver. */
  SourceException ofNetwork(IOException failure) {
    Cause cause = ofNetwork(failure, Activity.CONNECT);
    return new SourceException(
        cause.kind,
        "Connecting to "
            + deployment.describe()
            + " failed: "
            + cause.what
            + ". "
            + Activity.CONNECT.state,
        cause.remedy,
        failure);
  }

  private record Cause(Kind kind, String what, String remedy) {}

  private static String safe(IOException io) {
    return String.valueOf(io.getMessage());
  }

  private Cause ofNetwork(IOException io, Activity activity) {
    String address = deployment.address();
    UntrustedCertificateException untrusted = find(io, UntrustedCertificateException.class);
    if (untrusted != null) {
      return new Cause(
          Kind.PERMANENT,
          "the server's certificate was not accepted: " + untrusted.problem(),
          untrusted.remedy());
    }
    if (find(io, CertificateException.class) != null) {
      return new Cause(
          Kind.PERMANENT,
          "the server's certificate was not accepted",
          "Check that the host is the name in the certificate, and that its issuer is among the"
              + " trusted roots.");
    }
    StrangerException stranger = find(io, StrangerException.class);
    if (stranger != null) {
      return new Cause(
          Kind.PERMANENT,
          stranger.wantsTls()
              ? "the server asks for TLS, which is turned off here"
              : "what answers at " + address + " is not MongoDB: " + stranger.getMessage(),
          stranger.wantsTls()
              ? "Use Tls.verifyFull(), with ca(…) for an authority of your own."
              : "Check host and port; MongoDB's own port is 27017.");
    }
    SSLException tls = find(io, SSLException.class);
    if (tls != null) {
      boolean broke =
          find(tls.getCause(), EOFException.class) != null
              || find(tls.getCause(), SocketException.class) != null
              || find(tls.getCause(), SocketTimeoutException.class) != null;
      return new Cause(
          activity == Activity.CONNECT && !broke ? Kind.PERMANENT : Kind.TRANSIENT,
          "the TLS handshake failed (" + tls.getMessage() + ")",
          "Check that the server speaks TLS on this port, in a version (1.2 or later) and with a"
              + " cipher that both have; one that asks for a client certificate needs"
              + " Tls.verifyFull().clientCertificate(…). Where the way to it is protected already,"
              + " say so by name: .tls(Tls.off()).");
    }
    if (find(io, UnknownHostException.class) != null) {
      return new Cause(
          activity == Activity.CONNECT ? Kind.PERMANENT : Kind.TRANSIENT,
          "the host name "
              + (deployment.host().isEmpty() ? address : deployment.host())
              + " is not known",
          "Check the host name; through a tunnel it is looked up at the tunnel's far end.");
    }
    if (find(io, ConnectException.class) != null) {
      return new Cause(
          Kind.TRANSIENT,
          address + " refused the connection",
          "Check that the server is running, listens on that host and port (net.bindIp), and that"
              + " no firewall or security group is in the way. A run retries a few times.");
    }
    if (find(io, NoRouteToHostException.class) != null
        || find(io, SocketTimeoutException.class) != null) {
      return new Cause(
          Kind.TRANSIENT,
          "the server did not answer in time",
          "Check the host and port, and that the firewall, security group or Atlas access list lets"
              + " this host in. A run retries a few times.");
    }
    return new Cause(
        Kind.TRANSIENT,
        activity == Activity.CONNECT ? "the server closed the connection" : "the connection broke",
        activity == Activity.CONNECT
            ? "Check that host and port lead to MongoDB"
                + (deployment.tls().isOff()
                    ? ", and whether it asks for TLS, which is turned off here."
                    : ".")
                + " A run retries a few times."
            : "A run retries a few times, from the last checkpoint.");
  }

  private Cause ofServer(RuntimeException failure, Activity activity, @Nullable TableId table) {
    int code = failure instanceof MongoException mongo ? mongo.getCode() : 0;
    String word = word(failure, code);
    if (failure instanceof MongoCursorNotFoundException || code == CURSOR_NOT_FOUND) {
      return new Cause(
          Kind.TRANSIENT,
          "the server has ended the cursor ("
              + word
              + "), as it does after long idleness, a"
              + " failover or killCursors",
          "A run goes on from the last checkpoint. Where the sink is slow for more than half an"
              + " hour at a time, smaller batches help.");
    }
    if (failure instanceof BSONException || failure instanceof MongoInternalException) {
      // Their messages can quote what they could not read.
      return new Cause(
          Kind.PERMANENT,
          "what the server sent cannot be read (" + failure.getClass().getSimpleName() + ")",
          "Check that what answers there is MongoDB, and which proxy stands before it.");
    }
    if (code == QUERY_PLAN_KILLED || (code == NAMESPACE_NOT_FOUND && table != null)) {
      return new Cause(
          Kind.STRUCTURE_CHANGED,
          "the collection, or an index that it was read by, is gone (" + word + ")",
          "The collection is discovered again and planned anew.");
    }
    if (code == UNAUTHORIZED && deployment.user().isEmpty()) {
      return new Cause(
          Kind.PERMANENT,
          "the server asks for a login (" + word + ")",
          "Say who logs in: login(user, password).");
    }
    if (code == UNAUTHORIZED) {
      return new Cause(
          Kind.PERMANENT,
          "the user"
              + (deployment.user().isEmpty() ? "" : " " + deployment.user())
              + " may not do that ("
              + word
              + ")",
          table == null
              ? "Grant the user the role read on the databases to be copied."
              : "Run, as an administrator: " + MongoGrants.read(deployment, table));
    }
    if (code == SORT_MEMORY || (code == OPERATION_FAILED && activity != Activity.CONNECT)) {
      return new Cause(
          Kind.PERMANENT,
          "the server could not sort the collection (" + word + ")",
          "Make an index on the replication key.");
    }
    if (code == AUTHENTICATION_FAILED || failure instanceof MongoSecurityException) {
      return new Cause(
          Kind.PERMANENT,
          "the server let the user " + deployment.user() + " not in (" + word + ")",
          "Check user, password and authDatabase(…).");
    }
    if (failure instanceof MongoTimeoutException) {
      return new Cause(
          Kind.TRANSIENT,
          "no server could be chosen in time that is there and fits the read preference",
          "Check that the replica set has a member for the read preference and is named rightly, and"
              + " that its members' own names (rs.conf()) are known here; one member alone is"
              + " reached by MongoDialect.at(host, port).");
    }
    boolean passes =
        TRANSIENT.contains(code)
            || failure instanceof MongoSocketException
            || failure instanceof MongoNotPrimaryException
            || failure instanceof MongoNodeIsRecoveringException
            || failure instanceof MongoConnectionPoolClearedException
            || code == MAX_TIME_EXPIRED;
    return new Cause(
        passes ? Kind.TRANSIENT : Kind.PERMANENT,
        failure instanceof MongoConfigurationException
            ? "the driver cannot find the deployment's servers"
            : "the server or the driver failed with " + word,
        passes
            ? "A run retries a few times, from the last checkpoint."
            : "See the server's log at that time.");
  }

  /** The server's number of an error and its name; the driver's class where there is none. */
  private static String word(RuntimeException failure, int code) {
    if (failure instanceof MongoCommandException command && !command.getErrorCodeName().isEmpty()) {
      return "error " + code + ", " + command.getErrorCodeName();
    }
    return code > 0 ? "error " + code : failure.getClass().getSimpleName();
  }

  /** A collection that is no longer what the plan says. */
  SourceException structureChanged(TableId table, String how) {
    return new SourceException(
        Kind.STRUCTURE_CHANGED,
        table
            + " of "
            + deployment.describe()
            + " has changed since the plan was made: "
            + how
            + ".",
        "The collection is discovered again and planned anew; if this stays, discover and plan"
            + " again.",
        null);
  }

  /** An answer that this process has no memory for. */
  SourceException tooMuch(Activity activity, @Nullable TableId table, OutOfMemoryError cause) {
    return new SourceException(
        Kind.PERMANENT,
        activity.verb
            + " "
            + (table == null ? "" : table + " of ")
            + deployment.describe()
            + " failed: the heap cannot hold what the server sent. "
            + activity.state,
        "Raise the heap, or lower the replicator's parallelism; if this is no memory's fault, what"
            + " answers there is not MongoDB.",
        cause);
  }

  /** A server that is of no replica set, or of another one. */
  SourceException otherSet(String wanted, String found) {
    return new SourceException(
        Kind.PERMANENT,
        "Connecting to "
            + deployment.describe()
            + " failed: the server is in "
            + (found.isEmpty() ? "no replica set" : "replica set " + found)
            + ", not in "
            + wanted
            + ". Nothing has been read.",
        "Name the replica set as rs.conf() has it, or none, for this server alone.",
        null);
  }

  SourceException loginRefused(RuntimeException failure, String tried) {
    String word =
        failure.getCause() instanceof MongoException cause && cause.getCode() > 0
            ? word(cause, cause.getCode())
            : "it was refused";
    return new SourceException(
        Kind.PERMANENT,
        "Logging in to "
            + deployment.describe()
            + " as user "
            + deployment.user()
            + " failed: "
            + word
            + ". "
            + tried
            + "; so that the account is not locked, this session does not try again. Nothing has"
            + " been read.",
        "Check the user, what the password supplier gives, and the database that the user is kept"
            + " in (authDatabase, "
            + deployment.authDatabase()
            + " now).",
        null);
  }

  SourceException noPassword(String how, @Nullable RuntimeException cause) {
    return new SourceException(
        Kind.PERMANENT,
        "The password supplier of user "
            + deployment.user()
            + " for "
            + deployment.describe()
            + " "
            + how
            + ". Nothing has been sent to the server.",
        "Mend the supplier.",
        cause);
  }

  /** The session has been closed, by its owner. */
  SourceException closed() {
    return new SourceException(
        Kind.PERMANENT,
        "The session to " + deployment.describe() + " has been closed.",
        "Connect again.",
        null);
  }

  static <T extends Throwable> @Nullable T find(@Nullable Throwable failure, Class<T> type) {
    Throwable at = failure;
    for (int depth = 0; at != null && depth < 16; depth++) {
      if (type.isInstance(at)) {
        return type.cast(at);
      }
      at = at.getCause();
    }
    return null;
  }
}
