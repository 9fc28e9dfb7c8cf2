package dev.bobbin.ssh;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where the private key comes from by which a user logs in. Immutable. */
sealed interface LoginKey {

  /** The pair; a file is read anew each time, so that it may be replaced. */
  SshKeyPair pair();

  /** Where it comes from, for messages. */
  String origin();

  /**
   * A private key file.
   *
   * @param passphrase null if the file is not encrypted
   */
  record OfFile(Path path, @Nullable Supplier<String> passphrase) implements LoginKey {

    @Override
    public SshKeyPair pair() {
      return PrivateKeyFile.read(path, passphrase);
    }

    @Override
    public String origin() {
      return " of " + path;
    }
  }

  /** A pair that the host has. */
  record Given(SshKeyPair pair) implements LoginKey {

    @Override
    public String origin() {
      return "";
    }
  }
}
