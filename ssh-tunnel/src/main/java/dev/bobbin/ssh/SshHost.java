package dev.bobbin.ssh;

import dev.bobbin.error.ConfigurationException;

/**
 * The name and port of an SSH server.
 *
 * @param name a name or an address, without brackets
 * @param port 1 to 65535
 */
record SshHost(String name, int port) {

  static final int DEFAULT_PORT = 22;

  SshHost {
    if (name.startsWith("[") && name.endsWith("]")) {
      name = name.substring(1, name.length() - 1);
    }
    if (name.isBlank() || name.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
      throw new ConfigurationException(
          "The name of the SSH server is empty, or has spaces or control characters in it.",
          "Write via(\"bastion.example.com\").");
    }
    int at = name.lastIndexOf('@');
    if (at >= 0) {
      throw new ConfigurationException(
          "The name of the SSH server, " + name + ", holds a user.",
          "Write via(\"" + name.substring(at + 1) + "\").user(\"" + name.substring(0, at) + "\").");
    }
    int colon = name.indexOf(':');
    if (colon >= 0 && colon == name.lastIndexOf(':')) {
      throw new ConfigurationException(
          "The name of the SSH server, " + name + ", holds a port.",
          "Write via(\"" + name.substring(0, colon) + "\", " + name.substring(colon + 1) + ").");
    }
    if (port < 1 || port > 65_535) {
      throw new ConfigurationException(
          "The port of the SSH server " + name + " is " + port + ".",
          "Write a port from 1 to 65535; SSH's own is 22.");
    }
  }

  @Override
  public String toString() {
    return text(name, port);
  }

  /** An address's colons are kept apart from the port's. */
  static String text(String host, int port) {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
