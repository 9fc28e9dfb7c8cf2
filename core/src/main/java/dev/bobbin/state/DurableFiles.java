package dev.bobbin.state;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;

/**
 * Operations on files that only their owner may read, that are on disk once the operation returns,
 * and that a thread can do whose interrupt flag is set: the flag is kept.
 */
final class DurableFiles {

  private DurableFiles() {}

  /** Creates a folder and those above it, with mode 700 where the file system has modes. */
  static void createFolders(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Files.createDirectories(folder, mode(folder, "rwx------"));
    Path above = folder.toAbsolutePath().getParent();
    if (above != null && canSync(above)) {
      sync(above);
    }
  }

  /** Opens a file for locking; it is created with mode 600 where the file system has modes. */
  static FileChannel openForLocking(Path file) throws IOException {
    return FileChannel.open(
        file,
        EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
        mode(file, "rw-------"));
  }

  static byte[] read(Path file) throws IOException {
    return uninterruptibly(() -> Files.readAllBytes(file));
  }

  /** Writes a new file, with mode 600 from the moment it exists. */
  static void write(Path file, byte[] bytes, boolean sync) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(file, mode(file, "rw-------"));
    // Not a channel: an interrupt would close it.
    try (FileOutputStream out = new FileOutputStream(file.toFile())) {
      out.write(bytes);
      if (sync) {
        out.getFD().sync();
      }
    }
  }

  /** Renames a file in one step over another one in the same folder. */
  static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Makes {@code copy} name what {@code file} names now, in one step, while {@code file} stays
   * where it is.
   *
   * @param temporary a name to use on the way
   */
  static void keep(Path file, Path copy, Path temporary) throws IOException {
    Files.deleteIfExists(temporary);
    try {
      Files.createLink(temporary, file);
    } catch (UnsupportedOperationException | IOException e) {
      // A file system without hard links.
      write(temporary, read(file), true);
    }
    try {
      rename(temporary, copy);
    } finally {
      // Also where both already are links to one file: POSIX's rename then leaves both.
      Files.deleteIfExists(temporary);
    }
  }

  /** Whether this platform can flush a folder's entries to disk; Windows cannot. */
  static boolean canSync(Path folder) {
    try {
      sync(folder);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Flushes a folder's entries to disk. */
  static void sync(Path folder) throws IOException {
    uninterruptibly(
        () -> {
          try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
            return true;
          }
        });
  }

  private static FileAttribute<?>[] mode(Path path, String mode) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))
        }
        : new FileAttribute<?>[0];
  }

  private interface Operation<T> {
    T run() throws IOException;
  }

  /** Runs an operation on a channel, again when an interrupt has closed the channel. */
  private static <T> T uninterruptibly(Operation<T> operation) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return operation.run();
        } catch (ClosedByInterruptException e) {
          interrupted = true;
          Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
