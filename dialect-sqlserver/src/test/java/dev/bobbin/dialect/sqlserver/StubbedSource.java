package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.sqlserver.stub.Answer;
import dev.bobbin.dialect.sqlserver.stub.TdsServer;
import dev.bobbin.dialect.sqlserver.stub.TdsServer.Request;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A session of the real dialect and driver to a server with canned answers. */
final class StubbedSource implements AutoCloseable {

  static final SourceSettings SETTINGS =
      new SourceSettings(
          "bobbin stub",
          null,
          3,
          1 << 20,
          100,
          1 << 20,
          Duration.ofSeconds(5),
          Duration.ofSeconds(60));

  private final TdsServer server;
  private final SourceSession session;

  private StubbedSource(TdsServer server, SourceSession session) {
    this.server = server;
    this.session = session;
  }

  static StubbedSource of(Function<Request, Answer> answers) throws IOException {
    TdsServer server = TdsServer.answering(answers);
    return new StubbedSource(server, dialect(server).connect(SETTINGS));
  }

  static SqlServerDialect dialect(TdsServer server) {
    return SqlServerDialect.at(server.host(), server.port(), "shop")
        .login("bobbin", "secret")
        .tls(Tls.off());
  }

  TdsServer server() {
    return server;
  }

  SourceSession session() {
    return session;
  }

  Table table() {
    return session.discover(name -> true).tables().iterator().next();
  }

  /** All batches of a whole table. */
  List<SourceBatch> readAll() {
    return read(table(), new ScanRange.WholeTable());
  }

  List<SourceBatch> read(Table table, ScanRange range) {
    List<SourceBatch> batches = new ArrayList<>();
    try (BatchReader reader = session.open(new TableScan(table, TableScan.ALL, range))) {
      for (Optional<SourceBatch> next = reader.next(); next.isPresent(); next = reader.next()) {
        batches.add(next.get());
      }
    }
    return batches;
  }

  /** The statements over the table itself that were sent, with how parameters were declared. */
  List<String> statements() {
    return server.requests().stream()
        .filter(request -> request.sql().contains("[things]") || request.sql().contains("[Things]"))
        .map(r -> r.sql() + (r.parameters().isEmpty() ? "" : "\n  " + r.parameters()))
        .toList();
  }

  static TableId things() {
    return TableId.of("shop", "dbo", "things");
  }

  @Override
  public void close() throws IOException {
    session.close();
    server.close();
  }
}
