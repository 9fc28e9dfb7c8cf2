package dev.bobbin.benchmarks;

/** A server that tells which statements it got. */
interface CountingServer extends DatabaseServer {

  /** Something that is done with the server. */
  @FunctionalInterface
  interface Use {
    void run() throws Exception;
  }

  /** The statements that the server gets from Bobbin during a use. */
  StatementCount statements(String database, Use use) throws Exception;
}
