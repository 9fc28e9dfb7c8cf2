package dev.bobbin.dialect.mysql;

import com.mysql.cj.conf.PropertySet;
import com.mysql.cj.conf.RuntimeProperty;
import com.mysql.cj.log.Log;
import com.mysql.cj.protocol.ServerSession;
import com.mysql.cj.protocol.SocketConnection;
import com.mysql.cj.protocol.StandardSocketFactory;
import dev.bobbin.dialect.jdbc.DriverSockets;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The socket factory that is given to Connector/J: its sockets are those of {@link DriverSockets},
 * through a tunnel where there is one, and encrypted as the dialect's TLS settings say.
 *
 * <p>Public for the driver only, which makes one for each connection.
 */
public final class MySqlSockets extends StandardSocketFactory {

  /**
   * The property that holds the {@link dev.bobbin.dialect.jdbc.Route}'s name; none of the driver's.
   */
  static final String ROUTE = "bobbinRoute";

  /** A factory; called by the driver. */
  public MySqlSockets() {}

  @Override
  protected Socket createSocket(PropertySet properties) {
    try {
      return route(properties).createSocket();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as the driver declares it
  public <T extends Closeable> T connect(
      String host, int port, PropertySet properties, int loginTimeout) throws IOException {
    if (!route(properties).isTunnel()) {
      return super.connect(host, port, properties, loginTimeout);
    }
    this.host = host;
    this.port = port;
    this.rawSocket = route(properties).createSocket();
    configureSocket(rawSocket, properties);
    return (T) rawSocket;
  }

  /** By the dialect's own TLS settings, whatever the driver's say. */
  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as the driver declares it
  public <T extends Closeable> T performTlsHandshake(
      SocketConnection connection, ServerSession session, @Nullable Log log) throws IOException {
    Socket socket = route(connection.getPropertySet()).encrypt(rawSocket, host, port);
    ((SSLSocket) socket).startHandshake();
    sslSocket = socket;
    return (T) socket;
  }

  private static DriverSockets route(PropertySet properties) throws IOException {
    RuntimeProperty<String> route = properties.getStringProperty(ROUTE);
    return new DriverSockets(route.getValue());
  }
}
