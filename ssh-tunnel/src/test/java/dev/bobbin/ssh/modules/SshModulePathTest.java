package dev.bobbin.ssh.modules;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.hierynomus.asn1.ASN1InputStream;
import dev.bobbin.spi.Tunnel;
import dev.bobbin.spi.TunnelProvider;
import dev.bobbin.ssh.SshTunnel;
import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.SshKeyFile;
import dev.bobbin.testservers.SshServer;
import dev.bobbin.testsupport.ChildJvms;
import dev.bobbin.testsupport.NamedModules;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import net.schmizz.sshj.SSHClient;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Tunnels as named modules, in a JVM of its own; in a package that no module has. */
@EnabledIf("dev.bobbin.testservers.SshServer#isAvailable")
class SshModulePathTest {

  /** The application: on the class path, so it sees just what the modules export. */
  static final class Application {
    private Application() {}

    public static void main(String[] args) throws IOException {
      for (Class<?> type : List.of(TunnelProvider.class, SshTunnel.class, SSHClient.class)) {
        System.out.println("module " + type.getModule().getName());
      }
      SshTunnel provider =
          SshTunnel.via(args[0], Integer.parseInt(args[1]))
              .user(args[2])
              .key(Path.of(args[3]))
              .hostKey(args[4]);
      try (Tunnel tunnel = provider.open("127.0.0.1", Integer.parseInt(args[5]));
          Socket socket = tunnel.connect()) {
        System.out.println(new String(socket.getInputStream().readAllBytes(), US_ASCII));
      }
    }
  }

  @TempDir private Path folder;

  @Test
  void leadsThroughARealServerAsNamedModules() throws IOException {
    SshKeyFile key = SshKeyFile.generate(folder.resolve("key"), "ed25519");
    try (SshServer server = SshServer.start(key);
        ServerSocket far = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ChildJvm child =
            NamedModules.child(
                    Application.class,
                    "dev.bobbin.ssh",
                    SshTunnel.class,
                    SSHClient.class,
                    ASN1InputStream.class,
                    BouncyCastleProvider.class,
                    PEMParser.class,
                    CMSObjectIdentifiers.class)
                .arguments(
                    server.host(),
                    Integer.toString(server.port()),
                    server.user(),
                    key.file().toString(),
                    server.hostKeyFingerprint(),
                    Integer.toString(far.getLocalPort()))
                .start()) {
      far.setSoTimeout(60_000);
      try (Socket accepted = far.accept()) {
        accepted.getOutputStream().write("hello".getBytes(US_ASCII));
      }
      ChildJvms.awaitSuccess(child);
      assertThat(child.lines())
          .containsExactly(
              "module dev.bobbin.core",
              "module dev.bobbin.ssh",
              "module com.hierynomus.sshj",
              "hello");
    }
  }
}
