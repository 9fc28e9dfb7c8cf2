package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A server for measurements that speaks as much of MongoDB's protocol as a reader of collections
 * needs, and sends documents that lie encoded in memory as fast as sockets take them. On 127.0.0.1
 * and a free port, without TLS or users. It says that it is MongoDB 7.0, and is one in this:
 *
 * <ul>
 *   <li>{@code hello}, {@code buildInfo}, {@code ping}, {@code listDatabases}, {@code
 *       listCollections}, {@code listIndexes}, {@code count} of all, {@code killCursors}, {@code
 *       endSessions}
 *   <li>{@code find} and {@code getMore} with the sizes of batches that MongoDB has: 101 documents
 *       at first unless said, and 16 MB at most; by {@code _id} as numbers and types compare, in
 *       both directions, with limit and skip
 *   <li>{@code aggregate} of a {@code $sample}: {@code _id}s at equal distances
 * </ul>
 *
 * <p>A projection other than to {@code _id} alone is not heeded: documents come whole. Whatever
 * else is asked is refused. Thread-safe.
 */
public final class ReplayServer implements AutoCloseable {

  private final String database;
  private final List<ReplayCollection> collections;
  private final ServerSocketChannel listening;
  private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<Long, ReplayCursor> cursors = new ConcurrentHashMap<>();
  private final AtomicLong lastCursor = new AtomicLong();

  private ReplayServer(
      String database, List<ReplayCollection> collections, ServerSocketChannel listening) {
    this.database = database;
    this.collections = collections;
    this.listening = listening;
  }

  /** Starts a server with one database. */
  public static ReplayServer start(String database, List<ReplayCollection> collections) {
    try {
      ServerSocketChannel listening = ServerSocketChannel.open();
      listening.bind(new InetSocketAddress(LoopbackPorts.address(), 0));
      ReplayServer server = new ReplayServer(database, List.copyOf(collections), listening);
      server.run("replay-server", server::accept);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void run(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = listening.accept();
        connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
        connections.add(connection);
        run("replay-server-" + connection.getRemoteAddress(), () -> serve(connection));
      }
    } catch (ClosedChannelException e) {
      // by close()
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(SocketChannel connection) {
    try (connection) {
      new ReplayConnection(new ReplayCommands(this), connection).serve();
    } catch (IOException e) {
      // the client has gone
    } finally {
      connections.remove(connection);
    }
  }

  String database() {
    return database;
  }

  List<ReplayCollection> collections() {
    return collections;
  }

  Optional<ReplayCollection> collection(String name) {
    return collections.stream().filter(each -> each.name().equals(name)).findFirst();
  }

  /** Keeps a cursor for later and returns its number. */
  long keep(ReplayCursor cursor) {
    long id = lastCursor.incrementAndGet();
    cursors.put(id, cursor);
    return id;
  }

  @Nullable ReplayCursor cursor(long id) {
    return cursors.get(id);
  }

  /** Forgets a cursor; false where there is none. */
  boolean forget(long id) {
    return cursors.remove(id) != null;
  }

  /** The cursors that have neither come to their end nor been killed. */
  public int openCursors() {
    return cursors.size();
  }

  /** Its address. */
  public String host() {
    return LoopbackPorts.HOST;
  }

  /** Its port. */
  public int port() {
    return listening.socket().getLocalPort();
  }

  /** A connection string with the database. */
  public String uri() {
    return "mongodb://" + host() + ":" + port() + "/" + database;
  }

  /** Ends it, and all connections to it. */
  @Override
  public void close() {
    try {
      listening.close();
      for (SocketChannel connection : connections) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
