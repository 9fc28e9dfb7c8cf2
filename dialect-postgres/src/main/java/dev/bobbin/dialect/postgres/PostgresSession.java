package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceSession;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/** A connected PostgreSQL server. */
final class PostgresSession implements SourceSession {

  private final Databases databases;

  /** Takes over the connections: closing this session closes them. */
  PostgresSession(Databases databases) {
    this.databases = databases;
  }

  @Override
  public Catalog discover(Predicate<String> which) {
    return new StructureSync(databases).run(which);
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
  public BatchReader open(TableScan scan) {
    return new ScanOpening(databases, scan).open();
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
