package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.ConnectionSettings;
import dev.bobbin.dialect.jdbc.load.KeyRange;
import dev.bobbin.dialect.jdbc.load.LoadKey;
import dev.bobbin.dialect.jdbc.load.LoadOrigin;
import dev.bobbin.dialect.jdbc.load.RangePosition;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.testservers.MySqlServer;
import dev.bobbin.testservers.MySqlVersion;
import dev.bobbin.tls.Tls;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A database of its own, and connections to it as a session has them. */
final class LoadFixture implements AutoCloseable {

  private static final ConnectionSettings.Words WORDS =
      new ConnectionSettings.Words(
          "MySQL", 3306, "MySqlDialect", "host, port", "MySqlDialect.at(\"db\", 3306)", Set.of());

  private final MySqlServer mysql;
  private final String database;
  private final Server server;

  private LoadFixture(MySqlServer mysql, String database, Server server) {
    this.mysql = mysql;
    this.database = database;
    this.server = server;
  }

  static LoadFixture on(MySqlVersion version, int batchRows) throws SQLException {
    MySqlServer mysql = MySqlServer.shared(version);
    String database = mysql.createDatabase();
    return new LoadFixture(mysql, database, connect(mysql, mysql.user(), batchRows));
  }

  /** The same database as another user sees it. */
  Server as(String user) {
    return connect(mysql, user, 100);
  }

  private static Server connect(MySqlServer mysql, String user, int batchRows) {
    SourceSettings settings =
        new SourceSettings(
            "bobbin-test",
            null,
            4,
            1 << 20,
            batchRows,
            1 << 24,
            Duration.ofSeconds(2),
            Duration.ofSeconds(20));
    return Server.connect(
        ConnectionSettings.at(WORDS, mysql.host(), mysql.port(), "")
            .tls(Tls.off())
            .login(user, () -> user.equals(mysql.user()) ? mysql.password().orElse("") : ""),
        settings);
  }

  MySqlServer mysql() {
    return mysql;
  }

  String database() {
    return database;
  }

  Server server() {
    return server;
  }

  void execute(String... sql) throws SQLException {
    try (Connection connection = mysql.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION sql_mode = ''");
      for (String each : sql) {
        statement.execute(each);
      }
    }
  }

  String query(String sql) throws SQLException {
    return String.valueOf(mysql.query(database, sql));
  }

  /** A table as structure sync finds it. */
  Table table(String name) {
    return new StructureSync(server, false)
        .run(database::equals)
        .table(TableId.of(database, name))
        .orElseThrow();
  }

  LoadRequest request(Table table, @Nullable Incremental method, Map<String, String> positions) {
    return new LoadRequest(table, method, positions, true, 1);
  }

  Optional<SourceLoad> begin(LoadRequest request) {
    return new LoadOpening(server, request).open();
  }

  /** The positions before the first row of a load that is cut into about so many ranges. */
  Map<String, String> positions(Table table, int count) throws SQLException {
    LoadKey key;
    try (ReadOnlyTransaction transaction =
        server.begin(ReadOnlyTransaction.Isolation.READ_COMMITTED)) {
      TableOpening opening = new TableOpening(server, table);
      key = LoadKey.of(table, opening.look(transaction).storage()).orElseThrow();
      KeyProbe probe = new KeyProbe(transaction.connection(), table, key);
      return positions(table, new Cuts(probe, key).ranges(count));
    }
  }

  Map<String, String> positions(Table table, List<KeyRange> ranges) {
    Map<String, String> positions = new HashMap<>();
    try (SourceLoad load = begin(request(table, null, Map.of())).orElseThrow()) {
      ScanRange range = load.scans().get(0).range();
      LoadOrigin origin = RangePosition.parse(((ScanRange.Slice) range).position()).origin();
      for (KeyRange each : ranges) {
        positions.put(
            "range-" + (positions.size() + 1), RangePosition.before(origin, each).toString());
      }
    }
    return positions;
  }

  /** All values of a column of whole numbers that a scan gives. */
  List<Long> read(TableScan scan, String column) {
    List<Long> values = new ArrayList<>();
    try (BatchReader reader = new ScanOpening(server, scan).open(index -> true)) {
      drain(reader, column, values);
    }
    return values;
  }

  static List<SourceBatch> drain(BatchReader reader, String column, List<Long> values) {
    List<SourceBatch> batches = new ArrayList<>();
    for (Optional<SourceBatch> b = reader.next(); b.isPresent(); b = reader.next()) {
      batches.add(b.get());
      add(b.get(), column, values);
    }
    return batches;
  }

  static void add(SourceBatch batch, String column, List<Long> values) {
    for (int row = 0; row < batch.rows().rowCount(); row++) {
      values.add(batch.rows().column(column).getLong(row));
    }
  }

  @Override
  public void close() throws SQLException {
    server.close();
    mysql.dropDatabase(database);
  }
}
