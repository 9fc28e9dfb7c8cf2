package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority of its own that signs certificates for test servers and clients, within
 * this JVM. Its files live in a temp folder until this JVM ends. Thread-safe.
 */
public final class CertificateAuthority {
  private static final char[] STORE_PASSWORD = "testing".toCharArray();
  private static final Duration DAY = Duration.ofDays(1);

  private static final byte[] SHA256_WITH_RSA =
      Der.sequence(Der.identifier("1.2.840.113549.1.1.11"), Der.value(0x05)); // RFC 4055, 5

  private static final byte[] BASIC_CONSTRAINTS = Der.identifier("2.5.29.19");
  private static final byte[] ALTERNATIVE_NAME = Der.identifier("2.5.29.17");

  /**
   * A certificate with its key, both PEM files.
   *
   * @param certificate followed by those of the authorities between it and the root
   * @param key unencrypted PKCS #8; the same for all that one authority signs
   */
  public record Issued(Path certificate, Path key) {}

  private final Path folder;
  private final String name;
  private final KeyPair keys;
  private final byte[] own;
  private final List<byte[]> between;
  private final AtomicInteger count;
  private @Nullable KeyPair subjects;

  private CertificateAuthority(
      Path folder,
      String name,
      KeyPair keys,
      byte[] own,
      List<byte[]> between,
      AtomicInteger count) {
    this.folder = folder;
    this.name = name;
    this.keys = keys;
    this.own = own;
    this.between = between;
    this.count = count;
  }

