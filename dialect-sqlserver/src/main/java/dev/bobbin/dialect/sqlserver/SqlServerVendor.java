package dev.bobbin.dialect.sqlserver;

import static java.util.stream.Collectors.joining;

import com.microsoft.sqlserver.jdbc.SQLServerException;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.Vendor;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.regex.Pattern;

/**
 * The failures of SQL Server, which tell by their numbers what they are, and of Babelfish, most of
 * whose failures have one number for all and are told by PostgreSQL's words.
 */
enum SqlServerVendor implements Vendor {
  INSTANCE;

  private static final String LOGIN_REFUSED = "28P01";
  private static final String NO_PRIVILEGE = "42501";
  private static final String NO_DATABASE = "3D000";
  private static final String NO_TABLE = "42P01";
  private static final String NO_COLUMN = "42703";
  private static final String NO_OBJECT = "42704";
  private static final String LOCKED = "55P03";
  private static final String NOT_IN_STATE = "55000";
  private static final String SERIALIZATION = "40001";
  private static final String TOO_MANY_CONNECTIONS = "53300";
  private static final String NO_MEMORY = "53200";
  private static final String FULL = "53100";
  private static final String SHUTDOWN = "57P01";
  private static final String NOT_READY = "57P03";
  private static final String CANCELLED = "57014";
  private static final String BROKEN = "08006";
  private static final String REJECTED = "08004";
  private static final String SNAPSHOT_TOO_OLD = "72000";

  /** What Babelfish gives for failures of PostgreSQL's that have no number of SQL Server's. */
  private static final int ANY_OF_BABELFISH = 33_557_097;

  private static final Pattern CONNECTION_ID =
      Pattern.compile("\\s*ClientConnectionId:[0-9a-fA-F-]+\\s*");

  /** By the number of the error (the manual's "Database Engine events and errors"). */
  private static final Map<Integer, String> STATES = new HashMap<>();

  /** By what PostgreSQL says; the first that is found counts. */
  private static final Map<String, String> WORDS = new LinkedHashMap<>();

  static {
    put(LOGIN_REFUSED, 18452, 18456, 18461, 18470, 18486, 18487, 18488, 18489);
    put(NO_PRIVILEGE, 229, 230, 262, 297, 300, 916);
    put(NO_DATABASE, 911, 4060, 4064, 942);
    put(NO_TABLE, 208, 3961, 4413);
    put(NO_COLUMN, 207);
    put(NO_OBJECT, 308, 315, 4104);
    put(LOCKED, 1222);
    put(NOT_IN_STATE, 3952, 3953, 41368, 978);
    put(SERIALIZATION, 1205, 3960, 41302, 41305, 41325);
    put(SNAPSHOT_TOO_OLD, 3958, 3966, 3967);
    put(TOO_MANY_CONNECTIONS, 10928, 10929, 17809, 49918, 49919, 49920);
    put(NO_MEMORY, 701, 802, 8645, 8651);
    put(FULL, 1101, 1105, 9002);
    put(SHUTDOWN, 596, 6005, 6006, 17142, 18451);
    put(NOT_READY, 922, 976, 983, 4221, 40143, 40166, 40197, 40501, 40540, 40613, 42108, 42109);
    put(CANCELLED, 3617, 3635);
    put(BROKEN, 64, 121, 233, 4014, 10053, 10054, 10060, 17830, 20003);

    WORDS.put("password authentication failed", LOGIN_REFUSED);
    WORDS.put("permission denied", NO_PRIVILEGE);
    WORDS.put("lock timeout", LOCKED);
    WORDS.put("lock request time out", LOCKED);
    WORDS.put("deadlock detected", SERIALIZATION);
    WORDS.put("could not serialize access", SERIALIZATION);
    WORDS.put("conflict with recovery", SERIALIZATION);
    WORDS.put("terminating connection", SHUTDOWN);
    WORDS.put("is starting up", NOT_READY);
    WORDS.put("is shutting down", NOT_READY);
    WORDS.put("in recovery mode", NOT_READY);
    WORDS.put("too many clients", TOO_MANY_CONNECTIONS);
    WORDS.put("too many connections", TOO_MANY_CONNECTIONS);
    WORDS.put("remaining connection slots", TOO_MANY_CONNECTIONS);
    WORDS.put("canceling statement", CANCELLED);
    WORDS.put("out of memory", NO_MEMORY);
  }

  private static final Pattern MISSING =
      Pattern.compile(
          "(?i)(relation|database|column|schema)\\b.* does not exist.*", Pattern.DOTALL);

