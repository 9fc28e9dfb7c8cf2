package dev.bobbin.internal;

import dev.bobbin.check.CheckReport;
import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.BobbinException;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * The check of the way to a source, of the source itself and of a selection, in this order. For one
 * use by one thread.
 */
public final class SourceCheck {

  private final SourceDialect dialect;
  private final RunSettings settings;
  private final int parallelism;
  private final Cancellation cancellation;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * A check that has not begun.
   *
   * @param dialect the source
   * @param settings how the replicator runs
   * @param parallelism how many scans are read at the same time
   * @param cancellation ends the check soon
   */
  public SourceCheck(
      SourceDialect dialect, RunSettings settings, int parallelism, Cancellation cancellation) {
    this.dialect = dialect;
    this.settings = settings;
    this.parallelism = parallelism;
    this.cancellation = cancellation;
  }

  /**
   * Looks at everything that can be looked at.
   *
   * @throws CancellationException if the thread was interrupted, or the replicator closed: what was
   *     found would then speak of that alone
   */
  public CheckReport run(Selection selection) {
    connected().ifPresent(session -> look(session, selection));
    if (Thread.currentThread().isInterrupted() || cancellation.isRequested()) {
      throw new CancellationException("the check of " + dialect.describe() + " was cancelled");
    }
    return new CheckReport(dialect.describe(), findings);
  }

  private Optional<SourceSession> connected() {
    try {
      return dialect.check(settings.source(), findings::add);
    } catch (BobbinException e) {
      findings.add(Finding.failure(Subject.LOGIN, e));
      return Optional.empty();
    }
  }

  private void look(SourceSession session, Selection selection) {
    try (session) {
      cancellation.add(session);
      tell(Subject.ROLE, () -> session.check(settings.clock(), findings::add));
      if (!selection.tables().isEmpty() || !selection.excluded().isEmpty()) {
        // What is saved of earlier runs says nothing about the source.
        ReplicatorState none = ReplicatorState.of(settings.id(), settings.name(), List.of(), null);
        Planner planner = new Planner(none, settings.resetUnfitting(), parallelism);
        tell(
            Subject.TABLE,
            () -> new SelectionCheck(session, planner, findings::add).run(selection));
      }
    } finally {
      cancellation.remove(session);
    }
  }

  private void tell(Subject subject, Runnable step) {
    try {
      step.run();
    } catch (BobbinException e) {
      findings.add(Finding.failure(subject, e));
    }
  }
}
