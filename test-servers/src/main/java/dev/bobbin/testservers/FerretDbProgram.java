package dev.bobbin.testservers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * FerretDB over SQLite files in its data folder.
 *
 * @param tls whether it takes TLS, and nothing else then, with the certificate in its data folder
 * @param password the superuser's; null where there are no users
 */
record FerretDbProgram(FerretDb ferretDb, boolean tls, @Nullable String password)
    implements ServerProgram {
  /** The certificate's name in the data folder. */
  static final String CERTIFICATE = "server.crt";

  /** Its key's name in the data folder. */
  static final String KEY = "server.key";

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
                "--listen-addr=" + (tls ? "" : address),
                "--debug-addr=",
                "--telemetry=disable",
                "--log-level=INFO"));
    if (tls) {
      command.add("--listen-tls=" + address);
      command.add("--listen-tls-cert-file=" + data.resolve(CERTIFICATE));
      command.add("--listen-tls-key-file=" + data.resolve(KEY));
    }
    if (password != null) {
      command.add("--test-enable-new-auth");
      command.add("--setup-database=admin");
      command.add("--setup-username=" + MongoAddress.SUPERUSER);
      command.add("--setup-password=" + password);
    }
    return command;
  }

  @Override
  public String readiness() {
    return tls ? "Listening on TLS " : "Listening on TCP ";
  }

  @Override
  public String portTaken() {
    return "address already in use";
  }

  /** Asked nicely, it would wait for its clients. */
  @Override
  public String end() {
    return "KILL";
  }
}