  private static void put(String state, int... numbers) {
    for (int number : numbers) {
      STATES.put(number, state);
    }
  }

  @Override
  public String state(SQLException failure) {
    String known = STATES.get(failure.getErrorCode());
    if (known != null) {
      return known;
    }
    String own = Vendor.super.state(failure);
    if (failure.getErrorCode() == ANY_OF_BABELFISH || isOfPostgres(own)) {
      String message = primaryMessage(failure).toLowerCase(Locale.ROOT);
      for (Map.Entry<String, String> words : WORDS.entrySet()) {
        if (message.contains(words.getKey())) {
          return words.getValue();
        }
      }
      var missing = MISSING.matcher(message);
      if (missing.matches()) {
        return switch (missing.group(1)) {
          case "relation" -> NO_TABLE;
          case "column" -> NO_COLUMN;
          case "schema" -> "3F000";
          default -> NO_DATABASE;
        };
      }
    }
    return switch (own) {
      case "HYT00", "HY008" -> CANCELLED;
      case "08S01", "08001", "08006", "08003" -> isRefusedByDriver(failure) ? REJECTED : BROKEN;
      default -> own;
    };
  }

  /** One that the driver did not make of a number: such have an S, or no meaning. */
  private static boolean isOfPostgres(String state) {
    return state.length() == 5 && !state.startsWith("S") && !state.startsWith("08");
  }

  /** What the driver itself gives up will not pass by itself. */
  private boolean isRefusedByDriver(SQLException failure) {
    return isWithoutTls(failure);
  }

  @Override
  public String primaryMessage(SQLException failure) {
    return CONNECTION_ID.matcher(String.valueOf(failure.getMessage())).replaceAll("");
  }

  /** By the driver's own words: its SQLState says less. */
  @Override
  public boolean isWithoutTls(SQLException failure) {
    return failure instanceof SQLServerException
        && primaryMessage(failure).equals(Words.WITHOUT_TLS);
  }

  /** The driver's messages in this machine's language. */
  private static final class Words {
    static final String WITHOUT_TLS =
        ResourceBundle.getBundle(
                "com.microsoft.sqlserver.jdbc.SQLServerResource",
                Locale.getDefault(),
                SQLServerException.class.getClassLoader())
            .getString("R_sslRequiredNoServerSupport");
  }

  @Override
  public String hint(String state, boolean ofTable) {
    return switch (state) {
      case NO_PRIVILEGE ->
          ofTable
              ? ""
              : "A login enters a database through a user there: CREATE USER … FOR LOGIN ….";
      case NOT_IN_STATE ->
          "A secondary that takes read-only connections alone is read with"
              + " SqlServerDialect.readOnlyIntent(). A view over several databases is read where all"
              + " of them allow SNAPSHOT isolation, or none.";
      case TOO_MANY_CONNECTIONS, NOT_READY -> "Azure SQL says this of a database that is busy.";
      default -> "";
    };
  }

  @Override
  public String grant(TableId table, String user) {
    return grantSelect(table, List.of(), user.isEmpty() ? "<user>" : TSql.identifier(user));
  }

  /**
   * The statements that let a user of a database read a table.
   *
   * @param columns empty for the whole table
   * @param grantee quoted
   */
  static String grantSelect(TableId table, List<String> columns, String grantee) {
    List<String> parts = table.parts();
    int own = Math.max(0, parts.size() - 2);
    String name =
        parts.subList(own, parts.size()).stream().map(TSql::identifier).collect(joining("."));
    String which =
        columns.isEmpty()
            ? ""
            : columns.stream().map(TSql::identifier).collect(joining(", ", " (", ")"));
    return (own > 0 ? "USE " + TSql.identifier(parts.get(own - 1)) + "; " : "")
        + "GRANT SELECT ON "
        + name
        + which
        + " TO "
        + grantee
        + ";";
  }

  @Override
  public String grantConnect(String database, String user) {
    return database.isEmpty() || user.isEmpty()
        ? ""
        : "USE "
            + TSql.identifier(database)
            + "; CREATE USER "
            + TSql.identifier(user)
            + " FOR LOGIN "
            + TSql.identifier(user)
            + ";";
  }

  /**
   * Does nothing: what the server does for a connection it stops when that closes, and a connection
   * of its own that ended another would need a privilege (ALTER ANY CONNECTION).
   */
  @Override
  public void cancel(Connection connection) {}
}