  /** A new authority, trusted by nobody yet. */
  public static CertificateAuthority create() {
    try {
      Path folder = Files.createTempDirectory("bobbin-test-ca-");
      AtExit.close(() -> Folders.delete(folder));
      KeyPair keys = newKeys();
      String name = "Bobbin test authority";
      Instant now = Instant.now();
      byte[] own =
          signed(
              name,
              keys.getPrivate(),
              name,
              keys.getPublic(),
              1,
              now.minus(DAY),
              now.plus(DAY.multipliedBy(30)),
              null);
      CertificateAuthority authority =
          new CertificateAuthority(folder, name, keys, own, List.of(), new AtomicInteger(1));
      pem(authority.certificate(), "CERTIFICATE", List.of(own));
      authority.writeTrustStore();
      return authority;
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * An authority that this one vouches for. Its certificates come with its own behind them; {@link
   * #certificate()} and the trust store stay those of the root.
   */
  public CertificateAuthority intermediate() {
    try {
      KeyPair more = newKeys();
      int number = count.incrementAndGet();
      String other = "Bobbin test authority " + number;
      Instant now = Instant.now();
      byte[] certificate =
          signed(
              name,
              keys.getPrivate(),
              other,
              more.getPublic(),
              number,
              now.minus(DAY),
              now.plus(DAY.multipliedBy(30)),
              null);
      List<byte[]> chain = new ArrayList<>(List.of(certificate));
      chain.addAll(between);
      return new CertificateAuthority(folder, other, more, certificate, chain, count);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The root's own certificate, a PEM file. */
  public Path certificate() {
    return folder.resolve("ca.crt");
  }

  /** A key store of the type PKCS12 that holds the root's certificate alone. */
  public Path trustStore() {
    return folder.resolve("trust.p12");
  }

  /** The password of {@link #trustStore()}. */
  public String trustStorePassword() {
    return new String(STORE_PASSWORD);
  }

  /** A context for clients that trust the root alone. */
  public SSLContext sslContext() {
    try (InputStream in = Files.newInputStream(trustStore())) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, STORE_PASSWORD);
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A server's certificate for localhost and 127.0.0.1. */
  public Issued issueForLoopback() {
    return issue("localhost", "dns:localhost,ip:127.0.0.1");
  }

  /**
   * A certificate that is valid now.
   *
   * @param commonName becomes {@code CN=}
   * @param alternatives the subject's alternative names: {@code dns:db.example.com,ip:127.0.0.1}
   */
  public Issued issue(String commonName, String alternatives) {
    Instant now = Instant.now();
    return issue(commonName, alternatives, now.minus(DAY), now.plus(DAY.multipliedBy(30)));
  }

  /**
   * A certificate that is valid at some time.
   *
   * @param commonName becomes {@code CN=}
   * @param alternatives the subject's alternative names: {@code dns:db.example.com,ip:127.0.0.1}
   */
  public Issued issue(String commonName, String alternatives, Instant from, Instant until) {
    try {
      KeyPair subject = subjectKeys();
      int number = count.incrementAndGet();
      byte[] certificate =
          signed(
              name,
              keys.getPrivate(),
              commonName,
              subject.getPublic(),
              number,
              from,
              until,
              alternatives);
      List<byte[]> chain = new ArrayList<>(List.of(certificate));
      chain.addAll(between);
      return write("c" + number, chain, subject);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A certificate that nobody but itself vouches for. */
  public Issued selfSigned(String commonName, String alternatives) {
    try {
      KeyPair subject = newKeys();
      int number = count.incrementAndGet();
      Instant now = Instant.now();
      byte[] certificate =
          signed(
              commonName,
              subject.getPrivate(),
              commonName,
              subject.getPublic(),
              number,
              now.minus(DAY),
              now.plus(DAY.multipliedBy(30)),
              alternatives);
      return write("c" + number, List.of(certificate), subject);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The keys of all that it signs: making new ones takes most of the time of a certificate. */
  private synchronized KeyPair subjectKeys() throws GeneralSecurityException {
    KeyPair shared = subjects;
    if (shared == null) {
      shared = newKeys();
      subjects = shared;
    }
    return shared;
  }

  private static KeyPair newKeys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }

  /** A certificate of version 3 (RFC 5280, 4.1); an authority's where it has no alternatives. */
  private static byte[] signed(
      String issuer,
      PrivateKey signer,
      String subject,
      PublicKey key,
      int serial,
      Instant from,
      Instant until,
      @Nullable String alternatives)
      throws GeneralSecurityException {
    byte[] extension =
        alternatives == null
            ? Der.sequence(BASIC_CONSTRAINTS, Der.yes(), Der.octets(Der.sequence(Der.yes())))
            : Der.sequence(ALTERNATIVE_NAME, Der.octets(names(alternatives)));
    byte[] content =
        Der.sequence(
            Der.value(0xa0, Der.integer(BigInteger.TWO)),
            Der.integer(BigInteger.valueOf(System.currentTimeMillis() * 1000 + serial)),
            SHA256_WITH_RSA,
            name(issuer),
            Der.sequence(Der.time(from), Der.time(until)),
            name(subject),
            key.getEncoded(),
            Der.value(0xa3, Der.sequence(extension)));
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(signer);
    signature.update(content);
    return Der.sequence(content, SHA256_WITH_RSA, Der.bits(signature.sign()));
  }

  private static byte[] name(String commonName) {
    return Der.sequence(
        Der.set(Der.sequence(Der.identifier("2.5.4.3"), Der.utf8(commonName)))); // CN
  }

  private static byte[] names(String alternatives) {
    List<byte[]> names = new ArrayList<>();
    for (String alternative : alternatives.split(",", -1)) {
      String value = alternative.substring(alternative.indexOf(':') + 1);
      try {
        names.add(
            alternative.startsWith("ip:")
                ? Der.value(0x87, InetAddress.getByName(value).getAddress())
                : Der.value(0x82, value.getBytes(US_ASCII)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return Der.sequence(names.toArray(new byte[0][]));
  }

  private void writeTrustStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (OutputStream out = Files.newOutputStream(trustStore());
        InputStream certificate = new ByteArrayInputStream(own)) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(certificate));
      store.store(out, STORE_PASSWORD);
    }
  }

  private Issued write(String file, List<byte[]> chain, KeyPair subject) {
    try {
      Path certificate = folder.resolve(file + ".crt");
      Path key = folder.resolve(file + ".key");
      pem(certificate, "CERTIFICATE", chain);
      pem(key, "PRIVATE KEY", List.of(subject.getPrivate().getEncoded()));
      return new Issued(certificate, key);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static void pem(Path file, String kind, List<byte[]> contents) throws IOException {
    StringBuilder text = new StringBuilder();
    for (byte[] content : contents) {
      text.append("-----BEGIN ").append(kind).append("-----\n");
      text.append(Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content));
      text.append("\n-----END ").append(kind).append("-----\n");
    }
    Files.writeString(file, text);
  }
}
