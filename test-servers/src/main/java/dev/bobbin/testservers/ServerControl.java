package dev.bobbin.testservers;

import java.io.IOException;

/** A server that this module started, in a process of its own or in this one. */
interface ServerControl extends AutoCloseable {

  /** That of the last start; 0 before the first. */
  int port();

  boolean isRunning();

  /** Starts, on the port of the last time if there was one, and returns when it takes queries. */
  void start() throws IOException;

  /** Ends it at once, and all connections to it. Does nothing where it does not run. */
  void kill() throws IOException;

  /** Ends it at once and deletes its data. */
  @Override
  void close() throws IOException;
}
