package dev.bobbin.testservers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The account that a server runs under. Database servers refuse to run as root, so root steps down:
 * into a user namespace of its own where the kernel allows it, else to the uid 65534.
 */
enum Account {
  /** An ordinary user runs servers as itself. */
  OWN(""),
  /** Root in an unmapped user namespace: files stay root's, the server sees itself as nobody. */
  NAMESPACE("unshare -U"),
  /** Root gives its server's files away and runs it as nobody. */
  NOBODY("setpriv --reuid=65534 --regid=65534 --clear-groups");

  /** A system property that names the account to use, to try one that would not be chosen. */
  static final String PROPERTY = "bobbin.testservers.account";

  private static final int NOBODYS_ID = 65534;

  private final String prefix;

  Account(String prefix) {
    this.prefix = prefix;
  }

  static Account current() {
    return Chosen.ACCOUNT;
  }

  List<String> command(List<String> command) {
    if (prefix.isEmpty()) {
      return command;
    }
    List<String> whole = new ArrayList<>(List.of(prefix.split(" ")));
    whole.addAll(command);
    return whole;
  }

  /** Makes {@code file} the account's own. */
  void own(Path file) throws IOException {
    if (this == NOBODY) {
      Files.setAttribute(file, "unix:uid", NOBODYS_ID);
      Files.setAttribute(file, "unix:gid", NOBODYS_ID);
    }
  }

  private static Account choose() {
    String forced = System.getProperty(PROPERTY);
    if (forced != null) {
      return valueOf(forced);
    }
    if (!isRoot()) {
      return OWN;
    }
    return Arrays.stream(new Account[] {NAMESPACE, NOBODY})
        .filter(account -> succeeds(account.command(List.of("true"))))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "Database servers refuse to run as root, and neither 'unshare -U' nor 'setpriv'"
                        + " works here: run the tests as an ordinary user"));
  }

  private static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException | UnsupportedOperationException e) {
      return System.getProperty("user.name").equals("root");
    }
  }

  private static boolean succeeds(List<String> command) {
    try {
      return Command.run(command, "").exitCode() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Defers the choice, which starts processes, to the first use. */
  private static final class Chosen {
    private static final Account ACCOUNT = choose();
  }
}
