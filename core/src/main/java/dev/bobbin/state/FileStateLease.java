package dev.bobbin.state;

import dev.bobbin.error.StateException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lease that an operating system's lock on the file {@code lock} keeps, which goes with the
 * process.
 *
 * <p>Closing any channel on a file drops all locks that the process has on it (POSIX fcntl). A
 * second attempt in the same process must therefore not even open the lock file: it finds in the
 * file {@code holder} that this process has it. {@link #JVM_WIDE} keeps two threads from looking at
 * the same time. If the lock is lost nevertheless, the next holder writes its token over ours,
 * which every save compares.
 */
final class FileStateLease implements StateLease {

  private static final Logger LOG = LoggerFactory.getLogger(FileStateLease.class);

  private static final String LOCK = "lock";
  private static final String HOLDER = "holder";

  /** The name of the document that holds the last fencing token, and its owner. */
  private static final String TOKEN = "lease";

  private static final int STRIPES = 16;

  /** A monitor that is the same for all class loaders, as the process's locks are. */
  private static final Object JVM_WIDE = "dev.bobbin.state.FileStateLease".intern();

  private final String replicator;
  private final Path folder;
  private final StateFolder documents;
  private final StateFolder leases;
  private final String owner;
  private final FileChannel channel;
  private final FileLock lock;
  private final @Nullable Object lockFileKey;
  private final boolean syncFolder;
  private final long token;
  private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
  private final ReentrantLock[] stripes =
      Stream.generate(ReentrantLock::new).limit(STRIPES).toArray(ReentrantLock[]::new);
  private boolean closed;

  private FileStateLease(
      String replicator, Path folder, String owner, FileChannel channel, FileLock lock)
      throws IOException {
    this.replicator = replicator;
    this.folder = folder;
    this.documents = new StateFolder(folder);
    this.leases = new StateFolder(folder.resolve(TOKEN));
    this.owner = owner;
    this.channel = channel;
    this.lock = lock;
    this.lockFileKey = fileKey(folder.resolve(LOCK));
    this.syncFolder = DurableFiles.canSync(folder);
    DurableFiles.createFolders(leases.path());
    documents.deleteTemporaryFiles();
    leases.deleteTemporaryFiles();
    this.token = nextToken();
    leases.save(new StateFile(TOKEN, token, owner), owner, syncFolder, () -> {});
  }

  /** Takes the lease; the folder is created if need be. */
  static FileStateLease take(String replicator, Path folder, Clock clock) {
    synchronized (JVM_WIDE) {
      try {
        DurableFiles.createFolders(folder);
        Path real = folder.toRealPath();
        String owner = UUID.randomUUID().toString();
        LeaseHolder self = LeaseHolder.here(owner, clock.instant());
        Optional<LeaseHolder> other = LeaseHolder.read(real.resolve(HOLDER));
        if (other.isPresent() && other.get().isSameProcessAs(self)) {
          throw inUse(replicator, "this same process (" + other.get() + ")", real);
        }
        return lock(replicator, real, owner, self);
      } catch (IOException e) {
        throw new StateException(
            "The lease on the state of replicator "
                + replicator
                + " cannot be taken in "
                + folder
                + ": "
                + StateFolder.reason(e)
                + ".",
            "The folder must be writable, have room, and lie on a file system with locks.",
            e);
      }
    }
  }

  private static FileStateLease lock(String replicator, Path folder, String owner, LeaseHolder self)
      throws IOException {
    FileChannel channel = DurableFiles.openForLocking(folder.resolve(LOCK));
    boolean taken = false;
    try {
      FileLock lock;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        throw inUse(replicator, "this same process", folder);
      }
      if (lock == null) {
        throw inUse(
            replicator,
            LeaseHolder.read(folder.resolve(HOLDER))
                .map(LeaseHolder::toString)
                .orElse("another process"),
            folder);
      }
      self.write(folder.resolve(HOLDER));
      try {
        FileStateLease lease = new FileStateLease(replicator, folder, owner, channel, lock);
        taken = true;
        return lease;
      } finally {
        if (!taken) {
          Files.deleteIfExists(folder.resolve(HOLDER));
        }
      }
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  private static StateException inUse(String replicator, String holder, Path folder) {
    return new StateException(
        "The state of replicator " + replicator + " in " + folder + " is in use by " + holder + ".",
        "Wait until that run ends, or stop it; the lease goes with its process."
            + " Give a second replicator a name of its own.",
        null);
  }

  /** Greater than any that can have been given out before. */
  private long nextToken() {
    long issued =
        leases
            .read(TOKEN)
            // of a damaged file, the one before is known; the damaged one was the next
            .map(last -> last.file().token() + (last.recovered() ? 1 : 0))
            .orElse(0L);
    return Math.max(issued, documents.greatestToken()) + 1;
  }

  @Override
  public long fencingToken() {
    return token;
  }

  @Override
  public void save(String name, String content) {
    change(
        name,
        () -> {
          StateFile file = new StateFile(name, token, content);
          documents.save(file, owner, syncFolder, this::requireHeld);
        });
  }

  @Override
  public void delete(String name) {
    change(name, () -> documents.delete(name, syncFolder));
  }

  @Override
  public void renew() {
    open.readLock().lock();
    try {
      requireHeld();
    } finally {
      open.readLock().unlock();
    }
  }

  private void change(String name, Runnable change) {
    ReentrantLock stripe = stripes[Math.floorMod(name.hashCode(), STRIPES)];
    open.readLock().lock();
    try {
      stripe.lock();
      try {
        requireHeld();
        change.run();
      } finally {
        stripe.unlock();
      }
    } finally {
      open.readLock().unlock();
    }
  }

  private void requireHeld() {
    if (closed) {
      throw lost("is closed");
    }
    if (!lock.isValid()) {
      throw lost("was lost: the lock file was closed");
    }
    try {
      if (lockFileKey != null && !lockFileKey.equals(fileKey(folder.resolve(LOCK)))) {
        throw lost("was lost: the lock file was replaced");
      }
    } catch (NoSuchFileException e) {
      throw lost("was lost: the lock file was deleted");
    } catch (IOException e) {
      throw StateFolder.unreadable(folder.resolve(LOCK), e);
    }
    Optional<StateFolder.Generation> last = leases.read(TOKEN);
    if (last.isEmpty()) {
      throw lost("was lost: the file with its token was deleted");
    }
    if (last.get().file().token() != token || !last.get().file().content().equals(owner)) {
      throw lost("was lost: another run has taken it");
    }
  }

  private StateException lost(String what) {
    return new StateException(
        "The lease on the state of replicator " + replicator + " in " + folder + " " + what + ".",
        "Nothing was saved, and what was saved before still stands; take a new lease.",
        null);
  }

  private static @Nullable Object fileKey(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      synchronized (JVM_WIDE) {
        Path holder = folder.resolve(HOLDER);
        try (channel) {
          if (LeaseHolder.read(holder).filter(h -> h.owner().equals(owner)).isPresent()) {
            Files.deleteIfExists(holder);
          }
        } catch (IOException e) {
          LOG.warn("The lease on the state in {} was not given back cleanly", folder, e);
        }
      }
    } finally {
      open.writeLock().unlock();
    }
  }
}
