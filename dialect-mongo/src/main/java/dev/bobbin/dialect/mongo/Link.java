package dev.bobbin.dialect.mongo;

import com.mongodb.ClientSessionOptions;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoCredential;
import com.mongodb.MongoException;
import com.mongodb.ReadConcern;
import com.mongodb.ServerAddress;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.connection.ClusterConnectionMode;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.mongo.Deployment.Resolved;
import dev.bobbin.dialect.mongo.Failures.Activity;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.spi.SourceSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.UuidRepresentation;
import org.jspecify.annotations.Nullable;

/**
 * A connected deployment: the driver's client, over sockets of ours, with whom to log in as.
 * Thread-safe.
 *
 * <p>All reads of one link are causally consistent, where the deployment has sessions: what one
 * read has seen, every later one sees too, on whatever member it is done.
 */
final class Link implements AutoCloseable {

  /** What the driver sends of a name at most (specification of the handshake). */
  private static final int NAME_BYTES = 128;

  private static final Duration CLOSING = Duration.ofSeconds(3);

  private final Deployment deployment;
  private final SourceSettings settings;
  private final Failures failures;
  private final Turns turns = new Turns();
  private final Route route;
  private final Resolved resolved;
  private final List<MongoClient> clients = new ArrayList<>();
  private @Nullable MongoClient client;
  private LoginGate gate = new LoginGate();
  private @Nullable String password;
  private @Nullable SourceException refused;
  private @Nullable ServerInfo info;
  private @Nullable BsonTimestamp operationTime;
  private boolean closed;

  /**
   * A link that is not connected yet.
   *
   * @throws dev.bobbin.error.ConfigurationException if a file of the TLS settings cannot be read,
   *     or the connection string cannot be used
   */
  Link(Deployment deployment, SourceSettings settings) {
    this.deployment = deployment;
    this.settings = settings;
    this.failures = new Failures(deployment);
    this.resolved = deployment.resolve();
    this.route = new Route(deployment.tls(), settings.tunnel(), turns);
  }

  /** A connected link. */
  static Link connect(Deployment deployment, SourceSettings settings) {
    Link link = new Link(deployment, settings);
    try {
      link.reach();
      link.open();
      return link;
    } catch (RuntimeException e) {
      link.close();
      throw e;
    }
  }

