package dev.bobbin.dialect.sqlserver;

import dev.bobbin.dialect.sqlserver.stub.Answer;
import dev.bobbin.dialect.sqlserver.stub.TdsServer.Request;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What a server with one database, {@code shop}, and one table, {@code dbo.things}, answers to the
 * dialect: its catalog is made of the columns that a test says, the rows are the test's.
 */
public final class Shop implements Function<Request, Answer> {

  static final int OBJECT = 901;
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 11, 30, 5, 0);

  private static final String SQL_SERVER =
      "Microsoft SQL Server 2022 (RTM-CU16) - 16.0.4165.4 (X64)";
  private static final String BABELFISH =
      """
      Babelfish for PostgreSQL with SQL Server Compatibility - 12.0.2000.8
      PostgreSQL 16.4 on x86_64-pc-linux-gnu (Babelfish 4.3.0)
      """;

  private record Column(String name, String type, int length, int precision, int scale) {}

  private final boolean babelfish;
  private final List<Column> columns = new ArrayList<>();
  private Answer rows = Answer.rows(1, "none").thenFails(50000, "nobody said which rows");
  private List<Integer> key = List.of();
  private boolean snapshot = true;
  private long hobt = 72057594043236352L;
  private Function<Request, Answer> first = unused -> null;

  private Shop(boolean babelfish) {
    this.babelfish = babelfish;
  }

  public static Shop onSqlServer() {
    return new Shop(false);
  }

  public static Shop onBabelfish() {
    return new Shop(true);
  }

  /** Adds a column; numbers as {@code sys.columns} has them. */
  public Shop column(String name, String type, int length, int precision, int scale) {
    columns.add(new Column(name, type, length, precision, scale));
    return this;
  }

  public Shop column(String name, String type) {
    return column(name, type, 8, 0, 0);
  }

  /** The primary key's columns, from 1. */
  public Shop primaryKey(Integer... numbers) {
    key = List.of(numbers);
    return this;
  }

  Shop withoutSnapshots() {
    snapshot = false;
    return this;
  }

  /** What every statement over the table gives. */
  public Shop rows(Answer answer) {
    rows = answer;
    return this;
  }

  /** Answers before all others, where it does. */
  Shop first(Function<Request, Answer> answers) {
    first = answers;
    return this;
  }

  /** The table is emptied. */
  void truncate() {
    hobt++;
  }

  @Override
  public Answer apply(Request request) {
    Answer own = first.apply(request);
    if (own != null) {
      return own;
    }
    String sql = request.sql();
    if (sql.startsWith("SELECT @@VERSION")) {
      return Answer.row(babelfish ? BABELFISH : SQL_SERVER);
    } else if (sql.contains("BabelfishVersion")) {
      return Answer.row(null, "16.0.4165.4", 3);
    } else if (sql.startsWith("SELECT DB_NAME()")) {
      return Answer.row("shop", "dbo", "bobbin");
    } else if (sql.startsWith("SELECT name FROM sys.databases")) {
      return Answer.row("shop");
    } else if (sql.contains("Updateability")) {
      return Answer.row("READ_WRITE");
    } else if (sql.contains("pg_class")) {
      return Answer.failure(33557097, "relation \"pg_class\" does not exist");
    } else if (sql.contains("FROM sys.databases AS d WHERE d.state")) {
      return Answer.rows(4, "master", 1, 0, 1, "shop", snapshot ? 1 : 0, 0, 1);
    } else if (sql.contains("FROM sys.databases AS d WHERE d.name")) {
      return Answer.row("shop", snapshot ? 1 : 0, 0, 1);
    } else if (sql.contains("FROM sys.tables AS o JOIN")) {
      return Answer.row("dbo", "things", OBJECT, "", 1);
    } else if (sql.contains("FROM sys.views AS o")) {
      return Answer.rows(5);
    } else if (sql.contains("FROM sys.columns AS c JOIN")) {
      return columns();
    } else if (sql.contains("FROM sys.indexes AS i")) {
      return indexes();
    } else if (sql.contains("p.rows), COUNT(*)")) {
      return Answer.row(OBJECT, 10, 1);
    } else if (sql.contains("extended_properties")) {
      return Answer.row(OBJECT, 0, "Things that are sold");
    } else if (sql.contains("GROUP BY p.hobt_id")) {
      return Answer.row(hobt + ".1", 81920);
    } else if (sql.contains("sys.allocation_units")) {
      return Answer.row(OBJECT, 81920);
    } else if (sql.contains("security_predicates")) {
      return Answer.rows(1);
    } else if (sql.contains("INFORMATION_SCHEMA.COLUMNS")) {
      return writtenNames();
    } else if (sql.contains("SYSUTCDATETIME() FROM sys.objects")) {
      return Answer.row(OBJECT, "2026-01-01T00:00:00", 10, "STUB", NOW);
    } else if (sql.startsWith("SELECT SYSUTCDATETIME()")) {
      return Answer.row(LocalDateTime.now(java.time.ZoneOffset.UTC));
    } else if (sql.contains("is_memory_optimized FROM")) {
      return Answer.row(0);
    } else if (sql.contains("sys.identity_columns")) {
      return Answer.rows(1);
    } else if (sql.contains("MIN_ACTIVE_ROWVERSION")) {
      return Answer.row((Object) new byte[] {0, 0, 0, 0, 0, 0, 0x20, 0});
    } else if (sql.startsWith("SELECT TOP (0)")) {
      return Answer.rows(1);
    } else if (sql.toLowerCase(Locale.ROOT).contains("[dbo].[things]")) {
      return rows;
    }
    return Answer.done();
  }

  private Answer columns() {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      boolean text = List.of("char", "varchar", "text").contains(column.type());
      values.addAll(
          Arrays.asList(
              OBJECT,
              i + 1,
              babelfish ? column.name().toLowerCase(Locale.ROOT) : column.name(),
              column.type(),
              column.length(),
              column.precision(),
              column.scale(),
              0,
              text ? "Latin1_General_CI_AS" : "",
              key.contains(i + 1) ? 0 : 1,
              0,
              0,
              1,
              ""));
    }
    return Answer.rows(14, values.toArray());
  }

  private Answer indexes() {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < key.size(); i++) {
      values.addAll(Arrays.asList(OBJECT, 1, "PK_things", 1, 1, 0, 1, i + 1, i + 1, key.get(i), 0));
    }
    return Answer.rows(11, values.toArray());
  }

  private Answer writtenNames() {
    List<Object> values = new ArrayList<>();
    columns.forEach(column -> values.addAll(List.of("dbo", "Things", column.name())));
    return Answer.rows(3, values.toArray());
  }
}
