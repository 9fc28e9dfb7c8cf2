package dev.bobbin.benchmarks;

import dev.bobbin.benchmarks.Benchmark.CaseOf;
import dev.bobbin.testservers.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Runs benchmarks, each on a PostgreSQL of its own, prints their tables and writes a file of JSON
 * for each.
 */
final class Bench implements AutoCloseable {

  private static final String DATABASE = "postgres";
  private static final String LARGEST =
      "SELECT pg_size_pretty(max(pg_table_size(oid))) FROM pg_class WHERE relkind = 'r'";

  private final Path target;
  private final int rounds;
  private final long rows;
  private final Map<Class<? extends DataSet>, PostgresServer> servers = new HashMap<>();

  Bench(Path target, int rounds, long rows) {
    this.target = target;
    this.rounds = rounds;
    this.rows = rows;
  }

  /** Arguments: the folder for the results, names with commas or "all", rounds, rows or 0. */
  public static void main(String[] args) throws Exception {
    try (Bench bench =
        new Bench(Path.of(args[0]), Integer.parseInt(args[2]), Long.parseLong(args[3]))) {
      for (String name : names(args[1])) {
        bench.run(name);
      }
    }
  }

  private static List<String> names(String wanted) {
    List<String> known = new ArrayList<>(Benchmark.all().stream().map(Benchmark::name).toList());
    known.add(Decoders.NAME);
    List<String> names = wanted.equals("all") ? known : List.of(wanted.split(",", -1));
    if (!known.containsAll(names)) {
      throw new IllegalArgumentException(
          "-Dbench=" + wanted + ": there are all, " + String.join(", ", known) + ".");
    }
    return names;
  }

  private void run(String name) throws Exception {
    Map<String, List<Measurement>> measurements =
        name.equals(Decoders.NAME) ? Decoders.run(rounds) : run(Benchmark.named(name));
    Report report = new Report(Result.of(measurements));
    Path file = target.resolve(name + ".json");
    report.write(file);
    say("%n%s%n%s", report.table(), file);
  }

  private Map<String, List<Measurement>> run(Benchmark benchmark) throws Exception {
    long size = rows > 0 ? rows : benchmark.data().defaultRows();
    say("%n%s: making %,d rows", benchmark.name(), size);
    PostgresServer server = server(benchmark.data(), size);
    say("the largest table takes %s", Objects.requireNonNull(server.query(DATABASE, LARGEST)));
    Source source = new Source(server.host(), server.port(), DATABASE, server.user());
    Work work = benchmark.data().work(size);
    Map<String, List<Measurement>> measurements =
        Rounds.run(cases(benchmark, source, work), rounds);
    if (benchmark.data() instanceof ManyTables) {
      say("it sends %s", StatementCount.of(new DiscoveryPeer(), server, source, work));
    }
    return measurements;
  }

  /** Servers live on: several benchmarks read the same tables. */
  private PostgresServer server(DataSet data, long size) throws SQLException {
    PostgresServer known = servers.get(data.getClass());
    if (known != null) {
      return known;
    }
    PostgresServer server =
        PostgresServer.version("18")
            .timeZone("UTC")
            .config("wal_level", "logical") // for Debezium
            .config("shared_buffers", "1GB")
            .config("max_wal_size", "4GB")
            .config("checkpoint_timeout", "1h")
            .config("autovacuum", "off")
            .start();
    servers.put(data.getClass(), server);
    data.create(server, DATABASE, size);
    return server;
  }

  private List<Case> cases(Benchmark benchmark, Source source, Work work) throws IOException {
    Path folder = Files.createDirectories(target.resolve("bench"));
    List<Case> cases = new ArrayList<>();
    for (CaseOf one : benchmark.cases()) {
      if (!one.peer().equals(CaseOf.PSQL)) {
        Work own = one.warm() ? work : work.withoutWarmUp();
        cases.add(new JvmCase(one.name(), one.peer(), one.flags(), source, own, folder));
      } else if (PsqlCase.version().isPresent()) {
        say("psql-copy-binary is %s", PsqlCase.version().get());
        cases.add(new PsqlCase(one.name(), source, work));
      } else {
        say("There is no psql: psql-copy-binary is a COPY through the JDBC driver to nowhere.");
        cases.add(new JvmCase(one.name(), "copy-out", one.flags(), source, work, folder));
      }
    }
    return cases;
  }

  private static void say(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }

  @Override
  public void close() {
    servers.values().forEach(PostgresServer::close);
  }
}
