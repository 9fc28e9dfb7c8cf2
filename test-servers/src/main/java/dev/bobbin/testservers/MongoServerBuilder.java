package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The description of a server to be started that speaks MongoDB's protocol. Not thread-safe; {@link
 * #start()} may be called again for another server of the same kind.
 */
public final class MongoServerBuilder {
  private final MongoKind kind;
  private @Nullable CertificateAuthority authority;
  private @Nullable String password;

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
   * Has a superuser with this password, checked by SCRAM; by default there are no users. FerretDB
   * can; it knows no roles, so that whoever has logged in may do everything.
   */
  public MongoServerBuilder password(String superuserPassword) {
    if (kind != MongoKind.FERRETDB) {
      throw new IllegalStateException(kind + " checks no passwords");
    }
    this.password = superuserPassword;
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
    CertificateAuthority signer = authority;
    CertificateAuthority.@Nullable Issued certificate =
        signer == null ? null : signer.issueForLoopback();
    try {
      MongoControl control = control(certificate);
      try {
        control.start();
        return new MongoServer(
            kind,
            MongoAddress.local(control.port(), password, certificate != null),
            control,
            signer,
            shared);
      } catch (IOException | RuntimeException e) {
        control.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private MongoControl control(CertificateAuthority.@Nullable Issued certificate)
      throws IOException {
    if (kind == MongoKind.FERRETDB) {
      FerretDb ferretDb = FerretDb.current().orElseThrow();
      return FerretDbProcess.of(
          new FerretDbProgram(ferretDb, certificate != null, password), certificate);
    }
    Announcements.once(kind.toString(), kind + " in this JVM, from Maven artifacts");
    return new JavaMongo(certificate);
  }
}
