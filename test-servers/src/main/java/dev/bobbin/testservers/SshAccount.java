package dev.bobbin.testservers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The account that an SSH server runs under, which is the only one that can log in at it: an {@code
 * sshd} that is not root's cannot become anybody else.
 *
 * @param prefix what a command begins with to run under it
 * @param id whom the server's files are given to; null where they stay what they are
 * @param user its name, to log in with
 */
record SshAccount(List<String> prefix, @Nullable Integer id, String user) {
  /** As nobody's account is locked to whom cannot read the shadow file. */
  private static final int DAEMONS_ID = 1;

  static SshAccount current() throws IOException {
    Account account = Account.current();
    if (account == Account.NOBODY) {
      List<String> daemon =
          List.of("setpriv", "--reuid=" + DAEMONS_ID, "--regid=" + DAEMONS_ID, "--clear-groups");
      return new SshAccount(daemon, DAEMONS_ID, userOf(daemon));
    }
    List<String> own = account.command(List.of());
    return new SshAccount(own, null, userOf(own));
  }

  List<String> command(List<String> command) {
    List<String> whole = new ArrayList<>(prefix);
    whole.addAll(command);
    return whole;
  }

  /** Makes {@code file} the account's own. */
  void own(Path file) throws IOException {
    if (id != null) {
      Files.setAttribute(file, "unix:uid", id);
      Files.setAttribute(file, "unix:gid", id);
    }
  }

  private static String userOf(List<String> prefix) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of("id", "-un"));
    Command done = Command.run(command, "");
    if (done.exitCode() != 0) {
      throw new IOException("The account has no name to log in with: " + done.output().strip());
    }
    return done.output().strip();
  }
}
