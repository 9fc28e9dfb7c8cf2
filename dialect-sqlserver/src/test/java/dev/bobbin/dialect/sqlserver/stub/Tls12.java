package dev.bobbin.dialect.sqlserver.stub;

import dev.bobbin.testservers.CertificateAuthority.Issued;
import java.nio.file.Files;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** TLS of a server, with a certificate that was issued. */
public final class Tls12 {

  private Tls12() {}

  public static SSLContext context(Issued issued) throws Exception {
    Collection<? extends Certificate> chain;
    try (var in = Files.newInputStream(issued.certificate())) {
      chain = CertificateFactory.getInstance("X.509").generateCertificates(in);
    }
    String pem = Files.readString(issued.key());
    byte[] key = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    String algorithm = chain.iterator().next().getPublicKey().getAlgorithm();
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    char[] none = new char[0];
    store.setKeyEntry(
        "server",
        KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key)),
        none,
        chain.toArray(Certificate[]::new));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, none);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }
}
