package dev.bobbin.dialect.jdbc;

import dev.bobbin.error.ConfigurationException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of a {@link JdbcStateStore}, for any product but for the three things that differ: the
 * quotes, the types, and the database's clock in milliseconds since 1970. Values are always bound;
 * names are validated and quoted. Immutable.
 *
 * <p>Each row has a number of changes, so that an update always changes something: with MySQL's
 * {@code useAffectedRows} one that does not counts as no row found.
 */
final class StateTables {

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,49}");

  private final JdbcStateStore.Product product;
  private final String documents;
  private final String leases;

  StateTables(JdbcStateStore.Product product, @Nullable String schema, String table) {
    this.product = product;
    String prefix = schema == null ? "" : quoted(checkName(schema)) + ".";
    this.documents = prefix + quoted(checkName(table));
    this.leases = prefix + quoted(table + "_lease");
  }

  static String checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new ConfigurationException(
          "\"" + name + "\" is no name that JdbcStateStore gives to a table or schema.",
          "Use at most 50 Latin letters, digits and underscores, with a letter first.");
    }
    return name;
  }

  private String quoted(String name) {
    Quoting quoting =
        switch (product) {
          case MYSQL -> Quoting.BACKTICKS;
          case SQL_SERVER -> Quoting.BRACKETS;
          case POSTGRESQL, GENERIC -> Quoting.DOUBLE_QUOTES;
        };
    return quoting.quote(name);
  }

  /** Now, by the database alone, in UTC: sessions can have different time zones. */
  private String now() {
    return switch (product) {
      case POSTGRESQL -> "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)";
      case MYSQL -> "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000)";
      case SQL_SERVER -> "DATEDIFF_BIG(millisecond, '1970-01-01T00:00:00', SYSUTCDATETIME())";
      case GENERIC -> "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS BIGINT)";
    };
  }

  private String text() {
    return switch (product) {
      case POSTGRESQL -> "text";
      case MYSQL -> "longtext";
      case SQL_SERVER -> "nvarchar(max)";
      case GENERIC -> "CLOB";
    };
  }

  private String create(String table, String columns) {
    return switch (product) {
      case SQL_SERVER ->
          "IF OBJECT_ID(N'"
              + table
              + "', N'U') IS NULL CREATE TABLE "
              + table
              + " ("
              + columns
              + ")";
      case MYSQL ->
          "CREATE TABLE IF NOT EXISTS "
              + table
              + " ("
              + columns
              + ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
      case POSTGRESQL, GENERIC -> "CREATE TABLE IF NOT EXISTS " + table + " (" + columns + ")";
    };
  }

  String createDocuments() {
    return create(
        documents,
        "replicator varchar(128) NOT NULL, document_key varchar(64) NOT NULL, document_name "
            + text()
            + " NOT NULL, content "
            + text()
            + " NOT NULL, token bigint NOT NULL, changes bigint NOT NULL, saved_at bigint NOT NULL,"
            + " PRIMARY KEY (replicator, document_key)");
  }

  String createLeases() {
    return create(
        leases,
        "replicator varchar(128) NOT NULL, token bigint NOT NULL, owner_id varchar(36) NOT NULL,"
            + " holder varchar(200) NOT NULL, taken_at bigint NOT NULL, expires_at bigint NOT NULL,"
            + " changes bigint NOT NULL, PRIMARY KEY (replicator)");
  }

  String probeDocuments() {
    return "SELECT replicator, document_key, document_name, content, token, changes, saved_at FROM "
        + documents
        + " WHERE 1 = 0";
  }

  String probeLeases() {
    return "SELECT replicator, token, owner_id, holder, taken_at, expires_at, changes FROM "
        + leases
        + " WHERE 1 = 0";
  }

  /** Parameters: replicator. Columns: name, content. */
  String readDocuments() {
    return "SELECT document_name, content FROM "
        + documents
        + " WHERE replicator = ? ORDER BY document_key";
  }

  /**
   * Parameters: owner, holder, milliseconds, replicator, owner. The owner can have it already, if
   * the connection was lost during the commit.
   */
  String takeLease() {
    return "UPDATE "
        + leases
        + " SET token = token + 1, owner_id = ?, holder = ?, taken_at = "
        + now()
        + ", expires_at = "
        + now()
        + " + ?, changes = changes + 1 WHERE replicator = ? AND (owner_id = ? OR expires_at < "
        + now()
        + ")";
  }

  /** Parameters: replicator. Column: the greatest token, or null. */
  String greatestToken() {
    return "SELECT MAX(token) FROM " + documents + " WHERE replicator = ?";
  }

  /** Parameters: replicator, token, owner, holder, milliseconds. */
  String insertLease() {
    return "INSERT INTO "
        + leases
        + " (replicator, token, owner_id, holder, taken_at, expires_at, changes)"
        + " VALUES (?, ?, ?, ?, "
        + now()
        + ", "
        + now()
        + " + ?, 0)";
  }

  /** Parameters: replicator. Columns: token, holder, milliseconds since, milliseconds left. */
  String readLease() {
    return "SELECT token, holder, "
        + now()
        + " - taken_at, expires_at - "
        + now()
        + " FROM "
        + leases
        + " WHERE replicator = ?";
  }

  /** Parameters: milliseconds, replicator, token, owner. Locks the row until the commit. */
  String extendLease() {
    return "UPDATE "
        + leases
        + " SET expires_at = "
        + now()
        + " + ?, changes = changes + 1 WHERE replicator = ? AND token = ? AND owner_id = ?";
  }

  /** Parameters: replicator, token, owner. */
  String giveLeaseBack() {
    return "UPDATE "
        + leases
        + " SET expires_at = 0, owner_id = '', changes = changes + 1"
        + " WHERE replicator = ? AND token = ? AND owner_id = ?";
  }

  /** Parameters: content, token, replicator, key. */
  String updateDocument() {
    return "UPDATE "
        + documents
        + " SET content = ?, token = ?, changes = changes + 1, saved_at = "
        + now()
        + " WHERE replicator = ? AND document_key = ?";
  }

  /** Parameters: content, token, replicator, key, name. */
  String insertDocument() {
    return "INSERT INTO "
        + documents
        + " (content, token, replicator, document_key, document_name, changes, saved_at)"
        + " VALUES (?, ?, ?, ?, ?, 0, "
        + now()
        + ")";
  }

  /** Parameters: replicator, key. */
  String deleteDocument() {
    return "DELETE FROM " + documents + " WHERE replicator = ? AND document_key = ?";
  }

  /** What a database administrator runs where the store may not create tables. */
  String ddl() {
    return createDocuments() + ";\n" + createLeases() + ";\n";
  }

  @Override
  public String toString() {
    return documents + " and " + leases;
  }
}
