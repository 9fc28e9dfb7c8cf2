package dev.bobbin.benchmarks;

import dev.bobbin.Replicator;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TableSelection;
import dev.bobbin.spi.TunnelProvider;
import dev.bobbin.state.FileStateStore;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.state.StateStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bobbin, with settings as they come but for the parallelism and, where said, the state store,
 * which is new for every copy.
 */
final class BobbinPeer implements Peer {

  private final int parallelism;
  private final Supplier<StateStore> store;
  private final @Nullable TunnelProvider tunnel;

  private BobbinPeer(int parallelism, Supplier<StateStore> store, @Nullable TunnelProvider tunnel) {
    this.parallelism = parallelism;
    this.store = store;
    this.tunnel = tunnel;
  }

  /** Remembers each batch in memory alone. */
  static BobbinPeer reading(int parallelism) {
    return new BobbinPeer(parallelism, MemoryStateStore::new, null);
  }

  /** Remembers each batch in a file. */
  static BobbinPeer remembering(int parallelism) {
    return new BobbinPeer(parallelism, () -> FileStateStore.at(newFolder()), null);
  }

  /** Remembers each batch in memory alone, and reads through a tunnel. */
  static BobbinPeer reading(int parallelism, TunnelProvider tunnel) {
    return new BobbinPeer(parallelism, MemoryStateStore::new, tunnel);
  }

  /** A new folder in the working folder, on a disk rather than in memory. */
  static Path newFolder() {
    try {
      return Files.createTempDirectory(Path.of("").toAbsolutePath(), "state-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Replicator.Builder replicator(Source source) {
    return Replicator.from(source.product().dialect(source)).named("benchmark");
  }

  @Override
  public Copied copy(Source source, String table, long rows) {
    CountingSink sink = new CountingSink();
    Replicator.Builder builder =
        replicator(source).rememberIn(store.get()).parallelism(parallelism);
    if (tunnel != null) {
      builder.through(tunnel);
    }
    try (Replicator replicator = builder.build()) {
      replicator.replicate(Selection.of(TableSelection.table(table)), sink).throwIfFailed();
    }
    return sink.copied();
  }
}