  /**
   * Tries to reach one of the hosts without the driver, which would only say that none could be
   * chosen, and that late.
   */
  void reach() {
    SourceException first = null;
    for (ServerAddress address : resolved.addresses()) {
      try {
        reach(address);
        return;
      } catch (IOException e) {
        BobbinException known = Failures.find(e, BobbinException.class);
        if (known != null && !(known instanceof SourceException)) {
          throw known;
        }
        first = first == null ? failures.ofNetwork(e) : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void reach(ServerAddress address) throws IOException {
    InetAddress[] hosts =
        route.resolver().lookupByName(address.getHost()).toArray(new InetAddress[0]);
    IOException failure = new UnknownHostException(address.getHost());
    int millis = (int) settings.connectTimeout().toMillis();
    for (InetAddress host : hosts) {
      InetSocketAddress to = new InetSocketAddress(host, address.getPort());
      List<Socket> made = new ArrayList<>();
      try (Socket direct = route.reach(to, millis, made::add);
          Socket ready = route.encrypted(direct, to, millis)) {
        if (resolved.isLoadBalanced()) {
          ready.setSoTimeout(0); // it takes no words but the driver's
        } else {
          requireSet(Greeting.exchange(ready, millis));
        }
        return;
      } catch (IOException e) {
        failure = e;
      } finally {
        for (Socket socket : made) {
          socket.close();
        }
      }
    }
    throw failure;
  }

  /** Fails where the server is of another replica set than asked for; the driver would wait. */
  private void requireSet(BsonDocument hello) {
    String wanted = resolved.replicaSet();
    if (wanted == null || !hello.containsKey("maxWireVersion")) {
      return;
    }
    BsonValue set = hello.get("setName");
    String name = set != null && set.isString() ? set.asString().getValue() : "";
    if (!name.equals(wanted)) {
      throw failures.otherSet(wanted, name);
    }
  }

  /** Logs in, and asks the server what it is. */
  void open() {
    password = deployment.password() == null ? null : password();
    renewed(password);
    info =
        ask(
            Activity.CONNECT,
            null,
            to -> {
              BsonDocument hello = hello(to);
              BsonDocument build =
                  to.getDatabase(anyDatabase())
                      .runCommand(
                          new BsonDocument("buildInfo", new BsonInt32(1)),
                          resolved.readPreference(),
                          BsonDocument.class);
              return ServerInfo.of(hello, build);
            });
  }

  /** Fails where the server lets nobody in without a login: what it is, it tells everybody. */
  void requireNoLogin() {
    ask(
        Activity.CONNECT,
        null,
        to ->
            to.getDatabase("admin")
                .runCommand(
                    new BsonDocument("listDatabases", new BsonInt32(1))
                        .append("nameOnly", BsonBoolean.TRUE)
                        .append("authorizedDatabases", BsonBoolean.TRUE),
                    resolved.readPreference(),
                    BsonDocument.class));
  }

  /** What every member says of itself; the older word for servers that do not know the newer. */
  BsonDocument hello() {
    return ask(Activity.CONNECT, null, this::hello);
  }

  private BsonDocument hello(MongoClient to) {
    try {
      return hello(to, "hello");
    } catch (MongoException e) {
      if (!Failures.isUnknown(e)) {
        throw e;
      }
      return hello(to, "isMaster");
    }
  }

  private BsonDocument hello(MongoClient to, String word) {
    return to.getDatabase(anyDatabase())
        .runCommand(
            new BsonDocument(word, new BsonInt32(1)),
            resolved.readPreference(),
            BsonDocument.class);
  }

  private String anyDatabase() {
    return deployment.database().isEmpty() ? deployment.authDatabase() : deployment.database();
  }

  private void renewed(@Nullable String secret) {
    LoginGate madeGate = new LoginGate();
    MongoClient made = MongoClients.create(clientSettings(secret, madeGate));
    synchronized (this) {
      if (!closed) {
        clients.add(made);
        client = made;
        gate.shut(); // of the client before it
        gate = madeGate;
        return;
      }
    }
    made.close();
    throw failures.closed();
  }

  private MongoClientSettings clientSettings(@Nullable String secret, LoginGate ofClient) {
    long millis = settings.connectTimeout().toMillis();
    MongoClientSettings.Builder builder = MongoClientSettings.builder();
    if (resolved.string() != null && resolved.string().isSrvProtocol()) {
      builder.applyToClusterSettings(cluster -> cluster.applyConnectionString(resolved.string()));
    } else {
      builder.applyToClusterSettings(
          cluster -> {
            cluster.hosts(resolved.addresses());
            if (resolved.replicaSet() != null) {
              cluster.requiredReplicaSetName(resolved.replicaSet());
            }
            if (resolved.isLoadBalanced()) {
              cluster.mode(ClusterConnectionMode.LOAD_BALANCED);
            } else {
              cluster.mode(
                  resolved.isDirect()
                      ? ClusterConnectionMode.SINGLE
                      : ClusterConnectionMode.MULTIPLE);
            }
          });
    }
    if (resolved.string() != null) {
      builder.compressorList(resolved.string().getCompressorList());
    }
    MongoCredential credential = deployment.credential(resolved.string(), secret);
    if (credential != null) {
      builder.credential(credential);
    }
    return builder
        .applicationName(shortened(settings.applicationName()))
        .applyToClusterSettings(
            cluster -> cluster.serverSelectionTimeout(millis, TimeUnit.MILLISECONDS))
        .applyToConnectionPoolSettings(
            pool ->
                // Besides those of the scans, one to look around and one to end cursors.
                pool.maxSize(settings.maxScans() + 2)
                    .maxConnecting(1) // so that a wrong password is tried once
                    .maxWaitTime(millis, TimeUnit.MILLISECONDS))
        .applyToSocketSettings(socket -> socket.connectTimeout(millis, TimeUnit.MILLISECONDS))
        // Encrypted or not: that is the route's affair, and these are how the driver asks for it.
        .applyToSslSettings(
            ssl -> ssl.enabled(true).invalidHostNameAllowed(true).context(route.context(ofClient)))
        .inetAddressResolver(route.resolver())
        .readPreference(resolved.readPreference())
        .retryReads(true)
        .uuidRepresentation(UuidRepresentation.STANDARD)
        // Its log of commands would show values of documents. One character is left; 0 means all.
        .applyToLoggerSettings(log -> log.maxDocumentLength(1))
        .build();
  }

  private static String shortened(String name) {
    String fits = name;
    while (fits.getBytes(StandardCharsets.UTF_8).length > NAME_BYTES) {
      fits = fits.substring(0, fits.offsetByCodePoints(fits.length(), -1));
    }
    return fits;
  }

  private String password() {
    Supplier<String> from = deployment.password();
    if (from == null) {
      throw new IllegalStateException("nobody logs in");
    }
    @Nullable String given;
    try {
      given = from.get();
    } catch (BobbinException e) {
      throw e;
    } catch (RuntimeException e) {
      throw failures.noPassword("failed", e);
    }
    if (given == null) {
      throw failures.noPassword("gave null", null);
    }
    return given;
  }

  /**
   * Asks the server something that it answers soon.
   *
   * @param table which collection it is about, or null
   * @throws BobbinException on every failure
   */
  <T> T ask(Activity activity, @Nullable TableId table, Function<MongoClient, T> question) {
    return call(new Turn(settings.connectTimeout()), activity, table, question);
  }

  /**
   * Lets a turn be taken with the client, and makes failures speak.
   *
   * @param table which collection it is about, or null
   * @throws BobbinException on every failure
   */
  <T> T call(Turn turn, Activity activity, @Nullable TableId table, Function<MongoClient, T> work) {
    MongoClient used;
    LoginGate usedGate;
    synchronized (this) {
      used = client();
      usedGate = gate;
    }
    try {
      return turns.take(turn, () -> work.apply(used));
    } catch (OutOfMemoryError e) {
      throw failures.tooMuch(activity, table, e);
    } catch (RuntimeException first) {
      if (!Failures.isLoginRefused(first) && !usedGate.isShut()) {
        throw failed(first, activity, table);
      }
      MongoClient again = afterRefusal(used, first);
      try {
        return turns.take(turn, () -> work.apply(again));
      } catch (RuntimeException second) {
        if (Failures.isLoginRefused(second)) {
          throw refuse(
              failures.loginRefused(
                  second,
                  "The password supplier was asked again and gave another, which was refused too"));
        }
        throw failed(second, activity, table);
      }
    }
  }

  /**
   * Goes on with a cursor that a client opened before.
   *
   * @throws BobbinException on every failure
   */
  <T> T goOn(Turn turn, TableId table, Supplier<T> step) {
    try {
      return turns.take(turn, step);
    } catch (OutOfMemoryError e) {
      throw failures.tooMuch(Activity.READ, table, e);
    } catch (RuntimeException e) {
      if (!Failures.isLoginRefused(e)) {
        throw failed(e, Activity.READ, table);
      }
      MongoClient unused = afterRefusal(client(), e);
      throw new SourceException(
          SourceException.Kind.TRANSIENT,
          "Reading " + table + " of " + this + " failed: the password has changed meanwhile.",
          "It is read on with the new one, from the last checkpoint.",
          null);
    }
  }

  Turns turns() {
    return turns;
  }

  private BobbinException failed(
      RuntimeException failure, Activity activity, @Nullable TableId table) {
    synchronized (this) {
      if (closed) {
        return failures.closed();
      }
    }
    return failures.of(failure, activity, table, route.failure());
  }

  /** A client with another password than the one that was refused. */
  private synchronized MongoClient afterRefusal(MongoClient used, RuntimeException refusal) {
    MongoClient now = client();
    if (now != used) {
      return now; // another thread has seen to it
    }
    if (deployment.password() == null) {
      throw refuse(failures.loginRefused(refusal, "There is no password supplier to ask again"));
    }
    String other = password();
    if (other.equals(password)) {
      throw refuse(
          failures.loginRefused(
              refusal, "The password supplier was asked again and gave the same"));
    }
    password = other;
    renewed(other);
    return client();
  }

  /** Fails where the session has been closed. */
  void requireOpen() {
    MongoClient unused = client();
  }

  private synchronized SourceException refuse(SourceException refusal) {
    refused = refusal;
    return refusal;
  }

  private synchronized MongoClient client() {
    if (closed || client == null) {
      throw failures.closed();
    }
    if (refused != null) {
      // Each thrower has an exception of its own: the runner may add suppressed ones.
      throw new SourceException(
          refused.kind(), refused.problem(), refused.remedy(), refused.getCause());
    }
    return client;
  }

  /** A collection of that client, read as whatever the codec of the class makes of it. */
  <T> MongoCollection<T> collection(MongoClient of, TableId table, Class<T> as) {
    return of.getDatabase(table.namespace().get(0))
        .getCollection(table.name(), as)
        .withReadConcern(info().isReplicated() ? ReadConcern.MAJORITY : ReadConcern.DEFAULT);
  }

  /** A session of that client that sees what was seen before; null where there are none. */
  @Nullable ClientSession session(MongoClient of) {
    if (!info().hasSessions()) {
      return null;
    }
    ClientSession session =
        of.startSession(
            ClientSessionOptions.builder().causallyConsistent(info().isReplicated()).build());
    BsonTimestamp seen = operationTime();
    if (seen != null) {
      session.advanceOperationTime(seen);
    }
    return session;
  }

  /** Remembers what a session has seen. */
  void seen(@Nullable ClientSession session) {
    if (session != null) {
      advance(session.getOperationTime());
    }
  }

  /** The moment up to which has been read, by the deployment's clock; null where it has none. */
  synchronized @Nullable BsonTimestamp operationTime() {
    return operationTime;
  }

  /** Reads nothing from before that moment. */
  synchronized void advance(@Nullable BsonTimestamp to) {
    if (to != null && (operationTime == null || to.compareTo(operationTime) > 0)) {
      operationTime = to;
    }
  }

  ServerInfo info() {
    ServerInfo known = info;
    if (known == null) {
      throw failures.closed();
    }
    return known;
  }

  Deployment deployment() {
    return deployment;
  }

  SourceSettings settings() {
    return settings;
  }

  Failures failures() {
    return failures;
  }

  Route route() {
    return route;
  }

  Resolved resolved() {
    return resolved;
  }

  List<String> defaultNamespace() {
    return deployment.defaultNamespace();
  }

  /** Makes all that wait for the server fail soon, and all that come later. */
  void cancel() {
    turns.cancel();
  }

  /** Ends all cursors and connections. Closing twice does nothing. */
  @Override
  public void close() {
    List<MongoClient> open;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      open = List.copyOf(clients);
    }
    try {
      // Its sessions are ended by a word to the server, for which nobody waits long.
      for (MongoClient each : open) {
        turns.end(new Turn(CLOSING), each::close);
      }
    } finally {
      route.close();
    }
  }

  @Override
  public String toString() {
    return deployment.describe();
  }
}
