package dev.bobbin.ssh;

import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.TunnelException;
import dev.bobbin.spi.Tunnel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The way to an SSH server's port. */
sealed interface Route extends AutoCloseable {

  /**
   * A new connection to the server's port.
   *
   * @throws TunnelException if there is none
   */
  Socket connect(SshHost host, Deadline deadline, Steps steps);

  /** Ends an attempt that is under way, and what the way consists of. From any thread. */
  @Override
  void close();

  /** Straight over the network. */
  final class Direct implements Route {

    private boolean closed;
    private @Nullable Socket connecting;

    @Override
    public Socket connect(SshHost host, Deadline deadline, Steps steps) {
      steps.begin(Subject.NAME);
      List<InetAddress> addresses;
      try {
        addresses = List.of(InetAddress.getAllByName(host.name()));
      } catch (UnknownHostException e) {
        throw new TunnelException(
            "The name of the SSH server, " + host.name() + ", is not known.",
            "Check how it is spelled, and whether this machine can resolve it (getent hosts "
                + host.name()
                + ").",
            // A resolver that is down says the same as one that knows no such name.
            true,
            e);
      }
      String found =
          addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
      steps.passed(host.name() + " is " + found + ".");
      return connect(addresses, host, deadline, steps);
    }

    /** To the first of them that answers. */
    Socket connect(List<InetAddress> addresses, SshHost host, Deadline deadline, Steps steps) {
      steps.begin(Subject.PORT);
      List<IOException> failures = new ArrayList<>();
      for (InetAddress address : addresses) {
        // One that swallows everything leaves time for the others.
        int millis = Math.max(1, deadline.millis() / (addresses.size() - failures.size()));
        try {
          Socket socket = connect(address, host.port(), millis);
          steps.passed(
              SshHost.text(address.getHostAddress(), host.port())
                  + " answers; this machine's own address on the way there is "
                  + socket.getLocalAddress().getHostAddress()
                  + ".");
          return socket;
        } catch (IOException e) {
          failures.add(e);
        }
      }
      throw unreachable(host, addresses.get(0), failures.get(0));
    }

    private Socket connect(InetAddress address, int port, int millis) throws IOException {
      Socket socket = new Socket();
      synchronized (this) {
        if (closed) {
          throw new SocketException("closed");
        }
        connecting = socket;
      }
      try {
        socket.connect(new InetSocketAddress(address, port), millis);
        socket.setTcpNoDelay(true);
        socket.setKeepAlive(true);
        return socket;
      } catch (IOException e) {
        socket.close();
        throw e;
      } finally {
        synchronized (this) {
          connecting = null;
        }
      }
    }

    private static TunnelException unreachable(
        SshHost host, InetAddress address, IOException failure) {
      String from = localAddress(address, host.port());
      if (failure instanceof SocketTimeoutException) {
        return new TunnelException(
            "The SSH server " + host + " does not answer.",
            "Most likely a firewall or security group is in between: let it allow connections from "
                + from
                + " (or the public address behind which this machine is) to port "
                + host.port()
                + ". Else check name and port.",
            true,
            failure);
      }
      if (failure instanceof ConnectException
          && String.valueOf(failure.getMessage()).contains("refused")) {
        return new TunnelException(
            "The SSH server's machine refuses connections to " + host + ".",
            "Check the port (SSH's own is 22), whether the SSH server runs, and whether a firewall"
                + " there rejects "
                + from
                + ".",
            true,
            failure);
      }
      return new TunnelException(
          "The SSH server " + host + " cannot be reached: " + SshFailures.said(failure) + ".",
          "Check the network between " + from + " and the server, and name and port.",
          true,
          failure);
    }

    /** The address that this machine would send from. Nothing is sent. */
    private static String localAddress(InetAddress to, int port) {
      try (DatagramSocket socket = new DatagramSocket()) {
        socket.connect(to, port);
        InetAddress local = socket.getLocalAddress();
        return local.isAnyLocalAddress() ? "this machine" : local.getHostAddress();
      } catch (IOException | RuntimeException e) {
        return "this machine";
      }
    }

    @Override
    public void close() {
      Socket under;
      synchronized (this) {
        closed = true;
        under = connecting;
      }
      if (under != null) {
        try {
          under.close();
        } catch (IOException e) {
          // It is gone all the same.
        }
      }
    }
  }

  /**
   * Through another SSH server.
   *
   * @param jump leads to this server's port
   */
  record Through(Tunnel jump) implements Route {

    @Override
    public Socket connect(SshHost host, Deadline deadline, Steps steps) {
      // The name is resolved over there.
      steps.begin(Subject.PORT);
      try {
        Socket socket = jump.connect();
        steps.passed(host + " answers at the far end of the SSH server before it.");
        return socket;
      } catch (IOException e) {
        if (e.getCause() instanceof TunnelException known) {
          throw new TunnelException(
              known.problem(), known.remedy(), known.isRetryable(), known.getCause());
        }
        throw new TunnelException(
            "The SSH server " + host + " cannot be reached through the one before it.",
            "Check its name and port, as the SSH server before it sees them.",
            true,
            e);
      }
    }

    @Override
    public void close() {
      jump.close();
    }
  }
}
