package dev.bobbin.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is expensive to make and never changes (unpacked binaries, fresh data folders), kept under
 * the temp folder from one JVM to the next.
 *
 * <p>An entry is made beside its place and renamed into it, so JVMs may race; the loser's copy is
 * thrown away. Systems that tidy the temp folder delete single files by age, so an entry with fewer
 * files than it was made with is made again.
 */
final class Cache {
  interface Maker {
    void make(Path folder) throws IOException;
  }

  private static final Map<String, Path> CHECKED = new ConcurrentHashMap<>();

  private Cache() {}

  /** The entry of this name, made on first use. */
  static Path folder(String name, Maker maker) {
    return CHECKED.computeIfAbsent(
        name,
        n -> {
          try {
            return find(root().resolve(n), maker);
          } catch (IOException e) {
            throw new UncheckedIOException("Could not prepare " + n + " in the temp folder", e);
          }
        });
  }

  /** A new folder for one running server, to be deleted by its owner. */
  static Path running(String name) throws IOException {
    return create(root().resolve("run-" + name + "-" + UUID.randomUUID()));
  }

  private static Path find(Path entry, Maker maker) throws IOException {
    if (isWhole(entry)) {
      return entry;
    }
    Path draft = entry.resolveSibling(entry.getFileName() + ".new-" + UUID.randomUUID());
    create(draft);
    try {
      maker.make(draft);
      Files.writeString(count(draft), Long.toString(Folders.count(draft) + 1));
      if (Files.exists(entry) && !isWhole(entry)) {
        Path old = entry.resolveSibling(entry.getFileName() + ".old-" + UUID.randomUUID());
        Files.move(entry, old, StandardCopyOption.ATOMIC_MOVE);
        Folders.delete(old);
      }
      Files.move(draft, entry, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (!isWhole(entry)) {
        throw e;
      }
    } finally {
      Folders.delete(draft);
    }
    return entry;
  }

  private static Path count(Path entry) {
    return entry.resolve(".files");
  }

  private static boolean isWhole(Path entry) throws IOException {
    return Files.exists(count(entry))
        && Folders.count(entry) == Long.parseLong(Files.readString(count(entry)));
  }

  /** Open to be read by whichever account the servers run under. */
  private static Path create(Path folder) throws IOException {
    Files.createDirectory(folder);
    return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Path root() throws IOException {
    String user = System.getProperty("user.name");
    Path root = Path.of(System.getProperty("java.io.tmpdir"), "bobbin-test-servers-" + user);
    if (Files.notExists(root)) {
      try {
        create(root);
      } catch (FileAlreadyExistsException anotherJvmWasFaster) {
        // then it is there
      }
    }
    String owner = Files.getOwner(root, LinkOption.NOFOLLOW_LINKS).getName();
    if (!owner.equals(user) && !user.equals("?")) {
      throw new IOException(
          root + " belongs to " + owner + ", not to " + user + ": set java.io.tmpdir elsewhere");
    }
    return root;
  }
}
