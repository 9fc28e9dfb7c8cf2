package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.check.Finding;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.TableAbilities;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A connected PostgreSQL server. */
final class PostgresSession implements SourceSession {

  private final Databases databases;
  private volatile Abilities abilities;

  /** Takes over the connections: closing this session closes them. */
  PostgresSession(Databases databases) {
    this.databases = databases;
    this.abilities = new Abilities(databases.kind(), Map.of());
  }

  @Override
  public Catalog discover(Predicate<String> which) {
    StructureSync sync = new StructureSync(databases);
    Catalog catalog = sync.run(which);
    abilities = new Abilities(databases.kind(), sync.obstacles());
    return catalog;
  }

  @Override
  public List<String> defaultNamespace() {
    return databases.defaultNamespace();
  }

  @Override
  public List<OptionalDouble> estimateNullKeys(List<TableKey> keys) {
    return new NullKeyEstimates(databases).of(keys);
  }

  @Override
  public void check(Clock clock, Consumer<Finding> findings) {
    new ServerCheck(databases, clock).findings().forEach(findings);
  }

  @Override
  public String grant(TableId table, List<String> columns) {
    return new MissingPrivileges(databases, table, columns).statements();
  }

  /** Without a lock on writers, where PostgreSQL can do that. */
  @Override
  public String createIndex(Table table, String column) {
    return switch (table.kind()) {
      case TABLE, MATERIALIZED_VIEW -> createIndex("CONCURRENTLY ", table, column);
      case PARTITIONED_TABLE -> createIndex("", table, column);
      case VIEW, FOREIGN_TABLE -> "";
    };
  }

  private static String createIndex(String how, Table table, String column) {
    return "CREATE INDEX "
        + how
        + "ON "
        + PostgresSql.table(table.id())
        + " ("
        + PostgresSql.identifier(column)
        + ");";
  }

  @Override
  public TableAbilities abilities(Table table) {
    return abilities.of(table);
  }

  @Override
  public BatchReader open(TableScan scan) {
    return new ScanOpening(databases, scan).open(abilities.of(scan.table()).latecomers());
  }

  @Override
  public Optional<SourceLoad> beginLoad(LoadRequest request) {
    return abilities.cuts(request.table())
        ? new LoadOpening(databases, request).open()
        : Optional.empty();
  }

  @Override
  public void cancel() {
    databases.cancel();
  }

  @Override
  public void close() {
    databases.close();
  }

  @Override
  public String toString() {
    return databases.toString();
  }
}
