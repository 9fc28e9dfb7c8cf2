package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import de.bwaldvogel.mongo.ServerVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** mongo-java-server in this JVM. What it held is gone once it ends. */
final class JavaMongo implements MongoControl {
  private CertificateAuthority.@Nullable Issued certificate;
  private int port;
  private de.bwaldvogel.mongo.@Nullable MongoServer server;

  /**
   * @param certificate what it offers TLS with, and nothing else then; null for plaintext
   */
  JavaMongo(CertificateAuthority.@Nullable Issued certificate) {
    this.certificate = certificate;
    AtExit.close(this);
  }

  @Override
  public synchronized int port() {
    return port;
  }

  @Override
  public synchronized boolean isRunning() {
    return server != null;
  }

  @Override
  public synchronized void start() throws IOException {
    if (server != null) {
      throw new IllegalStateException("The server runs already");
    }
    for (int attempt = 1; ; attempt++) {
      try {
        server = startedByADaemon();
        port = server.getLocalAddress().getPort();
        return;
      } catch (ExecutionException e) {
        boolean taken = e.getCause() instanceof BindException;
        if (!taken || port != 0 || attempt == 5) {
          throw new IOException("mongo-java-server did not start: " + e.getCause(), e.getCause());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("Interrupted while waiting for a server");
      }
    }
  }

  /** Its threads would keep this JVM alive, were they not begun by a daemon, which they inherit. */
  private de.bwaldvogel.mongo.MongoServer startedByADaemon()
      throws ExecutionException, InterruptedException {
    FutureTask<de.bwaldvogel.mongo.MongoServer> start = new FutureTask<>(this::bound);
    Thread daemon = new Thread(start, "mongo-java-server-start");
    daemon.setDaemon(true);
    daemon.start();
    return start.get();
  }

  private de.bwaldvogel.mongo.MongoServer bound() throws IOException, GeneralSecurityException {
    de.bwaldvogel.mongo.MongoServer started =
        new de.bwaldvogel.mongo.MongoServer(new MemoryBackend().version(ServerVersion.MONGO_5_0));
    boolean done = false;
    try {
      CertificateAuthority.Issued own = certificate;
      if (own != null) {
        started.enableSsl(key(own.key()), null, chain(own.certificate()));
      }
      started.bind(LoopbackPorts.HOST, port == 0 ? LoopbackPorts.free() : port);
      done = true;
      return started;
    } finally {
      if (!done) {
        started.shutdownNow();
      }
    }
  }

  @Override
  public synchronized void kill() {
    de.bwaldvogel.mongo.MongoServer running = server;
    if (running != null) {
      running.shutdownNow();
      server = null;
    }
  }

  @Override
  public synchronized void use(CertificateAuthority.Issued other) {
    certificate = other;
  }

  @Override
  public void close() {
    kill();
    AtExit.forget(this);
  }

  private static PrivateKey key(Path pem) throws IOException, GeneralSecurityException {
    String text = Files.readString(pem, US_ASCII).replaceAll("-----[^-]+-----|\\s", "");
    return KeyFactory.getInstance("RSA")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
  }

  private static X509Certificate[] chain(Path pem) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(pem)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
          .map(X509Certificate.class::cast)
          .toArray(X509Certificate[]::new);
    }
  }
}
