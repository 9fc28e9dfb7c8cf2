package dev.bobbin.dialect.mysql;

import com.mysql.cj.Messages;
import com.mysql.cj.jdbc.ConnectionImpl;
import com.mysql.cj.jdbc.JdbcConnection;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.Vendor;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The failures of MySQL and MariaDB, which tell more by their numbers than by their SQLState. */
enum MySqlVendor implements Vendor {
  INSTANCE;

  private static final int NO_SUCH_THREAD = 1094;

  private static final String LOGIN_REFUSED = "28P01";
  private static final String NO_PRIVILEGE = "42501";
  private static final String TOO_MANY_CONNECTIONS = "53300";
  private static final String FULL = "53100";
  private static final String SHUTDOWN = "57P01";
  private static final String CANCELLED = "57014";
  private static final String BROKEN = "08006";
  private static final String NOT_READY = "57P03";

  private static final String REJECTED = "08004";

  private static final List<String> REFUSED_BY_THE_DRIVER =
      List.of("Public Key Retrieval is not allowed", "SSL Connection required");

  /** By the number of the error (MySQL's and MariaDB's lists of server errors). */
  private static final Map<Integer, String> STATES = new HashMap<>();

  static {
    put(NO_PRIVILEGE, 1044, 1142, 1143, 1227, 1370, 1449);
    put(LOGIN_REFUSED, 1045, 1129, 1130, 1251, 1698, 1820, 1862, 3118, 3878);
    put("3D000", 1049);
    put(TOO_MANY_CONNECTIONS, 1040, 1203, 1226);
    put("55P03", 1205, 3572);
    put("40001", 1213);
    put("42P01", 1146, 1412);
    put("42703", 1054);
    put("55000", 1356, 1194, 1195, 145, 144);
    put(SHUTDOWN, 1053, 1077, 1079, 1080, 1927, 3168);
    put(CANCELLED, 1317, 1969, 3024);
    put(BROKEN, 1152, 1153, 1154, 1155, 1156, 1157, 1158, 1159, 1160, 1161, 1184);
    put("53200", 1037, 1038, 1041);
    put(FULL, 1021, 1114);
    put(NOT_READY, 1872, 3100);
  }

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
    // What the driver itself refuses has no number, and will not pass by itself.
    String message = primaryMessage(failure);
    return REFUSED_BY_THE_DRIVER.stream().anyMatch(message::startsWith)
        ? REJECTED
        : Vendor.super.state(failure);
  }

  @Override
  public String primaryMessage(SQLException failure) {
    return String.valueOf(failure.getMessage());
  }

  /** By the driver's own words: its SQLState says less. */
  @Override
  public boolean isWithoutTls(SQLException failure) {
    return Messages.getString("MysqlIO.15").equals(failure.getMessage());
  }

  @Override
  public String hint(String state, boolean ofTable) {
    return state.equals(NO_PRIVILEGE) && !ofTable
        ? "A user may enter a database once it is granted something there, such as SELECT on a"
            + " table."
        : "";
  }

  @Override
  public String grant(TableId table, String user) {
    return grantSelect(
        table, List.of(), user.isEmpty() ? "<user>" : MySqlSql.literal(user) + "@'<host>'");
  }

  /**
   * The statement that lets an account read.
   *
   * @param columns empty for the whole table
   * @param account quoted
   */
  static String grantSelect(TableId table, List<String> columns, String account) {
    String which =
        columns.isEmpty()
            ? ""
            : " ("
                + columns.stream().map(MySqlSql::identifier).collect(Collectors.joining(", "))
                + ")";
    return "GRANT SELECT" + which + " ON " + MySqlSql.table(table) + " TO " + account + ";";
  }

  /**
   * By a connection of its own to the same server (KILL QUERY): the server would otherwise notice
   * only when it next sends a row. Not KILL CONNECTION: MySQL 5.7 closes the socket for it, and a
   * thread that begins to wait on the closed socket keeps its locks until wait_timeout.
   */
  @Override
  public void cancel(Connection connection) throws SQLException {
    JdbcConnection driver = connection.unwrap(JdbcConnection.class);
    long id = driver.getId();
    try (Connection other = ConnectionImpl.getInstance(driver.getSession().getHostInfo());
        Statement statement = other.createStatement()) {
      statement.execute("KILL QUERY " + id);
    } catch (SQLException e) {
      if (e.getErrorCode() != NO_SUCH_THREAD) {
        throw e;
      }
    }
  }
}
