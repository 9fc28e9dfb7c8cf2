package dev.bobbin.spi;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.TunnelException;
import dev.bobbin.select.Selection;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Knows one kind of source and where one such source is. Immutable; connects only when asked.
 *
 * <p>{@code SourceDialectContract} of the test kit checks what a dialect promises.
 */
public interface SourceDialect {

  /**
   * Connects.
   *
   * @param settings what the host has set for all sources
   * @return a session that the caller closes
   * @throws SourceException if the source cannot be reached or refuses
   * @throws TunnelException if the tunnel cannot be opened
   */
  SourceSession connect(SourceSettings settings);

  /**
   * Tries the way to the source step by step, up to the database itself, and tells of each step
   * what was found. Changes nothing anywhere. Tells of the whole way alone unless overridden.
   *
   * @param settings what the host has set for all sources
   * @param findings is told, in order
   * @return a session that the caller closes; empty where the source cannot be reached
   */
  default Optional<SourceSession> check(SourceSettings settings, Consumer<Finding> findings) {
    try {
      SourceSession session = connect(settings);
      findings.accept(Finding.pass(Subject.LOGIN, "Connected to " + describe() + "."));
      return Optional.of(session);
    } catch (SourceException | ConfigurationException e) {
      findings.accept(Finding.failure(Subject.LOGIN, e));
    } catch (TunnelException e) {
      findings.accept(Finding.failure(Subject.TUNNEL, e));
    }
    return Optional.empty();
  }

  /**
   * The statements that make a user who can read what a selection names, and nothing else, for an
   * administrator to run: with a placeholder where the password belongs, identifiers quoted, each
   * statement on lines of its own and ended as the source's own client wants it. Connects to
   * nothing. Empty, unless overridden, where a source has no users.
   *
   * @param user the name to log in with
   * @param selection tables, by name or pattern
   */
  default String grants(String user, Selection selection) {
    return "";
  }

  /** The source in a few words for messages, for example {@code PostgreSQL shop at db:5432}. */
  String describe();
}
