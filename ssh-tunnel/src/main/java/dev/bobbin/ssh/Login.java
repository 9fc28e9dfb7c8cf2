package dev.bobbin.ssh;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who logs in to an SSH server, and by what. Immutable.
 *
 * @param user null if none has been named yet
 * @param key null for none
 * @param password asked for each login; null for none
 */
record Login(@Nullable String user, @Nullable LoginKey key, @Nullable Supplier<String> password) {

  static final Login NONE = new Login(null, null, null);

  Login user(String name) {
    return new Login(name, key, password);
  }

  Login key(LoginKey other) {
    return new Login(user, other, password);
  }

  Login password(Supplier<String> other) {
    return new Login(user, key, other);
  }
}
