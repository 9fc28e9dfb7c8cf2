package dev.bobbin.state;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;

/**
 * A store that keeps every document in a file of its own, in one folder per replicator.
 *
 * <p>A document is written to a temporary file, flushed to disk and renamed over the one before,
 * which stays as {@code ….previous}. Each file carries a checksum (SHA-256): a file that is
 * truncated, changed or deleted is replaced by its previous generation, with a warning in the log,
 * and if that is not good either, reading fails. A file of a newer format is refused. Files are
 * readable by their owner alone (mode 600 in folders of mode 700, where the file system has modes),
 * since checkpoints hold values of replication keys.
 *
 * <p>The lease is a lock of the operating system, so that it goes with the process however that
 * ends. Whoever holds it is written in the file {@code holder} beside the file {@code lock};
 * deleting or replacing any of them makes the holder's saves fail. The folder must lie on a file
 * system with working locks and atomic renames: any local one; NFS from version 4 on. Code in the
 * same process must not open the file {@code lock}, for instance to copy the folder: on POSIX
 * systems, closing it again gives up the lock.
 *
 * <p>Immutable and thread-safe; starts no threads. Documents of different names are saved side by
 * side. Threads that are interrupted can read and save, and stay interrupted.
 */
public final class FileStateStore implements StateStore {

  private final Path dir;
  private final Clock clock;

  FileStateStore(Path dir, Clock clock) {
    this.dir = Objects.requireNonNull(dir);
    this.clock = clock;
  }

  /**
   * A store in a folder, which is created with the first lease.
   *
   * @param dir the folder; several replicators, processes and hosts may share it
   */
  public static FileStateStore at(Path dir) {
    return new FileStateStore(dir.toAbsolutePath(), Clock.systemUTC());
  }

  @Override
  public List<StateDocument> read(String replicator) {
    return new StateFolder(dir.resolve(ReplicatorIds.check(replicator))).readAll();
  }

  @Override
  public StateLease lease(String replicator) {
    return FileStateLease.take(replicator, dir.resolve(ReplicatorIds.check(replicator)), clock);
  }

  /** The folder. */
  @Override
  public String toString() {
    return "FileStateStore at " + dir;
  }
}
