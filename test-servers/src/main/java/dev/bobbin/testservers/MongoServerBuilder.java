package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;

/**
 * The description of a server to be started that speaks MongoDB's protocol. Not thread-safe; {@link
 * #start()} may be called again for another server of the same kind.
 */
public final class MongoServerBuilder {
  private final MongoKind kind;
  private @Nullable CertificateAuthority authority;

  MongoServerBuilder(MongoKind kind) {
    this.kind = kind;
  }

  /** Takes TLS and nothing else, with a certificate for localhost by a new authority. */
  public MongoServerBuilder tls() {
    return tls(CertificateAuthority.create());
  }

  /** Takes TLS and nothing else, with a certificate for localhost by this authority. */
  public MongoServerBuilder tls(CertificateAuthority signer) {
    this.authority = signer;
    return this;
  }

  /**
   * Starts the server and returns when it takes commands.
   *
   * @throws IllegalStateException where it cannot be had: see {@link MongoServer#canStart}
   */
  public MongoServer start() {
    return start(false);
  }

  MongoServer start(boolean shared) {
    if (!MongoServer.canStart(kind)) {
      throw new IllegalStateException(
          kind + " cannot be started here: ask MongoServer.canStart(..) first");
    }
    try {
      ServerControl control = kind == MongoKind.JAVA_SERVER ? javaServer() : ferretDb();
      try {
        control.start();
        return new MongoServer(
            kind,
            MongoAddress.local(control.port(), authority != null),
            control,
            authority,
            shared);
      } catch (IOException | RuntimeException e) {
        control.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private ServerControl javaServer() {
    CertificateAuthority own = authority;
    Announcements.once(kind.toString(), kind + " in this JVM, from Maven artifacts");
    return new JavaMongo(own == null ? null : own.issueForLoopback());
  }

  private ServerControl ferretDb() throws IOException {
    CertificateAuthority own = authority;
    FerretDbProgram program = new FerretDbProgram(FerretDb.current().orElseThrow(), own != null);
    ServerProcess process = new ServerProcess(program, Cache.running("ferretdb"));
    try {
      Files.createDirectories(process.data().resolve(FerretDbProgram.DATABASES));
      if (own != null) {
        FerretDbProgram.use(process, own.issueForLoopback());
      }
      return process;
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    }
  }
}
