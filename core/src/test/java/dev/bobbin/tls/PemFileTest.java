package dev.bobbin.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.testservers.CertificateAuthority;
import dev.bobbin.testservers.CertificateAuthority.Issued;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemFileTest {

  private static final String PASSPHRASE = "open-Sesame-canary";

  /** By OpenSSL 3.0: {@code openssl genpkey -algorithm ed25519 | openssl pkcs8 -topk8}. */
  private static final String BY_OPENSSL =
      """
      -----BEGIN ENCRYPTED PRIVATE KEY-----
      MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjya1uPs5psnQICCAAw
      DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEA2b7I5FnIeg5rlHziSURkkEQFas
      lJSkdqVeAOkjOYEwCkiIPJjIjNSz36JzVIj0o9ms2xwxSebAploHPnDdJgVYt6OJ
      EBhqsI12vnyg3QpIab0=
      -----END ENCRYPTED PRIVATE KEY-----
      """;

  private static CertificateAuthority authority;
  private static Issued issued;

  @TempDir private Path folder;

  @BeforeAll
  static void create() {
    authority = CertificateAuthority.create();
    issued = authority.issueForLoopback();
  }

  private PemFile file(String text) throws IOException {
    return PemFile.read(Files.writeString(folder.resolve("file.pem"), text), "test file");
  }

  private static String pem(String label, byte[] content) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content)
        + "\n-----END "
        + label
        + "-----\n";
  }

  private static PrivateKey key(String algorithm) throws Exception {
    return KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate();
  }

  @Test
  void readsAllCertificatesWhateverStandsBetweenThem() throws Exception {
    String one = Files.readString(authority.certificate());
    String other = Files.readString(issued.certificate());
    assertThat(
            file("# a bundle\n" + one + "\nsubject=CN = another\n" + other.replace("\n", "\r\n"))
                .certificates())
        .extracting(c -> c.getSubjectX500Principal().getName())
        .containsExactly("CN=Bobbin test authority", "CN=localhost");
  }

  @Test
  void refusesABundleThatIsCutOffRatherThanTrustingFewerRoots() throws Exception {
    String one = Files.readString(authority.certificate());
    String both = one + Files.readString(issued.certificate());
    assertThatThrownBy(() -> file(both.substring(0, both.length() - 300)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("The last certificate in the test file " + folder)
        .hasMessageContaining("is damaged. Copy the file anew.");
  }

  @Test
  void namesTheCertificateThatIsDamaged() throws Exception {
    String one = Files.readString(authority.certificate());
    String[] lines = Files.readString(issued.certificate()).split("\n");
    lines[3] = "";
    assertThatThrownBy(() -> file(one + String.join("\n", lines)).certificates())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("The certificate number 2 in the test file")
        .hasMessageContaining("is damaged");
  }

  @Test
  void saysHowToMakePemOfDer() throws Exception {
    Path der = folder.resolve("ca.der");
    Files.write(
        der, file(Files.readString(authority.certificate())).certificates().get(0).getEncoded());
    assertThatThrownBy(() -> PemFile.read(der, "file of trusted roots").certificates())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("ca.der holds no certificate in PEM")
        .hasMessageContaining("openssl x509 -inform der");
  }

  @Test
  void namesAFileThatIsMissingOrCannotBeRead() {
    assertThatThrownBy(() -> PemFile.read(folder.resolve("none.pem"), "client key"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("The client key")
        .hasMessageContaining("none.pem does not exist");
    assertThatThrownBy(() -> PemFile.read(folder, "client key"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cannot be read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC", "Ed25519"})
  void readsKeysOfEachAlgorithm(String algorithm) throws Exception {
    PrivateKey key = key(algorithm);
    assertThat(file(pem("PRIVATE KEY", key.getEncoded())).privateKey(null)).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 2048})
  void readsRsaKeysInTheOldForm(int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    PrivateKey key = generator.generateKeyPair().getPrivate();
    byte[] pkcs8 = key.getEncoded();
    // The octet string at the end of PKCS #8 (RFC 5208, 5) is PKCS #1.
    byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length);
    assertThat(file(pem("RSA PRIVATE KEY", pkcs1)).privateKey(null)).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PBEWithHmacSHA256AndAES_256",
        "PBEWithHmacSHA1AndAES_128",
        "PBEWithSHA1AndDESede"
      })
  void decryptsKeysWithTheirPassphrase(String algorithm) throws Exception {
    PrivateKey key = key("EC");
    PemFile file = file(pem("ENCRYPTED PRIVATE KEY", encrypted(key, algorithm)));
    assertThat(file.privateKey(() -> PASSPHRASE)).isEqualTo(key);
    assertThatThrownBy(() -> file.privateKey(() -> "another-canary"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cannot be decrypted: the passphrase is wrong")
        .hasMessageNotContaining("canary")
        .hasNoCause();
    assertThatThrownBy(() -> file.privateKey(null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("is encrypted")
        .hasMessageContaining("clientCertificate(certificate, key, passphrase)");
    assertThatThrownBy(() -> file.privateKey(() -> null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("gave null");
  }

  private static byte[] encrypted(PrivateKey key, String algorithm) throws Exception {
    Cipher cipher = Cipher.getInstance(algorithm);
    cipher.init(
        Cipher.ENCRYPT_MODE,
        SecretKeyFactory.getInstance(algorithm)
            .generateSecret(new PBEKeySpec(PASSPHRASE.toCharArray())));
    byte[] content = cipher.doFinal(key.getEncoded());
    // By the name that the JDK knows the parameters of all PBES2 by.
    AlgorithmParameters parameters =
        algorithm.contains("Hmac")
            ? AlgorithmParameters.getInstance("PBES2")
            : cipher.getParameters();
    if (algorithm.contains("Hmac")) {
      parameters.init(cipher.getParameters().getEncoded());
    }
    return new EncryptedPrivateKeyInfo(parameters, content).getEncoded();
  }

  @Test
  void decryptsWhatOpensslEncrypts() throws Exception {
    assertThat(file(BY_OPENSSL).privateKey(() -> "opensesame").getAlgorithm()).isEqualTo("EdDSA");
  }

  @Test
  void saysHowToMakeAKeyThatCanBeRead() {
    for (String text :
        new String[] {
          pem("EC PRIVATE KEY", new byte[40]), // SEC 1
          """
          -----BEGIN RSA PRIVATE KEY-----
          Proc-Type: 4,ENCRYPTED
          DEK-Info: AES-128-CBC,00

          AAAA
          -----END RSA PRIVATE KEY-----
          """,
          pem("CERTIFICATE", new byte[40])
        }) {
      assertThatThrownBy(() -> file(text).privateKey(null))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("holds no private key of a kind that can be read")
          .hasMessageContaining("openssl pkcs8 -topk8");
    }
  }

  @Test
  void saysThatAKeyIsDamaged() throws Exception {
    byte[] half = Arrays.copyOf(key("EC").getEncoded(), 30);
    for (String label : new String[] {"PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"}) {
      assertThatThrownBy(() -> file(pem(label, half)).privateKey(() -> PASSPHRASE))
          .as(label)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("The private key in the test file")
          .hasMessageContaining("is damaged");
    }
  }
}
