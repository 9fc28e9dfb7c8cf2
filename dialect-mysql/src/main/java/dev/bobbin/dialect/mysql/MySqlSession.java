package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Catalog;
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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** A connected MySQL or MariaDB server. */
final class MySqlSession implements SourceSession {

  /** Types of which an index holds prefixes alone, and so has no order. */
  private static final Pattern UNINDEXED = Pattern.compile("(tiny|medium|long)?(text|blob)\\b.*");

  private final Server server;
  private final boolean tinyInt1AsBool;
  private volatile Abilities abilities = new Abilities(Map.of());

  /** Takes over the server: closing this session closes it. */
  MySqlSession(Server server, boolean tinyInt1AsBool) {
    this.server = server;
    this.tinyInt1AsBool = tinyInt1AsBool;
  }

  @Override
  public Catalog discover(Predicate<String> databases) {
    StructureSync sync = new StructureSync(server, tinyInt1AsBool);
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
    boolean whole =
        table
            .column(column)
            .filter(c -> !UNINDEXED.matcher(c.nativeType().toLowerCase(Locale.ROOT)).matches())
            .isPresent();
    return IndexProposal.of(table, column, whole, MySqlSql::identifier);
  }

  @Override
  public TableAbilities abilities(Table table) {
    return abilities.of(table);
  }

  @Override
  public BatchReader open(TableScan scan) {
    return new ScanOpening(server, scan).open(index -> abilities.isOrdered(scan.table(), index));
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
