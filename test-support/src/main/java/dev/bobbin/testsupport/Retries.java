package dev.bobbin.testsupport;

import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What a run says of its retries; something can happen at each. Thread-safe. */
public final class Retries implements ReplicatorListener {
  private final List<BobbinException> causes = new ArrayList<>();
  private final Runnable onRetry;

  public Retries() {
    this(() -> {});
  }

  public Retries(Runnable onRetry) {
    this.onRetry = onRetry;
  }

  /** How many there were in all tables. */
  public static int in(RunReport report) {
    return report.tables().stream().mapToInt(RunReport.TableReport::retries).sum();
  }

  /** Whether it is a failure of the source that may be gone at the next attempt. */
  public static boolean isTransient(BobbinException failure) {
    return failure instanceof SourceException source
        && source.kind() == SourceException.Kind.TRANSIENT;
  }

  @Override
  public void onRetry(TableId table, int attempt, Duration pause, BobbinException cause) {
    synchronized (causes) {
      causes.add(cause);
    }
    onRetry.run();
  }

  /** The failures, in the order in which they were told. */
  public List<BobbinException> causes() {
    synchronized (causes) {
      return List.copyOf(causes);
    }
  }
}
