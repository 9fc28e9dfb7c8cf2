package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.check.Finding;
import dev.bobbin.dialect.jdbc.IndexProposal;
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
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A connected SQL Server. */
final class SqlServerSession implements SourceSession {

  private final Server server;
  private volatile Abilities abilities = new Abilities(Map.of());

  /** Takes over the server: closing this session closes it. */
  SqlServerSession(Server server) {
    this.server = server;
  }

  @Override
  public Catalog discover(Predicate<String> databases) {
    StructureSync sync = new StructureSync(server);
    Catalog catalog = sync.run(databases);
    abilities = new Abilities(sync.storages());
    return catalog;
  }

  @Override
  public List<String> defaultNamespace() {
    return server.defaultNamespace();
  }

  @Override
  public void check(Clock clock, Consumer<Finding> findings) {
    new ServerCheck(server, clock).findings().forEach(findings);
  }

  @Override
  public String grant(TableId table, List<String> columns) {
    return new MissingPrivileges(server).statement(table, columns);
  }

  @Override
  public String createIndex(Table table, String column) {
    boolean ordered =
        table
            .column(column)
            .filter(c -> c.keySupport() != KeySupport.UNORDERED)
            .filter(c -> !TypeName.parse(c.nativeType()).isLarge())
            .isPresent();
    return IndexProposal.of(table, column, ordered, TSql::identifier);
  }

  @Override
  public TableAbilities abilities(Table table) {
    return abilities.of(table);
  }

  @Override
  public BatchReader open(TableScan scan) {
    return new ScanOpening(server, scan).open();
  }

  @Override
  public Optional<SourceLoad> beginLoad(LoadRequest request) {
    return abilities.cuts(request.table())
        ? new LoadOpening(server, request).open()
        : Optional.empty();
  }

  @Override
  public void cancel() {
    server.cancel();
  }

  @Override
  public void close() {
    server.close();
  }

  @Override
  public String toString() {
    return server.toString();
  }
}
