package dev.bobbin.testservers;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import org.bson.Document;
import org.jspecify.annotations.Nullable;

/**
 * A server for tests that speaks MongoDB's protocol, on 127.0.0.1 and a free port.
 *
 * <p>{@link #shared(MongoKind)} is one server of each kind per JVM: each test class takes a
 * database of its own with {@link #newDatabase()}. A test that kills or restarts its server, or
 * wants TLS, starts one of its own, which takes less than a second: {@link #javaServer()}, {@link
 * #ferretDb()} or {@link #of(MongoKind)}. No server survives this JVM, not even its being killed.
 *
 * <p>mongo-java-server is always there, but does not do all it says; FerretDB is there where its
 * executable is: named by BOBBIN_TEST_FERRETDB, or on the PATH. MongoDB itself cannot be started
 * here: it is the server that BOBBIN_TEST_MONGODB_URL names, or one in a container.
 *
 * <p>Thread-safe. Failures to start or stop are {@link UncheckedIOException} with the server's log.
 */
public final class MongoServer implements AutoCloseable {
  private final MongoKind kind;
  private final MongoAddress address;
  private final @Nullable MongoControl control;
  private final @Nullable CertificateAuthority authority;
  private final boolean shared;
  private final Set<String> databases = ConcurrentHashMap.newKeySet();

  MongoServer(
      MongoKind kind,
      MongoAddress address,
      @Nullable MongoControl control,
      @Nullable CertificateAuthority authority,
      boolean shared) {
    this.kind = kind;
    this.address = address;
    this.control = control;
    this.authority = authority;
    this.shared = shared;
  }

  /** Starts a mongo-java-server. */
  public static MongoServer javaServer() {
    return of(MongoKind.JAVA_SERVER).start();
  }

  /** Starts a FerretDB; empty where there is none, which is printed once with the reason. */
  public static Optional<MongoServer> ferretDb() {
    return canStart(MongoKind.FERRETDB)
        ? Optional.of(of(MongoKind.FERRETDB).start())
        : Optional.empty();
  }

  /** Begins the description of a server that this module is to start. */
  public static MongoServerBuilder of(MongoKind kind) {
    return new MongoServerBuilder(kind);
  }

  /** Whether this module can start a server of this kind; if not, why is printed once. */
  public static boolean canStart(MongoKind kind) {
    return switch (kind) {
      case JAVA_SERVER -> true;
      case FERRETDB -> FerretDb.current().isPresent();
      case MONGODB -> {
        Announcements.once(
            kind.toString(), kind + ": skipped: " + MongoAddress.VARIABLE + " is not set");
        yield false;
      }
    };
  }

  /**
   * The server of this kind that the whole JVM shares, started on first use. It is the external one
   * that BOBBIN_TEST_MONGODB_URL names where that is of this kind. Empty where there is none, which
   * is printed once with the reason. Closing it does nothing.
   */
  public static Optional<MongoServer> shared(MongoKind kind) {
    return SharedMongo.of(kind);
  }

  /**
   * The shared servers of these kinds, as far as there are any; of all kinds where none is named.
   */
  public static List<MongoServer> allShared(MongoKind... kinds) {
    return Arrays.stream(kinds.length == 0 ? MongoKind.values() : kinds)
        .flatMap(kind -> shared(kind).stream())
        .toList();
  }

  /**
   * A server that somebody else runs, such as one in a container. The caller stops it; closing this
   * drops the databases named here.
   *
   * @param uri {@code mongodb://user:password@host:27017/?options} of one server or of a replica
   *     set; the user, if there are users, may create and drop databases
   */
  public static MongoServer at(String uri) {
    MongoServer server = elsewhere(MongoAddress.parse(uri), false);
    Announcements.once(server + " elsewhere", server + ", started elsewhere");
    return server;
  }

  static MongoServer elsewhere(MongoAddress address, boolean shared) {
    try (MongoClient client = MongoClients.create(address.uri())) {
      Document build = client.getDatabase("admin").runCommand(new Document("buildInfo", 1));
      boolean ferret = build.keySet().stream().anyMatch(key -> key.startsWith("ferretdb"));
      return new MongoServer(
          ferret ? MongoKind.FERRETDB : MongoKind.MONGODB, address, null, null, shared);
    }
  }

  /** What it is. */
  public MongoKind kind() {
    return kind;
  }

