package dev.bobbin.testservers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What runs as a server over a data folder, and what it says of itself in its log. */
interface ServerProgram {

  /** Its name in messages. */
  String name();

  /** The command that serves this data folder on this port until it is told to stop. */
  List<String> command(Path data, int port);

  /** Clears away what a crashed server has left in its data folder and would stumble over. */
  default void sweep(Path data) throws IOException {}

  /** What the log holds once it takes queries. */
  String readiness();

  /** What the log holds where another process has the port. */
  String portTaken();

  /** The signal that ends it at once and in peace, where the data does not matter any more. */
  String end();
}
