package dev.bobbin.testservers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * FerretDB over SQLite files in its data folder.
 *
 * @param tls whether it takes TLS, and nothing else then
 */
record FerretDbProgram(FerretDb ferretDb, boolean tls) implements ServerProgram {
  private static final String CERTIFICATE = "server.crt";
  private static final String KEY = "server.key";

  /** Where the databases are, below the data folder. */
  static final String DATABASES = "databases";

  @Override
  public String name() {
    return "FerretDB " + ferretDb.version();
  }

  @Override
  public List<String> command(Path data, int port) {
    String address = LoopbackPorts.HOST + ":" + port;
    List<String> command =
        new ArrayList<>(
            List.of(
                ferretDb.executable().toString(),
                "--handler=sqlite",
                "--sqlite-url=file:" + data.resolve(DATABASES) + "/",
                "--state-dir=" + data,
                "--telemetry=disable",
                "--debug-addr=",
                "--log-level=INFO"));
    if (tls) {
      command.addAll(
          List.of(
              "--listen-addr=",
              "--listen-tls=" + address,
              "--listen-tls-cert-file=" + data.resolve(CERTIFICATE),
              "--listen-tls-key-file=" + data.resolve(KEY)));
    } else {
      command.add("--listen-addr=" + address);
    }
    return command;
  }

  /** Takes effect at the next start. */
  static void use(ServerProcess process, CertificateAuthority.Issued certificate)
      throws IOException {
    process.write(CERTIFICATE, Files.readString(certificate.certificate()));
    process.write(KEY, Files.readString(certificate.key()));
  }

  @Override
  public String readiness() {
    return tls ? "Listening on TLS " : "Listening on TCP ";
  }

  @Override
  public String portTaken() {
    return "address already in use";
  }

  /** It waits for its clients where it is asked nicely. */
  @Override
  public String end() {
    return "KILL";
  }
}
