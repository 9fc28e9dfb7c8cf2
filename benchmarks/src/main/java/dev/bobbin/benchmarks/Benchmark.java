package dev.bobbin.benchmarks;

import java.util.List;
import org.jspecify.annotations.Nullable;

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
   * @param client what runs if it is installed; null for the peer in any case
   * @param peer what runs in the JVM
   * @param flags of the JVM
   * @param warm whether it warms up first
   * @param way how it comes to the server
   */
  record CaseOf(
      String name,
      @Nullable Client client,
      String peer,
      List<String> flags,
      boolean warm,
      Way way) {

    static CaseOf psql() {
      return of("psql-copy-binary", Client.PSQL);
    }

    static CaseOf of(String name, Client client) {
      return new CaseOf(name, client, client.standIn(), List.of(), true, Way.DIRECT);
    }

    static CaseOf of(String peer) {
      return of(peer, peer);
    }

    static CaseOf of(String name, String peer, String... flags) {
      return new CaseOf(name, null, peer, List.of(flags), true, Way.DIRECT);
    }

    CaseOf cold() {
      return new CaseOf(name, client, peer, flags, false, way);
    }

    CaseOf by(Way other) {
      return new CaseOf(name, client, peer, flags, warm, other);
    }
  }

  private static final List<Benchmark> ALL =
      List.of(
          new Benchmark(
              "postgres",
              new ShopTable(ShopDdl.POSTGRES),
              List.of(
                  CaseOf.psql(),
                  CaseOf.of("jdbc-typed-loop"),
                  CaseOf.of("spring-batch"),
                  CaseOf.of("debezium"),
                  CaseOf.of("bobbin-1"),
                  CaseOf.of("bobbin-4"))),
          new Benchmark("memory", new ShopTable(ShopDdl.POSTGRES), memory()),
          new Benchmark(
              "state",
              new ShopTable(ShopDdl.POSTGRES),
              List.of(CaseOf.of("bobbin-1"), CaseOf.of("bobbin-1-file-state"))),
          new Benchmark("discovery", ManyTables.postgres(), discovery()),
          new Benchmark(
              "mysql",
              new ShopTable(ShopDdl.MYSQL),
              List.of(
                  CaseOf.of("mysql-quick", Client.MYSQL),
                  CaseOf.of("jdbc-streaming-text"),
                  CaseOf.of("jdbc-buffered"),
                  CaseOf.of("spring-batch", "spring-batch-streaming"),
                  CaseOf.of("debezium"),
                  CaseOf.of("bobbin-1"),
                  CaseOf.of("bobbin-4"))),
          new Benchmark("mysql-memory", new ShopTable(ShopDdl.MYSQL), memory()),
          new Benchmark("mysql-discovery", ManyTables.mySql(), discovery()),
          new Benchmark(
              "sqlserver",
              new ShopTable(ShopDdl.SQLSERVER),
              List.of(
                  CaseOf.of("jdbc-typed-loop"),
                  CaseOf.of("bobbin-1"),
                  CaseOf.of("bobbin-4"),
                  CaseOf.of("bobbin-1-64m", "bobbin-1", "-Xmx64m"))),
          new Benchmark("tunnel", new ShopTable(ShopDdl.POSTGRES), ways()),
          new Benchmark("tunnel-blobs", new BlobTable(), ways()),
          new Benchmark("idle", new IdleTables(), List.of(CaseOf.of("idle"))),
          new Benchmark("wide", new WideTable(), List.of(CaseOf.psql(), CaseOf.of("bobbin-1"))),
          new Benchmark("blobs", new BlobTable(), List.of(CaseOf.psql(), CaseOf.of("bobbin-1"))));

  private static List<CaseOf> memory() {
    return List.of(
        CaseOf.of("bobbin-1"),
        CaseOf.of("bobbin-1-48m", "bobbin-1", "-Xmx48m"),
        CaseOf.of("bobbin-4-96m", "bobbin-4", "-Xmx96m"));
  }

  private static List<CaseOf> ways() {
    return List.of(
        CaseOf.of("ssh-L", "bobbin-1").by(Way.SSH_FORWARD),
        CaseOf.of("direct", "bobbin-1"),
        CaseOf.of("bobbin-tunnel", "bobbin-1-tunnel").by(Way.TUNNEL));
  }

  private static List<CaseOf> discovery() {
    return List.of(
        CaseOf.of("discovery-first", "discovery").cold(),
        CaseOf.of("discovery-again", "discovery"));
  }

  /** Whether one of the cases comes through an SSH server. */
  boolean hasBastion() {
    return cases.stream().anyMatch(one -> one.way() != Way.DIRECT);
  }

  /** All that there are. */
  static List<Benchmark> all() {
    return ALL;
  }

  static Benchmark named(String name) {
    return ALL.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }
}
