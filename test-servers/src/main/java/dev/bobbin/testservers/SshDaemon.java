package dev.bobbin.testservers;

import java.nio.file.Path;
import java.util.List;

/** OpenSSH's {@code sshd}, in the foreground. */
record SshDaemon(SshPrograms programs, SshAccount account) implements ServerProgram {
  static final String CONFIG = "sshd_config";

  @Override
  public String name() {
    return "OpenSSH";
  }

  @Override
  public List<String> command(Path data, int port) {
    return account.command(
        programs.sshd(List.of("-D", "-e", "-f", data.resolve(CONFIG).toString(), "-p", "" + port)));
  }

  @Override
  public String readiness() {
    return "Server listening on ";
  }

  @Override
  public String portTaken() {
    return "Address already in use";
  }

  @Override
  public String end() {
    return "TERM";
  }
}
