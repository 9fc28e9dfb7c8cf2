package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A certificate authority of its own that signs certificates for test servers and clients, with the
 * JDK's keytool. Its files live in a temp folder until this JVM ends.
 */
public final class CertificateAuthority {
  private static final char[] STORE_PASSWORD = "testing".toCharArray();
  private static final String OWN_ALIAS = "ca";

  /**
   * A certificate with its key, both PEM files.
   *
   * @param key unencrypted PKCS #8
   */
  public record Issued(Path certificate, Path key) {}

  private final Path folder;

  private CertificateAuthority(Path folder) {
    this.folder = folder;
  }

  /** A new authority, trusted by nobody yet. */
  public static CertificateAuthority create() {
    try {
      Path folder = Files.createTempDirectory("bobbin-test-ca-");
      AtExit.close(() -> Folders.delete(folder));
      CertificateAuthority authority = new CertificateAuthority(folder);
      authority.keytool(OWN_ALIAS, "CN=Bobbin test authority", List.of("-ext", "bc:c"));
      authority.exportTrust(authority.export(OWN_ALIAS).certificate());
      return authority;
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** The authority's own certificate, a PEM file. */
  public Path certificate() {
    return folder.resolve(OWN_ALIAS + ".crt");
  }

  /** A key store of the type PKCS12 that holds the authority's certificate alone. */
  public Path trustStore() {
    return folder.resolve("trust.p12");
  }

  /** The password of {@link #trustStore()}. */
  public String trustStorePassword() {
    return new String(STORE_PASSWORD);
  }

  /** A server's certificate for localhost and 127.0.0.1. */
  public Issued issueForLoopback() {
    return issue("localhost", "dns:localhost,ip:127.0.0.1");
  }

  /**
   * Any certificate.
   *
   * @param commonName becomes {@code CN=}
   * @param alternatives the subject's alternative names as keytool takes them: {@code
   *     dns:db.example.com,ip:127.0.0.1}
   */
  public synchronized Issued issue(String commonName, String alternatives) {
    try {
      String alias = "c" + System.nanoTime();
      keytool(
          alias, "CN=" + commonName, List.of("-signer", OWN_ALIAS, "-ext", "san=" + alternatives));
      return export(alias);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private void keytool(String alias, String name, List<String> more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store().toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(STORE_PASSWORD),
                "-alias",
                alias,
                "-dname",
                name,
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-startdate",
                "-1d",
                "-validity",
                "30"));
    command.addAll(more);
    Command.require(command, "");
  }

  private void exportTrust(Path certificate) throws IOException {
    Command.require(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-importcert",
            "-noprompt",
            "-keystore",
            trustStore().toString(),
            "-storetype",
            "PKCS12",
            "-storepass",
            trustStorePassword(),
            "-alias",
            OWN_ALIAS,
            "-file",
            certificate.toString()),
        "");
  }

  private Issued export(String alias) throws IOException {
    try (InputStream in = Files.newInputStream(store())) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, STORE_PASSWORD);
      Certificate certificate = keys.getCertificate(alias);
      Key key = keys.getKey(alias, STORE_PASSWORD);
      return new Issued(
          pem(alias + ".crt", "CERTIFICATE", certificate.getEncoded()),
          pem(alias + ".key", "PRIVATE KEY", key.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IOException("Could not read what keytool made", e);
    }
  }

  private Path pem(String file, String kind, byte[] content) throws IOException {
    String body = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content);
    return Files.writeString(
        folder.resolve(file),
        "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
  }

  private Path store() {
    return folder.resolve("keys.p12");
  }
}
