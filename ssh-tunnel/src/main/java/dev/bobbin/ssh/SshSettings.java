package dev.bobbin.ssh;

import com.hierynomus.sshj.key.KeyAlgorithms;
import com.hierynomus.sshj.transport.cipher.BlockCiphers;
import com.hierynomus.sshj.transport.cipher.ChachaPolyCiphers;
import com.hierynomus.sshj.transport.kex.DHGroups;
import com.hierynomus.sshj.transport.kex.ExtInfoClientFactory;
import com.hierynomus.sshj.transport.mac.Macs;
import java.time.Duration;
import java.util.List;
import net.schmizz.keepalive.KeepAliveProvider;
import net.schmizz.keepalive.KeepAliveRunner;
import net.schmizz.sshj.DefaultConfig;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.transport.kex.Curve25519SHA256;
import net.schmizz.sshj.transport.kex.DHGexSHA256;
import net.schmizz.sshj.transport.kex.ECDHNistP;

/**
 * The algorithms that we offer an SSH server, and how often it is asked for a sign of life.
 *
 * <p>None is offered that OpenSSH 9 does not offer by default; their order is that of their speed
 * in a JVM: see docs/decisions/0027-speed-of-the-tunnel.md.
 */
final class SshSettings {
  private SshSettings() {}

  /**
   * A client that is not connected yet, without a way to verify host keys.
   *
   * @param keepAlive between two questions whether the server is there; whole seconds, at least one
   */
  static SSHClient newClient(Duration keepAlive) {
    SSHClient client = new SSHClient(config());
    // Set after the connect, sshj would not notice.
    KeepAliveRunner runner = (KeepAliveRunner) client.getConnection().getKeepAlive();
    runner.setKeepAliveInterval((int) Math.max(1, keepAlive.toSeconds()));
    // The answers may wait behind data: WatchedSocket ends the session, when nothing comes at all.
    runner.setMaxAliveCount(Integer.MAX_VALUE);
    return client;
  }

  private static DefaultConfig config() {
    DefaultConfig config = new Algorithms();
    config.setKeepAliveProvider(KeepAliveProvider.KEEP_ALIVE);
    return config;
  }

  /** sshj's own settings, but for the lists of algorithms. */
  private static final class Algorithms extends DefaultConfig {
    @Override
    protected void initKeyExchangeFactories() {
      setKeyExchangeFactories(
          List.of(
              new Curve25519SHA256.Factory(),
              new Curve25519SHA256.FactoryLibSsh(),
              new ECDHNistP.Factory256(),
              new ECDHNistP.Factory384(),
              new ECDHNistP.Factory521(),
              new DHGexSHA256.Factory(),
              DHGroups.Group16SHA512(),
              DHGroups.Group18SHA512(),
              DHGroups.Group14SHA256(),
              new ExtInfoClientFactory()));
    }

    @Override
    protected void initKeyAlgorithms() {
      setKeyAlgorithms(
          List.of(
              KeyAlgorithms.EdDSA25519(),
              KeyAlgorithms.ECDSASHANistp256(),
              KeyAlgorithms.ECDSASHANistp384(),
              KeyAlgorithms.ECDSASHANistp521(),
              KeyAlgorithms.RSASHA512(),
              KeyAlgorithms.RSASHA256()));
    }

    @Override
    protected void initCipherFactories() {
      setCipherFactories(
          List.of(
              AesGcmCipher.ofBits(128),
              AesGcmCipher.ofBits(256),
              ChachaPolyCiphers.CHACHA_POLY_OPENSSH(),
              BlockCiphers.AES128CTR(),
              BlockCiphers.AES192CTR(),
              BlockCiphers.AES256CTR()));
    }

    @Override
    protected void initMACFactories() {
      setMACFactories(
          List.of(
              Macs.HMACSHA2256Etm(),
              Macs.HMACSHA2512Etm(),
              Macs.HMACSHA2256(),
              Macs.HMACSHA2512()));
    }
  }
}
