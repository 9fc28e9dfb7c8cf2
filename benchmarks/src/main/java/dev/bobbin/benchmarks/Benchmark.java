package dev.bobbin.benchmarks;

import java.util.List;

/**
 * A benchmark: tables, and the cases that do something with them. The first case is what the others
 * are compared with.
 *
 * @param name as it is given on the command line
 */
record Benchmark(String name, DataSet data, List<CaseOf> cases) {

  /**
   * A case before it is known where the server is.
   *
   * @param peer what runs in the JVM; {@link #PSQL} for psql
   * @param flags of the JVM
   * @param warm whether it warms up first
   */
  record CaseOf(String name, String peer, List<String> flags, boolean warm) {

    static final String PSQL = "psql";

    static CaseOf psql() {
      return new CaseOf("psql-copy-binary", PSQL, List.of(), false);
    }

    static CaseOf of(String peer) {
      return of(peer, peer);
    }

    static CaseOf of(String name, String peer, String... flags) {
      return new CaseOf(name, peer, List.of(flags), true);
    }

    CaseOf cold() {
      return new CaseOf(name, peer, flags, false);
    }
  }

  private static final List<Benchmark> ALL =
      List.of(
          new Benchmark(
              "postgres",
              new ShopTable(),
              List.of(
                  CaseOf.psql(),
                  CaseOf.of("jdbc-typed-loop"),
                  CaseOf.of("spring-batch"),
                  CaseOf.of("debezium"),
                  CaseOf.of("bobbin-1"),
                  CaseOf.of("bobbin-4"))),
          new Benchmark(
              "memory",
              new ShopTable(),
              List.of(
                  CaseOf.of("bobbin-1"),
                  CaseOf.of("bobbin-1-48m", "bobbin-1", "-Xmx48m"),
                  CaseOf.of("bobbin-4-96m", "bobbin-4", "-Xmx96m"))),
          new Benchmark(
              "state",
              new ShopTable(),
              List.of(CaseOf.of("bobbin-1"), CaseOf.of("bobbin-1-file-state"))),
          new Benchmark(
              "discovery",
              new ManyTables(),
              List.of(
                  CaseOf.of("discovery-first", "discovery").cold(),
                  CaseOf.of("discovery-again", "discovery"))),
          new Benchmark("idle", new IdleTables(), List.of(CaseOf.of("idle"))),
          new Benchmark("wide", new WideTable(), List.of(CaseOf.psql(), CaseOf.of("bobbin-1"))),
          new Benchmark("blobs", new BlobTable(), List.of(CaseOf.psql(), CaseOf.of("bobbin-1"))));

  /** All that there are. */
  static List<Benchmark> all() {
    return ALL;
  }

  static Benchmark named(String name) {
    return ALL.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }
}
