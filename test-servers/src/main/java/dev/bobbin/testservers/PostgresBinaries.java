package dev.bobbin.testservers;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * One version's programs (initdb, pg_ctl, postgres) and a freshly initialised data folder, both
 * cached. The archives are resources of this module: see its pom.
 */
final class PostgresBinaries {
  private static final String ARCHIVES = "/postgres/";

  private final String release;
  private final Path programs;
  private final Path template;

  private PostgresBinaries(String release, Path programs, Path template) {
    this.release = release;
    this.programs = programs;
    this.template = template;
  }

  static PostgresBinaries of(PostgresVersion version) {
    requireLinuxOnAmd64();
    String archive = archiveOf(version);
    String release = archive.substring(0, archive.indexOf('/'));
    Account account = Account.current();
    Path programs =
        Cache.folder("postgres-" + release, folder -> unpack(ARCHIVES + archive, folder));
    Path template =
        Cache.folder(
            "postgres-" + release + "-data-" + account.name().toLowerCase(Locale.ROOT),
            folder -> initialise(programs, account, folder));
    return new PostgresBinaries(release, programs, template.resolve("data"));
  }

  /** The exact release, such as "18.6.0". */
  String release() {
    return release;
  }

  /** A command that runs one of the programs under the account that servers run under. */
  List<String> command(String program, String... arguments) {
    return command(programs, Account.current(), program, arguments);
  }

  /** Copies the template to {@code data}, which must not exist. */
  void copyTemplate(Path data) throws IOException {
    Folders.copy(template, data, Set.of(), Set.of());
  }

  private static List<String> command(
      Path programs, Account account, String program, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(programs.resolve("bin").resolve(program).toString()));
    command.addAll(List.of(arguments));
    return account.command(command);
  }

  private static void initialise(Path programs, Account account, Path folder) throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    account.own(data);
    Command.require(
        command(
            programs,
            account,
            "initdb",
            "--pgdata=" + data,
            "--username=" + PostgresServer.SUPERUSER,
            "--auth=trust",
            "--encoding=UTF8",
            "--lc-collate=C",
            "--lc-ctype=C.UTF-8",
            "--lc-messages=C",
            "--nosync"),
        "");
  }

  private static String archiveOf(PostgresVersion version) {
    Properties archives = new Properties();
    try (InputStream in = resource(ARCHIVES + "archives.properties")) {
      archives.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String archive = archives.getProperty(version.toString());
    if (archive == null) {
      throw new IllegalArgumentException("No PostgreSQL " + version + " is bundled");
    }
    return archive;
  }

  private static InputStream resource(String name) throws IOException {
    InputStream in = PostgresBinaries.class.getResourceAsStream(name);
    if (in == null) {
      throw new FileNotFoundException(
          "No resource "
              + name
              + " on the class path: the build puts it there, so run 'mvnw process-resources' on"
              + " the module test-servers once");
    }
    return in;
  }

  private static void unpack(String archive, Path folder) throws IOException {
    try (InputStream raw = new BufferedInputStream(resource(archive), 1 << 16);
        InputStream unpacked =
            archive.endsWith(".txz")
                ? new XZCompressorInputStream(raw)
                : new BZip2CompressorInputStream(raw);
        TarArchiveInputStream tar = new TarArchiveInputStream(unpacked)) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
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
          boolean executable = (entry.getMode() & 0100) != 0;
          Files.setPosixFilePermissions(
              target, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
        }
      }
    }
  }

  private static void requireLinuxOnAmd64() {
    String system = System.getProperty("os.name");
    String processor = System.getProperty("os.arch");
    if (!system.equals("Linux") || !processor.equals("amd64")) {
      throw new UnsupportedOperationException(
          "The PostgreSQL servers of the tests run on Linux/amd64 only, and this is "
              + system
              + "/"
              + processor
              + ": start one yourself and name it in the environment variable "
              + ExternalPostgres.VARIABLE
              + ", as in postgresql://user:password@host:5432/postgres");
    }
  }
}
