package dev.bobbin.testkit;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.spi.SourceDialect;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The in-memory source as a fixture. */
final class InMemoryFixture implements SourceFixture {

  private final InMemorySource source;
  private final Set<Behaviour> lacks;

  InMemoryFixture() {
    this(InMemorySource.named("shop"));
  }

  InMemoryFixture(InMemorySource source) {
    this(source, Set.of());
  }

  private InMemoryFixture(InMemorySource source, Set<Behaviour> lacks) {
    this.source = source;
    this.lacks = lacks;
  }

  /** One whose scans each see a snapshot of their own. */
  static InMemoryFixture ownSnapshots() {
    return new InMemoryFixture(
        InMemorySource.named("shop").ownSnapshots(), Set.of(Behaviour.SHARED_SNAPSHOTS));
  }

  @Override
  public boolean supports(Behaviour behaviour) {
    return !lacks.contains(behaviour);
  }

  static Table portable(TableId id) {
    return Table.named(id)
        .column(Column.of(ID, new DataType.Int(64, true), "bigint").notNull())
        .column(Column.of(UPDATED, new DataType.Instant(), "instant"))
        .column(Column.of(VERSION, new DataType.Int(64, true), "bigint"))
        .column(Column.of(PAYLOAD, new DataType.Text(), "text"))
        .primaryKey(ID)
        .index(new Table.Index("by_updated", List.of(UPDATED), false, false, false, true))
        .index(new Table.Index("by_version", List.of(VERSION), false, false, false, true))
        .build();
  }

  @Override
  public SourceDialect dialect() {
    return source;
  }

  @Override
  public TableId createTable(String name) {
    return source.create(portable(source.id(name)));
  }

  @Override
  public TableId createView(String name, TableId of) {
    return source.createView(source.id(name), of);
  }

  @Override
  public void addColumn(TableId table, String column) {
    source.addColumn(table, Column.of(column, new DataType.Text(), "text"));
  }

  @Override
  public void dropColumn(TableId table, String column) {
    source.dropColumn(table, column);
  }

  @Override
  public void retypeColumn(TableId table, String column) {
    source.retypeColumn(
        table, Column.of(column, new DataType.Text(), "text"), value -> value.toString());
  }

  @Override
  public void dropTable(TableId table) {
    source.drop(table);
  }

  @Override
  public boolean truncate(TableId table) {
    source.truncate(table);
    return true;
  }

  @Override
  public boolean rewrite(TableId table) {
    source.rewrite(table);
    return true;
  }

  @Override
  public Changes begin() {
    InMemorySource.Transaction transaction = source.begin();
    return new Changes() {
      @Override
      public void insert(TableId table, SourceRow row) {
        transaction.insert(table, row.id(), row.updated(), row.version(), row.payload());
      }

      @Override
      public void update(TableId table, SourceRow row) {
        Map<String, Object> values = new HashMap<>();
        values.put(UPDATED, row.updated());
        values.put(VERSION, row.version());
        values.put(PAYLOAD, row.payload());
        transaction.update(table, r -> Objects.equals(r.get(ID), row.id()), values);
      }

      @Override
      public void set(TableId table, long id, String column, String value) {
        transaction.update(
            table, r -> Objects.equals(r.get(ID), id), Collections.singletonMap(column, value));
      }

      @Override
      public void delete(TableId table, long id) {
        transaction.delete(table, r -> Objects.equals(r.get(ID), id));
      }

      @Override
      public void commit() {
        transaction.commit();
      }

      @Override
      public void close() {
        transaction.rollback();
      }
    };
  }

  @Override
  public void killConnections() {
    source.killConnections();
  }

  @Override
  public void awaitNothingOpen() {
    if (source.openSessions() + source.openLoads() + source.openReaders() > 0) {
      throw new AssertionError(
          source.openSessions()
              + " sessions, "
              + source.openLoads()
              + " loads and "
              + source.openReaders()
              + " scans are open");
    }
  }

  @Override
  public void close() {}
}
