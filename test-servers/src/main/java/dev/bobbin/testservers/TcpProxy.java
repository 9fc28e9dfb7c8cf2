package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on 127.0.0.1 that forwards to one address and fails on command: a network for fault
 * tests. The commands act on what passes from then on, in every connection, until {@link
 * #resume()}.
 *
 * <p>Thread-safe. Its threads are daemons, and none is left after {@link #close()}.
 */
public final class TcpProxy implements AutoCloseable {

  /** How a connection ends. */
  public enum Ending {
    /** With RST, as when a machine or a firewall forgets it: "connection reset". */
    RESET,
    /** With FIN, as when the peer's process closes it: end of stream. */
    FIN
  }

  private static final int BUFFER = 1 << 16;
  private static final long UNLIMITED = -1;

  private final String targetHost;
  private final int targetPort;
  private final int port;

  private final Object lock = new Object();
  private final Set<Link> links = new HashSet<>();
  private final Set<Thread> threads = new HashSet<>();
  private @Nullable ServerSocket listener;
  private @Nullable Thread acceptor;
  private boolean swallowing;
  private long bytesPerSecond = UNLIMITED;
  private long bytesUntilCut = UNLIMITED;
  private Ending endingOfCut = Ending.RESET;
  private int accepted;
  private long toClient;
  private long toServer;
  private boolean closed;

  private TcpProxy(String targetHost, int targetPort) throws IOException {
    this.targetHost = targetHost;
    this.targetPort = targetPort;
    this.port = LoopbackPorts.free();
    synchronized (lock) {
      listen();
    }
  }

  /** A new proxy to this address, which need not answer yet. */
  public static TcpProxy to(String host, int port) {
    try {
      return new TcpProxy(host, port);
    } catch (IOException e) {
      throw new UncheckedIOException("Could not start a proxy", e);
    }
  }

  public String host() {
    return LoopbackPorts.HOST;
  }

  public int port() {
    return port;
  }

  /** Resets all connections now. New ones are taken. */
  public void cut() {
    cut(Ending.RESET);
  }

  /** Ends all connections now, on both sides. New ones are taken. */
  public void cut(Ending ending) {
    synchronized (lock) {
      for (Link link : List.copyOf(links)) {
        link.end(ending);
      }
    }
  }

  /**
   * Resets all connections once so many more bytes have gone from the server to clients, over all
   * connections together. It happens once; connections made after it are whole.
   */
  public void cutAfterBytes(long bytes) {
    cutAfterBytes(bytes, Ending.RESET);
  }

  /** Like {@link #cutAfterBytes(long)}, with the ending to use. */
  public void cutAfterBytes(long bytes, Ending ending) {
    if (bytes < 1) {
      throw new IllegalArgumentException("At least one byte; to cut now there is cut()");
    }
    synchronized (lock) {
      bytesUntilCut = bytes;
      endingOfCut = ending;
      lock.notifyAll();
    }
  }

  /**
   * Keeps connections open, takes new ones and swallows all that is sent, ends of streams included:
   * neither side hears of the other.
   */
  public void blackHole() {
    synchronized (lock) {
      swallowing = true;
      lock.notifyAll();
    }
  }

  /** Forwards at most so many bytes per second in each direction of each connection. */
  public void trickle(long bytesPerSecondAndDirection) {
    if (bytesPerSecondAndDirection < 1) {
      throw new IllegalArgumentException("At least one byte; for none there is blackHole()");
    }
    synchronized (lock) {
      bytesPerSecond = bytesPerSecondAndDirection;
      lock.notifyAll();
    }
  }

  /** Takes no new connections: "connection refused". Those that exist live on. */
  public void refuse() {
    Thread accepting;
    synchronized (lock) {
      if (listener != null) {
        quietly(listener);
        listener = null;
      }
      accepting = acceptor;
      acceptor = null;
    }
    if (accepting != null) {
      join(accepting); // until it has left accept(), the kernel goes on taking connections
    }
  }

  /**
   * Ends every fault: takes connections and forwards all. Connections of which something was
   * swallowed are reset, as nothing good could come of them.
   */
  public void resume() {
    synchronized (lock) {
      swallowing = false;
      bytesPerSecond = UNLIMITED;
      bytesUntilCut = UNLIMITED;
      for (Link link : List.copyOf(links)) {
        if (link.damaged) {
          link.end(Ending.RESET);
        }
      }
      try {
        listen();
      } catch (IOException e) {
        throw new UncheckedIOException("Could not listen on " + port + " again", e);
      }
      lock.notifyAll();
    }
  }

  /** How many connections were taken, ever. */
  public int connections() {
    synchronized (lock) {
      return accepted;
    }
  }

  /** How many connections are open on either side now. */
  public int openConnections() {
    synchronized (lock) {
      return links.size();
    }
  }

  /** How many bytes were forwarded from the server to clients, ever. */
  public long bytesToClient() {
    synchronized (lock) {
      return toClient;
    }
  }

  /** How many bytes were forwarded from clients to the server, ever. */
  public long bytesToServer() {
    synchronized (lock) {
      return toServer;
    }
  }

  /** Resets what is open, frees the port and ends the threads. */
  @Override
  public void close() {
    List<Thread> running;
    synchronized (lock) {
      closed = true;
    }
    refuse();
    synchronized (lock) {
      cut();
      running = new ArrayList<>(threads);
    }
    running.forEach(TcpProxy::join);
  }

  private void listen() throws IOException {
    if (listener == null && !closed) {
      ServerSocket open = new ServerSocket(port, 128, LoopbackPorts.address());
      listener = open;
      acceptor = thread("accept", () -> accept(open));
    }
  }

  private void accept(ServerSocket open) {
    while (true) {
      try {
        Socket client = open.accept();
        synchronized (lock) {
          if (open != listener) {
            reset(client);
            return;
          }
          accepted++;
          Link link = new Link(client);
          links.add(link);
          thread("to server", link::connectAndForward);
        }
      } catch (IOException e) {
        return; // refused or closed
      }
    }
  }

  private Thread thread(String task, Runnable body) {
    Thread thread =
        new Thread(
            () -> {
              try {
                body.run();
              } finally {
                synchronized (lock) {
                  threads.remove(Thread.currentThread());
                }
              }
            },
            "tcp-proxy-" + port + " " + task);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
    return thread;
  }

  private static void join(Thread thread) {
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException alreadyClosed) {
      // then there is nothing to reset
    }
    quietly(socket);
  }

  private static void finish(Socket socket) {
    try {
      socket.shutdownOutput();
    } catch (IOException alreadyClosed) {
      // then it is finished
    }
  }

  private static void quietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      // nothing can be done about it
    }
  }

  /** One client's connection and the one to the server that belongs to it. */
  private final class Link {
    private final Socket client;
    private final Socket server = new Socket();
    private boolean damaged;

    /** Told to end by FIN: what still comes is dropped until both sides have closed. */
    private boolean draining;

    private boolean over;
    private int endedDirections;

    Link(Socket client) {
      this.client = client;
    }

    void connectAndForward() {
      try {
        server.connect(new InetSocketAddress(targetHost, targetPort), 30_000);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
      } catch (IOException e) {
        end(Ending.RESET);
        return;
      }
      synchronized (lock) {
        if (over) {
          return;
        }
        thread("to client", () -> forward(server, client, true));
      }
      forward(client, server, false);
    }

    void end(Ending ending) {
      synchronized (lock) {
        if (ending == Ending.FIN && server.isConnected()) {
          draining = true;
          finish(client);
          finish(server);
        } else {
          over = true;
          links.remove(this);
          reset(client);
          reset(server);
        }
        lock.notifyAll();
      }
    }

    private void forward(Socket from, Socket to, boolean isToClient) {
      byte[] buffer = new byte[BUFFER];
      try {
        int read = from.getInputStream().read(buffer);
        while (read >= 0) {
          deliver(buffer, read, to, isToClient);
          read = from.getInputStream().read(buffer);
        }
        ended(to);
      } catch (IOException e) {
        failed();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failed();
      }
    }

    private void deliver(byte[] buffer, int length, Socket to, boolean isToClient)
        throws IOException, InterruptedException {
      int sent = 0;
      while (sent < length) {
        int slice;
        long rate;
        boolean last;
        synchronized (lock) {
          while (isToClient && bytesUntilCut == 0 && !over && !draining && !swallowing) {
            lock.wait(); // another connection is sending the last bytes before the cut
          }
          if (over || draining) {
            return;
          }
          if (swallowing) {
            damaged = true;
            return;
          }
          slice = length - sent;
          rate = bytesPerSecond;
          if (rate != UNLIMITED) {
            slice = (int) Math.min(slice, Math.max(1, rate / 20));
          }
          if (isToClient && bytesUntilCut != UNLIMITED) {
            slice = (int) Math.min(slice, bytesUntilCut);
            bytesUntilCut -= slice;
          }
          last = isToClient && bytesUntilCut == 0;
        }
        to.getOutputStream().write(buffer, sent, slice);
        sent += slice;
        synchronized (lock) {
          if (isToClient) {
            toClient += slice;
          } else {
            toServer += slice;
          }
          if (last) {
            bytesUntilCut = UNLIMITED;
            cut(endingOfCut);
          } else if (rate != UNLIMITED) {
            pace(slice * 1_000_000_000L / rate, rate);
          }
        }
      }
    }

    /** Waits so long, unless the proxy is told something else meanwhile. */
    private void pace(long nanos, long rate) throws InterruptedException {
      long deadline = System.nanoTime() + nanos;
      long left = nanos;
      while (left > 0 && !over && !draining && !swallowing && bytesPerSecond == rate) {
        lock.wait(left / 1_000_000, (int) (left % 1_000_000));
        left = deadline - System.nanoTime();
      }
    }

    private void ended(Socket to) {
      synchronized (lock) {
        if (swallowing && !draining) {
          damaged = true;
          return;
        }
        finish(to);
        if (++endedDirections == 2) {
          over = true;
          links.remove(this);
          quietly(client);
          quietly(server);
        }
      }
    }

    private void failed() {
      synchronized (lock) {
        if (swallowing && !over) {
          damaged = true;
        } else {
          end(Ending.RESET);
        }
      }
    }
  }
}
