package dev.bobbin.benchmarks;

import dev.bobbin.benchmarks.Benchmark.CaseOf;
import dev.bobbin.testservers.SqlServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Runs benchmarks, each on a server of its own, prints their tables and writes a file of JSON for
 * each.
 */
final class Bench implements AutoCloseable {

  private final Path target;
  private final int rounds;
  private final long rows;
  private final Map<DataSet, Made> made = new HashMap<>();
  private final List<Bastion> bastions = new ArrayList<>();

  /** Where a data set is. */
  private record Made(DatabaseServer server, String database) {}

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
    known.add(MongoBench.NAME);
    List<String> names = wanted.equals("all") ? known : List.of(wanted.split(",", -1));
    if (!known.containsAll(names)) {
      throw new IllegalArgumentException(
          "-Dbench=" + wanted + ": there are all, " + String.join(", ", known) + ".");
    }
    return names;
  }

  private void run(String name) throws Exception {
    if (name.equals(MongoBench.NAME)) {
      new MongoBench(target, rounds, rows).run();
      return;
    }
    if (!name.equals(Decoders.NAME) && !Benchmark.named(name).data().product().isThere()) {
      say(
          "%n%s: SKIPPED. No server of this product can be started here: name one in %s.",
          name, SqlServer.VARIABLE);
      return;
    }
    Map<String, List<Measurement>> measurements =
        name.equals(Decoders.NAME) ? Decoders.run(rounds) : run(Benchmark.named(name));
    Report report = new Report(Result.of(measurements));
    Path file = target.resolve(name + ".json");
    report.write(file);
    say("%n%s%n%s", report.table(), file);
    if (!name.equals(Decoders.NAME) && Benchmark.named(name).hasBastion()) {
      sayThroughputs(report.results());
    }
  }

  /** What the table's ratios of times are as ratios of speeds. */
  private static void sayThroughputs(List<Result> results) {
    for (Result result : results.subList(1, results.size())) {
      say(
          "throughput of %s ÷ %s: %.2f (in one round %.2f–%.2f)",
          result.name(),
          results.get(0).name(),
          1 / result.ratio(),
          1 / result.ratioMax(),
          1 / result.ratioMin());
    }
  }

  private Map<String, List<Measurement>> run(Benchmark benchmark) throws Exception {
    long size = rows > 0 ? rows : benchmark.data().defaultRows();
    say("%n%s: making %,d rows", benchmark.name(), size);
    Made tables = made(benchmark.data(), size);
    DatabaseServer server = tables.server();
    say("the largest table takes %s", server.largestTable(tables.database()));
    Source source = server.source(tables.database());
    Work work = benchmark.data().work(size);
    Map<String, List<Measurement>> measurements =
        Rounds.run(cases(benchmark, source, work), rounds);
    if (benchmark.data() instanceof ManyTables && server instanceof CountingServer counting) {
      Peer peer = new DiscoveryPeer();
      say(
          "it sends %s",
          counting.statements(
              tables.database(), () -> peer.copy(source, work.table(), work.rows())));
    }
    return measurements;
  }

  /** Servers live on: several benchmarks read the same tables. */
  private Made made(DataSet data, long size) throws SQLException {
    Made known = made.get(data);
    if (known != null) {
      return known;
    }
    DatabaseServer server = data.product().start();
    Made tables = new Made(server, server.firstDatabase());
    made.put(data, tables);
    data.create(server, tables.database(), size);
    return tables;
  }

  private List<Case> cases(Benchmark benchmark, Source source, Work work) throws IOException {
    Path folder = Files.createDirectories(target.resolve("bench"));
    Bastion bastion = benchmark.hasBastion() ? bastion(source) : null;
    List<Case> cases = new ArrayList<>();
    for (CaseOf one : benchmark.cases()) {
      Client client = one.client();
      Optional<String> installed = client == null ? Optional.empty() : client.version();
      if (client != null && installed.isPresent()) {
        say("%s: %s", one.name(), installed.get());
        cases.add(new ClientCase(one.name(), client, source, work));
      } else {
        if (client != null) {
          say("%s: %s", one.name(), client.absence());
        }
        Work own = one.warm() ? work : work.withoutWarmUp();
        JvmCase direct = new JvmCase(one.name(), one.peer(), one.flags(), source, own, folder);
        cases.add(bastion == null ? direct : one.way().lead(direct, bastion));
      }
    }
    return cases;
  }

  private Bastion bastion(Source source) throws IOException {
    Bastion bastion = Bastion.before(source);
    bastions.add(bastion);
    say("%s", bastion);
    return bastion;
  }

  static void say(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }

  @Override
  public void close() {
    bastions.forEach(Bastion::close);
    made.values().forEach(tables -> tables.server().close());
  }
}
