package dev.bobbin.tls;

import dev.bobbin.error.ConfigurationException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whether and how connections to a source are encrypted, and how the server is verified. Immutable
 * and thread-safe: each call returns a new value.
 *
 * <p>The default of every dialect is {@link #verifyFull()}. Nothing ever falls back to plaintext: a
 * server that offers no TLS is refused unless {@link #off()} is set.
 *
 * <pre>{@code
 * Tls.verifyFull()                                  // by the JDK's trusted roots
 * Tls.verifyFull().ca(Path.of("rds-bundle.pem"))    // by those of that file alone
 * }</pre>
 *
 * <p>The versions and ciphers are those that the JDK allows ({@code jdk.tls.disabledAlgorithms}):
 * TLS 1.2 and 1.3 on JDK 17. Revocation is checked where the host application has turned it on for
 * the JDK ({@code com.sun.net.ssl.checkRevocation}).
 */
public final class Tls {

  private enum Mode {
    VERIFY_FULL,
    WITHOUT_VERIFICATION,
    OFF
  }

  /** A client's certificate and key. */
  private record Client(Path certificate, Path key, @Nullable Supplier<String> passphrase) {}

  private static final Tls FULL = new Tls(Mode.VERIFY_FULL, null, null);
  private static final Tls UNVERIFIED = new Tls(Mode.WITHOUT_VERIFICATION, null, null);
  private static final Tls OFF = new Tls(Mode.OFF, null, null);

  private final Mode mode;
  private final @Nullable Path ca;
  private final @Nullable Client client;

  private Tls(Mode mode, @Nullable Path ca, @Nullable Client client) {
    this.mode = mode;
    this.ca = ca;
    this.client = client;
  }

  /**
   * Encrypted, with a certificate that a trusted root vouches for, that is valid now, and that is
   * made out to the host that the dialect was given: through a tunnel, too, the database's own
   * name. The trusted roots are the JDK's unless {@link #ca} names others.
   */
  public static Tls verifyFull() {
    return FULL;
  }

  /**
   * Encrypted, but with whoever answers: somebody in the middle can read and change everything,
   * passwords included. Logs a warning at each connection.
   */
  public static Tls withoutVerification() {
    return UNVERIFIED;
  }

  /**
   * Not encrypted: for servers on the same host, or behind a tunnel or network that already
   * protects.
   */
  public static Tls off() {
    return OFF;
  }

  /**
   * The same with the trusted roots of a file, and no others.
   *
   * @param pem one certificate or several, in PEM ({@code -----BEGIN CERTIFICATE-----}); read when
   *     a session is opened
   * @throws ConfigurationException unless this is {@link #verifyFull()}
   */
  public Tls ca(Path pem) {
    if (mode != Mode.VERIFY_FULL) {
      throw new ConfigurationException(
          "A file of trusted roots does not go with " + this + ", which verifies nothing.",
          "Use Tls.verifyFull().ca(" + pem.getFileName() + ").");
    }
    return new Tls(mode, Objects.requireNonNull(pem), client);
  }

  /**
   * The same with a certificate that shows the server who connects.
   *
   * @param certificate in PEM, with the intermediate ones after it
   * @param key its private key in PEM: PKCS #8 or, for RSA, PKCS #1; not encrypted; read when a
   *     session is opened
   * @throws ConfigurationException if this is {@link #off()}
   */
  public Tls clientCertificate(Path certificate, Path key) {
    return with(new Client(Objects.requireNonNull(certificate), Objects.requireNonNull(key), null));
  }

  /**
   * The same with a certificate that shows the server who connects, and an encrypted key.
   *
   * @param certificate in PEM, with the intermediate ones after it
   * @param key its private key in PEM, encrypted PKCS #8; read when a session is opened
   * @param passphrase asked when the key is read
   * @throws ConfigurationException if this is {@link #off()}
   */
  public Tls clientCertificate(Path certificate, Path key, Supplier<String> passphrase) {
    return with(
        new Client(
            Objects.requireNonNull(certificate),
            Objects.requireNonNull(key),
            Objects.requireNonNull(passphrase)));
  }

  private Tls with(Client other) {
    if (isOff()) {
      throw new ConfigurationException(
          "A client certificate does not go with Tls.off().", "Use Tls.verifyFull().");
    }
    return new Tls(mode, ca, other);
  }

  /** Whether connections are not encrypted. */
  public boolean isOff() {
    return mode == Mode.OFF;
  }

  /** Whether the server is verified. */
  public boolean isVerified() {
    return mode == Mode.VERIFY_FULL;
  }

  /**
   * What makes TLS sockets over connected ones, for drivers: {@link
   * SSLSocketFactory#createSocket(java.net.Socket, String, int, boolean)} with the server's own
   * name, which is what is verified. Reads the files.
   *
   * @throws ConfigurationException if a file cannot be read, or TLS is off
   */
  public SSLSocketFactory sockets() {
    return new TlsSockets(context().getSocketFactory(), isVerified());
  }

  /**
   * The JDK's context, for drivers that make sockets themselves; these have to verify the host's
   * name (endpoint identification {@code HTTPS}) where {@link #isVerified()}. Reads the files.
   *
   * @throws ConfigurationException if a file cannot be read, or TLS is off
   */
  public SSLContext context() {
    if (isOff()) {
      throw new ConfigurationException("TLS is off.", "Use Tls.verifyFull().");
    }
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(), new TrustManager[] {trust()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw unusable(e);
    }
  }

  /**
   * What verifies a server's certificate and, where {@link #isVerified()}, that it is made out to a
   * host: for drivers that make TLS sockets themselves, whatever host they were told. Reads the
   * files.
   *
   * @param host the server's own name, or its address
   * @throws ConfigurationException if a file cannot be read, TLS is off, or there is a client
   *     certificate, which such drivers do not show
   */
  public X509ExtendedTrustManager trust(String host) {
    if (isOff() || client != null) {
      throw new ConfigurationException(
          isOff()
              ? "TLS is off."
              : "A client certificate is set, which this database does not ask for.",
          "Use Tls.verifyFull() without clientCertificate(...).");
    }
    try {
      X509ExtendedTrustManager trust = trust();
      return isVerified() ? new HostTrust(trust, host) : trust;
    } catch (GeneralSecurityException e) {
      throw unusable(e);
    }
  }

  private ConfigurationException unusable(GeneralSecurityException cause) {
    return new ConfigurationException(
        "TLS cannot be set up as " + this + ": " + cause.getClass().getSimpleName() + ".",
        "Check that certificate and key belong together, and what the JDK's security properties"
            + " forbid.");
  }

  private X509ExtendedTrustManager trust() throws GeneralSecurityException {
    if (mode == Mode.WITHOUT_VERIFICATION) {
      return new UnverifiedTrust();
    }
    return VerifyingTrust.of(ca == null ? null : PemFile.read(ca, "file of trusted roots"), this);
  }

  private KeyManager @Nullable [] keys() throws GeneralSecurityException {
    if (client == null) {
      return null;
    }
    PemFile certificates = PemFile.read(client.certificate, "client certificate");
    PemFile key = PemFile.read(client.key, "client key");
    List<X509Certificate> chain = certificates.certificates();
    PrivateKey secret = key.privateKey(client.passphrase);
    if (!belongTogether(secret, chain.get(0).getPublicKey())) {
      throw new ConfigurationException(
          "The client key "
              + client.key
              + " does not belong to the first certificate in "
              + client.certificate
              + ".",
          "Name the two files of one certificate, in the order certificate, key; the client's own"
              + " certificate comes first in its file.");
    }
    char[] none = new char[0];
    KeyStore store = PemFile.emptyStore();
    store.setKeyEntry("client", secret, none, chain.toArray(new X509Certificate[0]));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, none);
    return factory.getKeyManagers();
  }

  /** Whether what one of them signs is verified by the other. */
  private static boolean belongTogether(PrivateKey secret, PublicKey open)
      throws GeneralSecurityException {
    if (!secret.getAlgorithm().equals(open.getAlgorithm())) {
      return false;
    }
    String algorithm =
        switch (secret.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "EdDSA" -> "EdDSA";
          default -> "";
        };
    if (algorithm.isEmpty()) {
      return true;
    }
    byte[] text = {1, 2, 3};
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(secret);
    signature.update(text);
    byte[] signed = signature.sign();
    signature.initVerify(open);
    signature.update(text);
    try {
      return signature.verify(signed);
    } catch (SignatureException otherSize) {
      return false;
    }
  }

  /** The mode and the files, without what is in them. */
  @Override
  public String toString() {
    return switch (mode) {
      case OFF -> "Tls.off()";
      case WITHOUT_VERIFICATION -> "Tls.withoutVerification()";
      case VERIFY_FULL -> ca == null ? "Tls.verifyFull()" : "Tls.verifyFull().ca(" + ca + ")";
    };
  }
}
