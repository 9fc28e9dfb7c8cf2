package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.BorrowedConnection;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Reads the structure of all databases of a server that the user may connect to. */
final class StructureSync {

  // datconnlimit -2: dropping it was interrupted, and nobody can connect (manual, 51.15).
  private static final String SERVER =
      """
      SELECT d.datname, has_database_privilege(d.oid, 'CONNECT'),
             pg_is_in_recovery(), current_setting('max_standby_streaming_delay')
      FROM pg_catalog.pg_database d
      WHERE d.datallowconn AND NOT d.datistemplate AND d.datconnlimit <> -2
      ORDER BY d.datname
      """;

  /** Databases of the providers' own administration. */
  private static final Set<String> PROVIDERS =
      Set.of("rdsadmin", "cloudsqladmin", "alloydbadmin", "azure_maintenance", "azure_sys");

  private final Databases all;
  private final String home;
  private final List<Table> tables = new ArrayList<>();
  private final List<String> looked = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<TableId, Obstacle> obstacles = new HashMap<>();

  StructureSync(Databases all) {
    this.all = all;
    this.home = all.endpoint().database();
  }

  Catalog run(Predicate<String> databases) {
    Server server = all.visit(home, borrowed -> begin(borrowed, databases.test(home)));
    notes.addAll(server.notes);
    List<String> elsewhere = new ArrayList<>();
    List<String> closedTo = new ArrayList<>();
    for (Database database : server.databases) {
      String name = database.name;
      if (name.equals(home) || PROVIDERS.contains(name) || !databases.test(name)) {
        continue;
      }
      if (!database.mayConnect) {
        closedTo.add(name);
      } else if (!all.reachesOtherDatabases()) {
        elsewhere.add(name);
      } else {
        visit(name);
      }
    }
    if (!closedTo.isEmpty()) {
      notes.add(
          "The user may not connect to "
              + String.join(", ", closedTo)
              + "; GRANT CONNECT ON DATABASE lets it in.");
    }
    if (!elsewhere.isEmpty()) {
      notes.add(
          "The host application's DataSource leads to "
              + home
              + " alone; "
              + String.join(", ", elsewhere)
              + " can be reached with a DataSource of their own.");
    }
    return new Catalog(server.product, all.defaultNamespace(), looked, List.copyOf(tables), notes);
  }

  /**
   * Looks into another database. One that cannot be entered is noted. A failure that is likely to
   * pass is thrown, as without its tables the catalog would look as if they had been dropped.
   */
  private void visit(String database) {
    try {
      all.visit(
          database,
          borrowed -> {
            try (ReadOnlyTransaction transaction = transaction(database, borrowed)) {
              look(database, transaction);
              return database;
            } catch (SQLException e) {
              throw all.failures(database).of(e, Activity.STRUCTURE_SYNC);
            }
          });
    } catch (SourceException e) {
      if (e.kind() == Kind.TRANSIENT) {
        throw e;
      }
      notes.add("The database " + database + " could not be read. " + e.getMessage());
    }
  }

  private Server begin(BorrowedConnection borrowed, boolean wanted) {
    try (ReadOnlyTransaction transaction = transaction(home, borrowed)) {
      Server server = new Server(PostgresVersion.text(transaction.connection()));
      try (Statement statement = transaction.connection().createStatement();
          ResultSet rows = statement.executeQuery(SERVER)) {
        while (rows.next()) {
          server.databases.add(new Database(rows.getString(1), rows.getBoolean(2)));
          if (rows.getBoolean(3) && server.notes.isEmpty()) {
            server.notes.add(
                "The server is a hot standby. Long reads can be cancelled when they conflict with"
                    + " what it replays: max_standby_streaming_delay is "
                    + rows.getString(4)
                    + "; 8 to 12 hours help during a first load (max_standby_archive_delay"
                    + " likewise).");
          }
        }
      }
      if (wanted) {
        look(home, transaction);
      }
      return server;
    } catch (SQLException e) {
      throw all.failures(home).of(e, Activity.STRUCTURE_SYNC);
    }
  }

  private ReadOnlyTransaction transaction(String database, BorrowedConnection borrowed) {
    try {
      return all.begin(borrowed);
    } catch (SQLException e) {
      throw all.failures(database).of(e, Activity.STRUCTURE_SYNC);
    }
  }

  private void look(String database, ReadOnlyTransaction transaction) throws SQLException {
    DatabaseStructure structure = new DatabaseStructure(database, transaction.connection());
    tables.addAll(structure.read());
    looked.add(database);
    notes.addAll(structure.notes());
    obstacles.putAll(structure.obstacles());
  }

  /** What stands in the way of reading some tables in slices, once they have been found. */
  Map<TableId, Obstacle> obstacles() {
    return obstacles;
  }

  private record Database(String name, boolean mayConnect) {}

  private static final class Server {
    private final String product;
    private final List<Database> databases = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    Server(String version) {
      this.product = "PostgreSQL " + version;
    }
  }
}
