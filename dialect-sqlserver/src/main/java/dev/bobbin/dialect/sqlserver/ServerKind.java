package dev.bobbin.dialect.sqlserver;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a server is.
 *
 * @param babelfish whether it is PostgreSQL behind Babelfish
 * @param azure whether it is Azure SQL Database, SQL Database in Fabric or a managed instance,
 *     whose version says nothing
 * @param major of SQL Server: 13 for 2016, 14 for 2017; of Babelfish its own
 * @param version the whole version, for people
 */
record ServerKind(boolean babelfish, boolean azure, int major, String version) {

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.\\d+.*");
  private static final Pattern BABELFISH = Pattern.compile("Babelfish (\\d+(?:\\.\\d+)*)");

  private static final int OLDEST = 13;
  private static final int OLDEST_BABELFISH = 4;
  private static final int SQL_SERVER_2017 = 14;

  /** What {@code @@VERSION} says of Babelfish; null of everything else. */
  static @Nullable ServerKind babelfish(String banner) {
    Matcher version = BABELFISH.matcher(banner);
    return version.find()
        ? babelfishOf(version.group(1))
        : banner.contains("Babelfish")
            ? new ServerKind(true, false, OLDEST_BABELFISH, "of a version that it does not tell")
            : null;
  }

  /** Babelfish of a version, such as {@code 4.3.0}. */
  static ServerKind babelfishOf(String version) {
    return new ServerKind(true, false, major(version), version);
  }

  /**
   * SQL Server.
   *
   * @param version {@code SERVERPROPERTY('ProductVersion')}
   * @param edition {@code SERVERPROPERTY('EngineEdition')}: 5, 8 and 12 are Azure's
   */
  static ServerKind sqlServer(String version, int edition) {
    return new ServerKind(
        false, edition == 5 || edition == 8 || edition == 12, major(version), version);
  }

  private static int major(String version) {
    Matcher matcher = VERSION.matcher(version + ".0");
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /** Whether Bobbin reads it. */
  boolean isSupported() {
    return azure || major >= (babelfish ? OLDEST_BABELFISH : OLDEST);
  }

  /** Whether there are graph tables and the columns that tell of them. */
  boolean hasGraphs() {
    return !babelfish && (azure || major >= SQL_SERVER_2017);
  }

  /** For example {@code SQL Server 16.0.4175.1} or {@code Babelfish 4.3.0}. */
  String describe() {
    return (babelfish ? "Babelfish " : azure ? "Azure SQL " : "SQL Server ") + version;
  }
}
