package dev.bobbin.ssh;

import java.util.HashSet;
import java.util.Set;

/**
 * The passwords that a server has refused while a session was wanted. They are not tried again: a
 * server may lock an account after a few failures. Thread-safe; shows none.
 */
final class PasswordMemory {

  private final Set<String> refused = new HashSet<>();

  synchronized boolean isRefused(String password) {
    return refused.contains(password);
  }

  synchronized void refused(String password) {
    refused.add(password);
  }

  synchronized void forget() {
    refused.clear();
  }
}
