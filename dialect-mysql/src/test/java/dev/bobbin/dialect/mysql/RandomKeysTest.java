package dev.bobbin.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Table;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.testservers.MySqlVersion;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Loads of tables with keys of all kinds, cut and interrupted anywhere. */
class RandomKeysTest {

  /**
   * A type of key.
   *
   * @param sql its declaration
   * @param value makes a literal
   */
  private record Kind(String sql, Function<Random, String> value) {}

  private static List<Kind> kinds(MySqlVersion version) {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(new Kind("int", r -> "" + (r.nextInt(2000) - 1000)));
    kinds.add(new Kind("tinyint unsigned", r -> "" + r.nextInt(256)));
    kinds.add(new Kind("bigint", r -> "" + r.nextLong()));
    kinds.add(new Kind("bigint unsigned", r -> Long.toUnsignedString(r.nextLong())));
    kinds.add(new Kind("int(8) zerofill", r -> "" + r.nextInt(300)));
    kinds.add(
        new Kind(
            "decimal(65,30)",
            r ->
                (r.nextLong() / (r.nextBoolean() ? 1 : 1_000_000_000_000L))
                    + "."
                    + (r.nextBoolean() ? "" : "000000000000000000000000000")
                    + r.nextInt(100)));
    kinds.add(
        new Kind("date", r -> r.nextInt(20) == 0 ? odd(r) : "'20%02d-01-10'".formatted(day(r))));
    kinds.add(
        new Kind(
            "datetime(6)",
            r ->
                r.nextInt(20) == 0
                    ? odd(r)
                    : "'2020-05-%02d 10:20:30.%06d'".formatted(1 + r.nextInt(9), r.nextInt(99))));
    kinds.add(new Kind("datetime", r -> "'2020-05-0%d 10:20:30'".formatted(1 + r.nextInt(9))));
    kinds.add(
        new Kind(
            "timestamp(6)",
            r ->
                r.nextInt(20) == 0
                    ? "'0000-00-00 00:00:00'"
                    : "'20%02d-05-01 10:20:30.%06d'".formatted(r.nextInt(37), r.nextInt(99))));
    kinds.add(
        new Kind(
            "time(6)",
            r ->
                "'%s%d:20:30.%06d'"
                    .formatted(r.nextBoolean() ? "-" : "", r.nextInt(838), r.nextInt(99))));
    kinds.add(new Kind("year", r -> r.nextInt(9) == 0 ? "0" : "" + (1950 + r.nextInt(150))));
    kinds.add(new Kind("bit(64)", r -> "" + Long.toUnsignedString(r.nextLong())));
    kinds.add(new Kind("bit(1)", r -> "" + r.nextInt(2)));
    kinds.add(new Kind("char(9) collate utf8mb4_general_ci", r -> text(r, "aÄzß01 _'\\\\")));
    kinds.add(new Kind("varchar(9) collate utf8mb4_unicode_ci", r -> text(r, "aAbBéx01 _%")));
    kinds.add(new Kind("varchar(9) collate utf8mb4_bin", r -> text(r, "aA 😀ż0z")));
    kinds.add(new Kind("varchar(9) character set latin1", r -> text(r, "aA €é0z")));
    kinds.add(new Kind("char(36) character set ascii", r -> "'" + uuid(r) + "'"));
    kinds.add(new Kind("varbinary(9)", r -> bytes(r, 1 + r.nextInt(9))));
    kinds.add(new Kind("binary(16)", r -> bytes(r, 16)));
    if (version.isMySqlSince(8, 0)) {
      kinds.add(new Kind("varchar(9) collate utf8mb4_0900_ai_ci", r -> text(r, "aÁbB x01")));
      kinds.add(new Kind("varchar(9) collate utf8mb4_0900_as_cs", r -> text(r, "aÁbB x01")));
    }
    if (version.mariaDb()) {
      kinds.add(new Kind("uuid", r -> "'" + uuid(r) + "'"));
      kinds.add(new Kind("varchar(9) collate utf8mb4_nopad_bin", r -> text(r, "aÁbB x01")));
    }
    return kinds;
  }

  private static int day(Random random) {
    return random.nextInt(99);
  }

  private static String odd(Random random) {
    return random.nextBoolean() ? "'0000-00-00'" : "'2020-00-%02d'".formatted(random.nextInt(20));
  }

