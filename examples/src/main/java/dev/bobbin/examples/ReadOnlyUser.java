package dev.bobbin.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;

/**
 * The database user that Bobbin needs: one that may read, and nothing else. The SQL is in {@code
 * read-only-user.sql}; here the names in it are replaced by others.
 */
public final class ReadOnlyUser {

  private static final String SCRIPT = "read-only-user.sql";

  private ReadOnlyUser() {}

  /**
   * The statements that make the user, for a superuser or the database's owner who may create
   * roles.
   *
   * @param database the database to be read, which the statements have to be executed in
   * @param user the name of the new role
   * @param password its password
   */
  public static List<String> statements(String database, String user, String password) {
    return Arrays.stream(script().replaceAll("(?m)^--.*$", "").split(";"))
        .map(String::strip)
        .filter(statement -> !statement.isEmpty())
        .map(
            statement ->
                statement
                    .replace("DATABASE \"shop\"", "DATABASE " + identifier(database))
                    .replace("\"bobbin\"", identifier(user))
                    .replace("'<password>'", literal(password)))
        .toList();
  }

  private static String script() {
    try (InputStream in = ReadOnlyUser.class.getResourceAsStream(SCRIPT)) {
      if (in == null) {
        throw new IllegalStateException("No resource " + SCRIPT);
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String identifier(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
