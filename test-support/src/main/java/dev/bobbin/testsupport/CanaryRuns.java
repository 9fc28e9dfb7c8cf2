package dev.bobbin.testsupport;

import static dev.bobbin.select.TableSelection.table;

import dev.bobbin.error.SinkException;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.spi.SourceDialect;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * The runs of a talkative host over tables with {@linkplain Canaries canaries}: {@code secrets},
 * with a key {@code k} and another one, {@code secrets_too}, {@code large}, which takes long, and
 * {@code huge}, whose rows are larger than allowed.
 */
public final class CanaryRuns {
  /** A supplier of a password that gives none, but fails. */
  public static final Supplier<String> SEALED_VAULT =
      () -> {
        throw new IllegalStateException("the vault is sealed");
      };

  private static final Selection SECRETS = Selection.of(table("secrets").incrementalBy("k"));
  private static final Selection SECRETS_TOO = Selection.of(table("secrets_too"));

  private final TalkativeHost host;

  public CanaryRuns(TalkativeHost host) {
    this.host = host;
  }

  public void copy(String otherKey) {
    host.run("first run", SECRETS, TalkativeHost.showing());
    host.run("second run", SECRETS, TalkativeHost.showing());
    host.run("other key", Selection.of(table("secrets").incrementalBy(otherKey)), batch -> {});
    host.run("full table", SECRETS_TOO, TalkativeHost.showing());
  }

  /** Views whose expressions fail, each run named as its view. */
  public void readViews(String... views) {
    for (String view : views) {
      host.run(view, Selection.of(table(view)), TalkativeHost.showing());
    }
  }

  public void failInTheSink() {
    host.run(
        "failing sink",
        SECRETS_TOO,
        batch -> {
          throw new IOException("the sink's own words");
        });
  }

  public void retryInTheSink() {
    host.run(
        "retried sink",
        SECRETS_TOO,
        batch -> {
          throw SinkException.retryable("The sink's own words.", null);
        });
  }

  /** Of a table {@code secrets_null}, whose key {@code k} is NULL in some rows. */
  public void refuseNullKeys() {
    host.run(
        "null keys refused",
        Selection.of(table("secrets_null").incrementalBy("k").nullKeys(NullKeys.FAIL)),
        batch -> {});
  }

  /** With a sink that breaks the connections. */
  public void breakConnections(RecordSink breaking) {
    host.run("broken connections", Selection.of(table("large")), breaking);
  }

  public void exceedTheRowSize() {
    host.run(
        "too large",
        host.replicator().maxRowBytes(2_000).memoryBudget(100_000),
        Selection.of(table("huge")),
        TalkativeHost.showing());
  }

  /** With a dialect whose password the server refuses. */
  public void useAWrongPassword(SourceDialect wrong) {
    host.run("wrong password", host.replicator(wrong), SECRETS, TalkativeHost.showing());
  }

  /** With a dialect whose password comes from {@link #SEALED_VAULT}. */
  public void failToGetAPassword(SourceDialect failing) {
    host.run("failing supplier", host.replicator(failing), SECRETS, TalkativeHost.showing());
  }
}
