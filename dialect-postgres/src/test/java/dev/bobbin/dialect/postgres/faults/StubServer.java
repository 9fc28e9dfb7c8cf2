package dev.bobbin.dialect.postgres.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * What speaks the beginning of PostgreSQL's protocol (manual, 54.2.1 Start-up), with a certificate
 * or a version that no server at hand has, or without TLS.
 */
final class StubServer implements AutoCloseable {

  private static final char[] STORE = "testing".toCharArray();

  private final ServerSocket listener;
  private final String version;
  private final SSLContext tls;
  private final Thread thread;

  private StubServer(String version, SSLContext tls) throws IOException {
    this.listener = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    this.version = version;
    this.tls = tls;
    this.thread = new Thread(this::serve, "stub-server");
    thread.setDaemon(true);
    thread.start();
  }

  /** Lets everybody in, and says that it is of some version. */
  static StubServer ofVersion(String version) throws IOException {
    return new StubServer(version, null);
  }

  /**
   * Speaks TLS with a self-signed certificate.
   *
   * @param folder for its key
   */
  static StubServer selfSigned(Path folder)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path store = folder.resolve("keys.p12");
    keytool(store, "server", "localhost");
    return new StubServer("18.0", context(store));
  }

  /**
   * Speaks TLS with a certificate of an authority, whose own is then in the file {@code ca.pem}.
   *
   * @param folder for keys and certificate
   * @param host that it is made out to
   * @param more for keytool, such as {@code -validity 400}
   */
  static StubServer withCertificate(Path folder, String host, String... more)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path store = folder.resolve("keys.p12");
    keytool(store, "ca", "authority", "-ext", "bc:c");
    List<String> signed = new ArrayList<>(List.of("-signer", "ca"));
    signed.addAll(List.of(more));
    keytool(store, "server", host, signed.toArray(String[]::new));
    String pem =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(load(store).getCertificate("ca").getEncoded())
            + "\n-----END CERTIFICATE-----\n";
    Files.writeString(folder.resolve("ca.pem"), pem);
    return new StubServer("18.0", context(store));
  }

  private static void keytool(Path store, String alias, String name, String... more)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", alias, "-keyalg", "EC"));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", new String(STORE)));
    command.addAll(List.of("-keystore", store.toString(), "-dname", "CN=" + name));
    command.addAll(List.of("-ext", "san=dns:" + name));
    command.addAll(List.of(more));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(said);
    }
  }

  private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, STORE);
    }
    return keys;
  }

  private static SSLContext context(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = load(store);
    if (keys.containsAlias("ca")) {
      keys.deleteEntry("ca"); // or the server could show it as its own
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, STORE);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  int port() {
    return listener.getLocalPort();
  }

  private void serve() {
    while (!listener.isClosed()) {
      try (Socket socket = listener.accept()) {
        socket.setSoTimeout(10_000);
        greet(socket);
      } catch (IOException gone) {
        // the client went, or the test ended
      }
    }
  }

  private void greet(Socket plain) throws IOException {
    Socket socket = plain;
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] first = packet(in);
    if (first.length == 4) { // SSLRequest
      socket.getOutputStream().write(tls == null ? 'N' : 'S');
      if (tls == null) {
        in.read();
        return;
      }
      SSLSocket encrypted = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, false);
      encrypted.setUseClientMode(false);
      encrypted.startHandshake();
      socket = encrypted;
      in = new DataInputStream(socket.getInputStream());
      packet(in);
    }
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    send(out, 'R', new byte[4]);
    for (String[] setting :
        new String[][] {
          {"server_version", version}, {"client_encoding", "UTF8"},
          {"integer_datetimes", "on"}, {"standard_conforming_strings", "on"}
        }) {
      send(out, 'S', (setting[0] + '\0' + setting[1] + '\0').getBytes(UTF_8));
    }
    send(out, 'K', new byte[8]);
    send(out, 'Z', new byte[] {'I'});
    answer(in, out);
  }

  /** Answers whatever is asked with the one text that connection pools ask for. */
  private static void answer(DataInputStream in, DataOutputStream out) throws IOException {
    while (true) {
      int kind = in.read();
      if (kind < 0 || kind == 'X') {
        return;
      }
      packet(in);
      switch (kind) {
        case 'P' -> send(out, '1', new byte[0]);
        case 'B' -> send(out, '2', new byte[0]);
        case 'D' -> send(out, 'T', rowDescription());
        case 'E' -> {
          byte[] text = "read committed".getBytes(UTF_8);
          ByteArrayOutputStream row = new ByteArrayOutputStream();
          row.write(new byte[] {0, 1, 0, 0, 0, (byte) text.length});
          row.write(text);
          send(out, 'D', row.toByteArray());
          send(out, 'C', "SHOW\0".getBytes(UTF_8));
        }
        default -> send(out, 'Z', new byte[] {'I'});
      }
    }
  }

  private static byte[] rowDescription() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(bytes);
    data.writeShort(1);
    data.write("x\0".getBytes(UTF_8));
    data.writeInt(0);
    data.writeShort(0);
    data.writeInt(25); // text
    data.writeShort(-1);
    data.writeInt(-1);
    data.writeShort(0);
    return bytes.toByteArray();
  }

  private static byte[] packet(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt() - 4);
  }

  private static void send(DataOutputStream out, char kind, byte[] body) throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(message);
    data.writeByte(kind);
    data.writeInt(body.length + 4);
    data.write(body);
    out.write(message.toByteArray());
    out.flush();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
