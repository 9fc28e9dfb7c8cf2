package dev.bobbin.testservers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One version's programs (initdb, pg_ctl, postgres) and a freshly initialised data folder, both
 * cached. The archives are resources of this module: see its pom.
 */
final class PostgresBinaries implements ServerProgram {
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
    Engine.POSTGRES.requireLinuxOnAmd64();
    String archive = Archives.named(ARCHIVES, version.toString(), "PostgreSQL " + version);
    String release = archive.substring(0, archive.indexOf('/'));
    Account account = Account.current();
    Path programs =
        Cache.folder(
            "postgres-" + release,
            folder -> Archives.unpackTar(ARCHIVES + archive, folder, entry -> true));
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

  @Override
  public String name() {
    return "PostgreSQL";
  }

  @Override
  public List<String> command(Path data, int port) {
    return command("postgres", "-D", data.toString(), "-p", Integer.toString(port));
  }

  @Override
  public String readiness() {
    return "database system is ready to accept";
  }

  @Override
  public String portTaken() {
    return "could not create any TCP/IP sockets";
  }

  @Override
  public String end() {
    return "QUIT";
  }

  /** Runs one SQL command without a server, as {@code postgres --single} does. */
  void runSingle(Path data, String sql) throws IOException {
    Command.require(
        command("postgres", "--single", "-j", "-D", data.toString(), PostgresServer.SUPERUSER),
        sql + ";\n\n");
  }

  void promote(Path data) throws IOException {
    Command.require(command("pg_ctl", "promote", "-D", data.toString()), "");
  }

  private List<String> command(String program, String... arguments) {
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
}
