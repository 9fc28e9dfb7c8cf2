package dev.bobbin.testservers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A mysqld or mariadbd with these settings. */
record MySqlProgram(MySqlBinaries binaries, MySqlSettings settings) implements ServerProgram {

  @Override
  public String name() {
    return binaries.product();
  }

  @Override
  public List<String> command(Path data, int port) {
    return binaries.command(settings.options(data, port));
  }

  /** The lock holds a process id, which may be another process's by now. */
  @Override
  public void sweep(Path data) throws IOException {
    Files.deleteIfExists(data.resolve("mysql.sock.lock"));
  }

  @Override
  public String readiness() {
    return "ready for connections";
  }

  @Override
  public String portTaken() {
    return "Bind on TCP/IP port";
  }

  @Override
  public String end() {
    return "KILL";
  }
}
