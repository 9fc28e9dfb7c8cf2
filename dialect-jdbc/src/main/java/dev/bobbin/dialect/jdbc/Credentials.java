package dev.bobbin.dialect.jdbc;

import java.util.Objects;
import java.util.function.Supplier;

/**
 * A user and where the password comes from: a supplier that is asked for every new connection, so
 * that rotated passwords and short-lived tokens work. Immutable; thread-safe as far as the supplier
 * is.
 *
 * <p>{@link #toString()} shows the user alone.
 */
public final class Credentials {

  private final String user;
  private final Supplier<String> password;

  /**
   * A user and its password.
   *
   * @param user the name to log in with
   * @param password asked for every new connection; an empty text where the server asks for none
   */
  public Credentials(String user, Supplier<String> password) {
    this.user = Objects.requireNonNull(user);
    this.password = Objects.requireNonNull(password);
  }

  /** The name to log in with. */
  public String user() {
    return user;
  }

  /** The password of this moment. */
  Supplier<String> password() {
    return password;
  }

  @Override
  public String toString() {
    return user;
  }
}