  /** A connection string without a database, with user and password where there are users. */
  public String uri() {
    return address.uri();
  }

  /** A connection string for this server alone, through a proxy in front of it. */
  public String uri(TcpProxy proxy) {
    return address.through(proxy).uri();
  }

  /** Its host; of a replica set, the first one named. */
  public String host() {
    return address.host();
  }

  /** Its port; of a replica set, the first one named. */
  public int port() {
    return address.port();
  }

  /** A user who may create and drop databases; empty where there are no users. */
  public Optional<String> user() {
    return address.user();
  }

  /** The user's password; empty where there are no users. */
  public Optional<String> password() {
    return address.password();
  }

  /** A proxy in front of this server, to be closed by the caller. */
  public TcpProxy proxy() {
    return TcpProxy.to(host(), port());
  }

  /** A new client, to be closed by the caller; it trusts this server's own certificate. */
  public MongoClient connect() {
    return connect(uri());
  }

  /** A new client through a proxy in front of this server. */
  public MongoClient connect(TcpProxy proxy) {
    return connect(uri(proxy));
  }

  private MongoClient connect(String uri) {
    CertificateAuthority own = authority;
    if (own == null) {
      return MongoClients.create(uri);
    }
    SSLContext trusting = own.sslContext();
    return MongoClients.create(
        MongoClientSettings.builder()
            .applyConnectionString(new ConnectionString(uri))
            .applyToSslSettings(tls -> tls.context(trusting))
            .build());
  }

  /** The name of a database that is not there yet: the first insert makes it. */
  public String newDatabase() {
    String name = Endpoint.newDatabaseName();
    databases.add(name);
    return name;
  }

  /** Drops a database if it is there. */
  public void dropDatabase(String name) {
    try (MongoClient client = connect()) {
      client.getDatabase(name).drop();
    }
    databases.remove(name);
  }

  /** Drops all that {@link #newDatabase()} has named. */
  public void dropDatabases() {
    databases.forEach(this::dropDatabase);
  }

  /** False where the server is external or shared: the methods below then throw. */
  public boolean canControlProcess() {
    return control != null && !shared;
  }

  /** False after a kill; true of external servers. */
  public boolean isRunning() {
    return control == null || control.isRunning();
  }

  /** Whether what was written is there after {@link #kill()} and {@link #restart()}. */
  public boolean keepsData() {
    return kind != MongoKind.JAVA_SERVER;
  }

  /** Ends the server at once, with SIGKILL where it has a process, and all connections to it. */
  public void kill() {
    MongoControl controlled = controlled("kill");
    UncheckedAction.run(controlled::kill);
  }

  /**
   * Kills the server if it runs, and starts it again on the same port: FerretDB with the same data,
   * mongo-java-server with none.
   */
  public void restart() {
    MongoControl controlled = controlled("restart");
    UncheckedAction.run(
        () -> {
          controlled.kill();
          controlled.start();
        });
  }

  /** The authority behind this server's own certificate. */
  public CertificateAuthority authority() {
    CertificateAuthority own = authority;
    if (own == null) {
      throw new IllegalStateException("This server was not started with tls()");
    }
    return own;
  }

  /** Starts the server anew, as {@link #restart()} does, with another certificate. */
  public void useCertificate(CertificateAuthority.Issued issued) {
    MongoControl controlled = controlled("give another certificate to");
    authority();
    UncheckedAction.run(() -> controlled.use(issued));
    restart();
  }

  /** Ends the server at once and deletes its data. Does nothing to a shared server. */
  @Override
  public void close() {
    if (!shared) {
      release();
    }
  }

  /** The real close: of an external server it drops what was made there. */
  void release() {
    MongoControl own = control;
    if (own != null) {
      UncheckedAction.run(own::close);
      return;
    }
    try {
      dropDatabases();
    } catch (MongoException e) {
      System.err.println("[test-servers] could not drop " + databases + ": " + e.getMessage());
    }
  }

  /** What it is and where. */
  @Override
  public String toString() {
    return kind + " at " + host() + ":" + port();
  }

  private MongoControl controlled(String operation) {
    MongoControl own = control;
    if (own == null || shared) {
      throw new NoProcessControlException(
          operation,
          toString(),
          own == null
              ? "it is external; start one with of(..)"
              : "other test classes share it; start one with of(MongoKind." + kind.name() + ")");
    }
    return own;
  }
}
