package dev.bobbin.testservers;

import java.io.IOException;

/** A server with MongoDB's protocol that this module started, in this JVM or beside it. */
interface MongoControl extends AutoCloseable {

  /** That of the last start; 0 before the first. */
  int port();

  boolean isRunning();

  /** Starts, on the port of the last time if there was one, and returns when it takes commands. */
  void start() throws IOException;

  /** Ends it at once, and all connections to it. Does nothing where it does not run. */
  void kill() throws IOException;

  /** Replaces the certificate that it offers TLS with, from the next start on. */
  void use(CertificateAuthority.Issued certificate) throws IOException;

  /** Ends it at once and deletes its data. */
  @Override
  void close() throws IOException;
}
