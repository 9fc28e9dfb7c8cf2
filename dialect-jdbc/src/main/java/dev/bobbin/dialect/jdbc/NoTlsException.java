package dev.bobbin.dialect.jdbc;

import javax.net.ssl.SSLException;

/** A server that was asked for TLS and offers none. */
final class NoTlsException extends SSLException {

  private static final long serialVersionUID = 1L;

  NoTlsException() {
    super("the server offers no TLS");
  }
}