  private static String text(Random random, String alphabet) {
    int[] characters = alphabet.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(5); i >= 0; i--) {
      text.appendCodePoint(characters[random.nextInt(characters.length)]);
    }
    return "'" + text.toString().replace("\\", "\\\\").replace("'", "''") + "'";
  }

  private static UUID uuid(Random random) {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private static String bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    if (random.nextBoolean()) {
      bytes[length - 1] = 0;
    }
    return "x'" + HexFormat.of().formatHex(bytes) + "'";
  }

  @ParameterizedTest
  @MethodSource("dev.bobbin.testservers.MySqlVersion#bundled")
  void everyRowComesOnceWhereverALoadIsCutAndInterrupted(MySqlVersion version) throws SQLException {
    long seed = Long.getLong("bobbin.seed", System.nanoTime());
    System.out.println("RandomKeysTest: seed " + seed);
    Random random = new Random(seed);
    try (LoadFixture fixture = LoadFixture.on(version, 3)) {
      List<Kind> kinds = kinds(version);
      for (int i = 0; i < kinds.size(); i++) {
        load(fixture, "one_" + i, List.of(kinds.get(i)), random, seed);
      }
      for (int i = 0; i < 12; i++) {
        List<Kind> several = new ArrayList<>();
        for (int j = 2 + random.nextInt(2); j > 0; j--) {
          several.add(kinds.get(random.nextInt(kinds.size())));
        }
        load(fixture, "several_" + i, several, random, seed);
      }
    }
  }

  private static void load(
      LoadFixture fixture, String name, List<Kind> kinds, Random random, long seed)
      throws SQLException {
    List<String> columns = new ArrayList<>();
    StringBuilder create = new StringBuilder("CREATE TABLE " + name + " (n int NOT NULL");
    for (Kind kind : kinds) {
      columns.add("k" + columns.size());
      create.append(", k").append(columns.size() - 1).append(' ').append(kind.sql());
      create.append(" NOT NULL");
      if (kind.sql().startsWith("timestamp")) {
        create.append(" DEFAULT '2020-01-01 00:00:00'");
      }
    }
    create.append(", PRIMARY KEY (").append(String.join(", ", columns)).append("))");
    create.append(" ENGINE = InnoDB");
    String rows =
        LongStream.range(0, 40)
            .mapToObj(
                n ->
                    kinds.stream()
                        .map(kind -> kind.value().apply(random))
                        .collect(Collectors.joining(", ", "(" + n + ", ", ")")))
            .collect(Collectors.joining(", "));
    fixture.execute(
        create.toString(),
        "SET time_zone = '+00:00'",
        "INSERT IGNORE INTO " + name + " VALUES " + rows,
        "ANALYZE TABLE " + name);
    String as = String.format(Locale.ROOT, "%s %s, seed %d", name, create, seed);
    Table table = fixture.table(name);
    List<Long> all =
        fixture.read(new TableScan(table, TableScan.ALL, new ScanRange.WholeTable()), "n");
    List<Long> read = new ArrayList<>();
    Map<String, String> positions = new HashMap<>(fixture.positions(table, 1 + random.nextInt(9)));
<<<<<<< HEAD
=======
    if (Boolean.getBoolean("dbg"))
      System.out.println(create + " " + all.size() + " rows, ranges " + positions.size());
>>>>>>> main
    boolean done = false;
    while (!done) {
      try (SourceLoad load = fixture.begin(fixture.request(table, null, positions)).orElseThrow()) {
        assertThat(load.restarted()).as(as).isEmpty();
        done = read(load, positions, read, random);
      }
    }
    assertThat(read).as(as).containsExactlyInAnyOrderElementsOf(all);
  }

  /** Reads on, and stops anywhere. */
  private static boolean read(
      SourceLoad load, Map<String, String> positions, List<Long> read, Random random) {
    for (TableScan scan : load.scans()) {
      try (BatchReader reader = load.open(scan)) {
        Optional<SourceBatch> batch = reader.next();
        while (batch.isPresent()) {
          LoadFixture.add(batch.get(), "n", read);
          positions.put(scan.name(), batch.get().position().orElseThrow());
          if (random.nextInt(12) == 0) {
            return false;
          }
          batch = reader.next();
        }
        positions.put(scan.name(), reader.endPosition().orElseThrow());
      }
    }
    return true;
  }
}
