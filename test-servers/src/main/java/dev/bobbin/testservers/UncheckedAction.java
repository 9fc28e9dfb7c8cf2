package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Something done to a server, whose {@link IOException}s become {@link UncheckedIOException}s. */
interface UncheckedAction {
  void act() throws IOException;

  static void run(UncheckedAction action) {
    try {
      action.act();
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
