package dev.bobbin.testservers;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;
import java.util.function.Predicate;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** The archives of servers among this module's resources, which its pom puts there. */
final class Archives {
  private Archives() {}

  /**
   * The path, below {@code folder}, of the archive that the folder's list has under this key.
   *
   * @param server what it is the archive of, for the message where there is none
   */
  static String named(String folder, String key, String server) {
    Properties archives = new Properties();
    try (InputStream in = resource(folder + "archives.properties")) {
      archives.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String archive = archives.getProperty(key);
    if (archive == null) {
      throw new IllegalArgumentException("No " + server + " is bundled");
    }
    return archive;
  }

  static InputStream resource(String name) throws IOException {
    InputStream in = Archives.class.getResourceAsStream(name);
    if (in == null) {
      throw new FileNotFoundException(
          "No resource "
              + name
              + " on the class path: the build puts it there, so run 'mvnw process-resources' on"
              + " the module test-servers once");
    }
    return in;
  }

  /** Unpacks the wanted entries of a compressed tar. */
  static void unpackTar(String archive, Path folder, Predicate<String> wanted) throws IOException {
    try (InputStream raw = new BufferedInputStream(resource(archive), 1 << 16);
        InputStream unpacked = decompressed(archive, raw);
        TarArchiveInputStream tar = new TarArchiveInputStream(unpacked)) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (!wanted.test(entry.getName())) {
          continue;
        }
        Path target = folder.resolve(entry.getName()).normalize();
        if (!target.startsWith(folder)) {
          throw new IOException(archive + " holds a path outside of it: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(target);
          continue;
        }
        Files.createDirectories(target.getParent());
        if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
          Files.createLink(target, folder.resolve(entry.getLinkName()));
        } else {
          Files.copy(tar, target);
          setMode(target, (entry.getMode() & 0100) != 0);
        }
      }
    }
  }

  /** Lets every account read the file, and run it too where it is a program. */
  static void setMode(Path file, boolean executable) throws IOException {
    Files.setPosixFilePermissions(
        file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }

  private static InputStream decompressed(String archive, InputStream raw) throws IOException {
    if (archive.endsWith(".txz")) {
      return new XZCompressorInputStream(raw);
    }
    return archive.endsWith(".tbz")
        ? new BZip2CompressorInputStream(raw)
        : new GzipCompressorInputStream(raw);
  }
}
