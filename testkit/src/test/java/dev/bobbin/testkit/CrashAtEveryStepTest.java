package dev.bobbin.testkit;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.select.ReplicationMethod.NullKeys;
import dev.bobbin.select.Selection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The process dies before and after every call across its boundaries: contracts 1 to 4.
 *
 * <p>Each test runs once undisturbed and counts the steps, then for each step: a fresh world, a
 * process that dies at it, and two more that do not.
 */
class CrashAtEveryStepTest {

  private static final int BATCH = 3;

  /** A kind of sink, and of how many rows its unit of durability is at most. */
  enum Sink {
    ON_WRITE(BATCH) {
      @Override
      CollectingSink make() {
        return new CollectingSink();
      }
    },
    ON_FLUSH(3 * BATCH) {
      @Override
      CollectingSink make() {
        return new CollectingSink().durableOnFlush(200, Duration.ofHours(1));
      }
    },
    TRANSACTIONAL(0) {
      @Override
      CollectingSink make() {
        return new CollectingSink().transactional();
      }
    },
    TRANSACTIONAL_ON_FLUSH(0) {
      @Override
      CollectingSink make() {
        return new CollectingSink().transactional().durableOnFlush(200, Duration.ofHours(1));
      }
    };

    final int repeats;

    Sink(int repeats) {
      this.repeats = repeats;
    }

    abstract CollectingSink make();
  }

  /**
   * How a source reads a table: in one piece, in slices and with the versions of its rows, or in
   * slices that each see a snapshot of their own.
   */
  enum Source {
    PLAIN,
    CUTS,
    OWN_SNAPSHOTS
  }

  /** A sink, a source, and whether batches are read by other threads than the one that runs. */
  record Setting(Sink sink, Source source, boolean threads) {
    World world() {
      World world = new World(sink.make());
      world.batchRows = BATCH;
      if (source == Source.CUTS) {
        world.source.versioned().slices(3);
      } else if (source == Source.OWN_SNAPSHOTS) {
        world.source.ownSnapshots().slices(3);
      }
      if (!threads) {
        world.executor = Runnable::run;
      } else if (cuts()) {
        world.parallelism = 2;
      }
      return world;
    }

    boolean cuts() {
      return source != Source.PLAIN;
    }

    boolean isOf(Source... sources) {
      return List.of(sources).contains(source);
    }

    /** How many unchanged rows may come again: a batch or flush for each scan that was active. */
    int repeats() {
      return cuts() && threads ? 2 * sink.repeats : sink.repeats;
    }
  }

  static Stream<Setting> settings() {
    return Stream.of(Sink.values())
        .flatMap(
            sink ->
                Stream.of(Source.values())
                    .flatMap(
                        source ->
                            Stream.of(
                                new Setting(sink, source, false),
                                new Setting(sink, source, true))));
  }

  static Stream<Setting> plainSettings() {
    return settings().filter(setting -> setting.isOf(Source.PLAIN));
  }

  static Stream<Setting> cuttingSettings() {
    return settings().filter(Setting::cuts);
  }

  static Stream<Setting> oneSnapshotSettings() {
    return settings().filter(setting -> setting.isOf(Source.PLAIN, Source.CUTS));
  }

  static Stream<Setting> sharedSnapshotSettings() {
    return settings().filter(setting -> setting.isOf(Source.CUTS));
  }

  static Stream<Setting> ownSnapshotSettings() {
    return settings().filter(setting -> setting.isOf(Source.OWN_SNAPSHOTS));
  }

  /**
   * At how many steps from one to the next the process dies, the first being any: of long ways and
   * where scans are read side by side, when the steps are not the same each time, not at all of
   * them. {@link CrashAtEveryStepLongTest} leaves none out.
   */
  int stride(Setting setting, int steps) {
    return setting.threads() ? 8 : steps > 50 ? 4 : 1;
  }

  /** Lets the process die at every step. */
  private void everyStep(
      Setting setting,
      Supplier<World> fresh,
      Consumer<World> betweenCrashAndNext,
      Consumer<World> check) {
    World undisturbed = fresh.get();
    CrashPoint counting = CrashPoint.counting();
    undisturbed.run(counting);
    check.accept(undisturbed);
    int steps = counting.steps();
    assertThat(steps).isGreaterThan(10);
    int stride = stride(setting, steps);
    for (int step = 1 + new Random().nextInt(stride); step <= steps; step += stride) {
      World world = fresh.get();
      CrashPoint crash = CrashPoint.at(step);
      world.run(crash);
      try {
        // Side by side, the steps are not as many each time: the last ones may not be reached.
        assertThat(crash.hasCrashed() || world.parallelism > 1).isTrue();
        assertNothingOpen(world);
        betweenCrashAndNext.accept(world);
        world.run().throwIfFailed();
        if (setting.isOf(Source.OWN_SNAPSHOTS)) {
          // What changed behind a load that goes on is left to the scan after it.
          world.run().throwIfFailed();
        }
        check.accept(world);
        world.run().throwIfFailed();
        check.accept(world);
        assertNothingOpen(world);
        assertThat(world.sink.violations()).isEmpty();
      } catch (Throwable e) {
        throw new AssertionError("crash " + crash + "\nafter " + crash.log(), e);
      }
    }
  }

  private static void assertNothingOpen(World world) {
    assertThat(world.source.openReaders()).isZero();
    assertThat(world.source.openSessions()).isZero();
    assertThat(world.source.openLoads()).isZero();
  }

  private static void assertSameRows(World world, TableId table) {
    assertThat(world.sink.upserted(table))
        .containsExactlyInAnyOrderElementsOf(world.source.rows(table));
  }

  @ParameterizedTest
  @MethodSource("oneSnapshotSettings")
  void fullTableIsWholeAndEachLoadHasEachRowOnce(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          TableId orders = world.table("orders");
          world.fill(orders, 1, 8);
          world.selection = Selection.of(table("orders"));
          return world;
        },
        world -> world.fill(world.source.id("orders"), 20, 21),
        world -> {
          TableId orders = world.source.id("orders");
          List<Long> loads = world.sink.loadIds(orders);
          long last = loads.get(loads.size() - 1);
          if (world.sink.completes(orders).size() > 0) {
            assertThat(new HashSet<>(world.sink.rows(orders, last)))
                .containsExactlyInAnyOrderElementsOf(world.source.rows(orders));
          }
          assertThat(world.sink.completes(orders)).isNotEmpty();
          for (long load : loads) {
            List<Map<String, Object>> rows = world.sink.rows(orders, load);
            assertThat(rows.size() - new HashSet<>(rows).size())
                .isLessThanOrEqualTo(setting.cuts() ? setting.repeats() : 0);
          }
          assertSameRows(world, orders);
        });
  }

  @ParameterizedTest
  @MethodSource("sharedSnapshotSettings")
  void fullTableGoesOnWhereEachSliceStood(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          TableId orders = world.table("orders");
          world.fill(orders, 1, 14);
          world.selection = Selection.of(table("orders"));
          return world;
        },
        world -> {
          TableId orders = world.source.id("orders");
          world.source.update(orders, r -> r.get("id").equals(2L), Map.of("text", "changed"));
          world.source.update(orders, r -> r.get("id").equals(13L), Map.of("text", "changed"));
          world.fill(orders, 20, 21);
        },
        world -> {
          TableId orders = world.source.id("orders");
          assertSameRows(world, orders);
          for (long load : world.sink.loadIds(orders)) {
            List<Map<String, Object>> rows = world.sink.rows(orders, load);
            assertThat(rows.size() - new HashSet<>(rows).size())
                .isLessThanOrEqualTo(setting.repeats());
          }
        });
  }

  /**
   * A load of many moments has every row that is there throughout, in a state that it had
   * meanwhile; the next one has the table as it then is.
   */
  @ParameterizedTest
  @MethodSource("ownSnapshotSettings")
  void fullTableHasEveryRowThatIsThereThroughout(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          TableId orders = world.table("orders");
          world.fill(orders, 1, 14);
          world.selection = Selection.of(table("orders"));
          writeAtEveryStep(world);
          return world;
        },
        world -> {},
        world -> {
          TableId orders = world.source.id("orders");
          Set<Object> throughout =
              LongStream.rangeClosed(1, 14).boxed().collect(Collectors.toSet());
          List<Long> loads = world.sink.loadIds(orders);
          for (long load : loads.subList(0, loads.size() - 1)) {
            assertThat(ids(world.sink.rows(orders, load))).containsAll(throughout);
          }
          world.source.calm();
          world.run().throwIfFailed();
          assertSameRows(world, orders);
        });
  }

  /** Rows are written before, between and behind the scans of a load and in the increments. */
  @ParameterizedTest
  @MethodSource("ownSnapshotSettings")
  void whatIsWrittenWhileALoadIsReadComesWithTheNextScan(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          TableId orders = world.table("orders");
          world.fill(orders, 1, 14);
          world.selection = Selection.of(table("orders").incrementalBy("key"));
          writeAtEveryStep(world);
          return world;
        },
        world -> {},
        world -> {
          TableId orders = world.source.id("orders");
          world.source.calm();
          world.run().throwIfFailed();
          assertSameRows(world, orders);
          assertThat(world.sink.loadIds(orders)).hasSize(1);
          assertThat(world.repeats(orders)).isLessThanOrEqualTo(setting.repeats());
        });
  }

  /** At every step of a reader a row is changed and one inserted, each with a key that grows. */
  private static void writeAtEveryStep(World world) {
    TableId orders = world.source.id("orders");
    AtomicLong last = new AtomicLong(100);
    for (Moment.Place place :
        List.of(Moment.Place.LOAD, Moment.Place.OPEN, Moment.Place.BATCH, Moment.Place.END)) {
      world.source.always(
          new Moment(place, orders, null, 0),
          () -> {
            long next = last.incrementAndGet();
            world.source.update(
                orders,
                row -> row.get("id").equals(1 + next * 5 % 14),
                Map.of("key", next, "text", "written " + next));
            if (next < 130) {
              world.source.insert(orders, next % 2 == 0 ? next : -next, next, "new " + next);
            }
          });
    }
  }

  @ParameterizedTest
  @MethodSource("cuttingSettings")
  void aTableThatWasEmptiedMeanwhileBeginsAgain(Setting setting) {
    for (boolean incremental : List.of(true, false)) {
      everyStep(
          setting,
          () -> {
            World world = setting.world();
            TableId orders = world.table("orders");
            world.fill(orders, 1, 14);
            world.selection =
                Selection.of(incremental ? table("orders").incrementalBy("key") : table("orders"));
            return world;
          },
          world -> {
            TableId orders = world.source.id("orders");
            world.source.truncate(orders);
            world.fill(orders, 30, 37);
          },
          world -> {
            TableId orders = world.source.id("orders");
            assertThat(world.sink.upserted(orders)).containsAll(world.source.rows(orders));
          });
    }
  }

  @ParameterizedTest
  @MethodSource("sharedSnapshotSettings")
  void lateCommitsAreNeitherLostNorAnythingRepeated(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          TableId orders = world.table("orders");
          world.fill(orders, 1, 7);
          world.selection = Selection.of(table("orders").incrementalBy("key"));
          InMemorySource.Transaction late = world.source.begin();
          late.insert(orders, 100L, 2L, "late");
          InMemorySource.Transaction later = world.source.begin();
          later.insert(orders, 101L, 3L, "later");
          world.run().throwIfFailed();
          late.commit();
          world.fill(orders, 8, 12);
          world.run().throwIfFailed();
          later.commit();
          world.fill(orders, 13, 17);
          return world;
        },
        world -> {},
        world -> {
          TableId orders = world.source.id("orders");
          assertSameRows(world, orders);
          assertThat(world.repeats(orders)).isLessThanOrEqualTo(setting.repeats());
        });
  }

  @ParameterizedTest
  @MethodSource("settings")
  void incrementalLoadResumes(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          TableId orders = world.table("orders");
          world.fill(orders, 1, 14);
          world.selection = Selection.of(table("orders").incrementalBy("key"));
          return world;
        },
        world -> {},
        world -> {
          TableId orders = world.source.id("orders");
          assertSameRows(world, orders);
          assertThat(world.sink.loadIds(orders)).hasSize(1);
          assertThat(world.repeats(orders)).isLessThanOrEqualTo(setting.repeats());
          assertThat(world.sink.completes(orders)).hasSizeBetween(1, 2);
        });
  }

  @ParameterizedTest
  @MethodSource("settings")
  void laterIncrementalRunResumes(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          TableId orders = world.table("orders");
          world.fill(orders, 1, 7);
          world.selection = Selection.of(table("orders").incrementalBy("key"));
          world.run().throwIfFailed();
          world.fill(orders, 8, 18);
          world.source.update(orders, r -> r.get("id").equals(7L), Map.of("text", "changed"));
          return world;
        },
        world -> {
          TableId orders = world.source.id("orders");
          world.source.update(
              orders, r -> r.get("id").equals(3L), Map.of("key", 30L, "text", "later"));
          world.fill(orders, 31, 32);
        },
        world -> {
          TableId orders = world.source.id("orders");
          assertSameRows(world, orders);
          assertThat(world.repeats(orders)).isLessThanOrEqualTo(setting.repeats());
          assertThat(world.sink.loadIds(orders)).hasSize(1);
          assertThat(world.sink.completes(orders)).hasSize(1);
        });
  }

  @ParameterizedTest
  @MethodSource("settings")
  void tiesAreNeitherLostNorRepeatedBeyondABatch(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          TableId orders = world.table("orders");
          world.fill(orders, 1, 2);
          for (long id = 3; id <= 13; id++) {
            world.source.insert(orders, id, 5L, "tie " + id);
          }
          world.fill(orders, 14, 17);
          for (long id = 18; id <= 24; id++) {
            world.source.insert(orders, id, 20L, "tie " + id);
          }
          world.selection = Selection.of(table("orders").incrementalBy("key"));
          return world;
        },
        world ->
            world.source.update(
                world.source.id("orders"), r -> r.get("id").equals(20L), Map.of("text", "new")),
        world -> {
          TableId orders = world.source.id("orders");
          assertSameRows(world, orders);
          assertThat(world.repeats(orders)).isLessThanOrEqualTo(setting.repeats());
        });
  }

  @ParameterizedTest
  @MethodSource("plainSettings")
  void overlappingScanLosesAndRepeatsNothing(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          TableId orders = world.table("orders");
          for (long id = 1; id <= 14; id++) {
            world.source.insert(orders, id, id * 2, "text " + id);
          }
          world.selection = Selection.of(table("orders").incrementalBy("key").overlap(10));
          world.run().throwIfFailed();
          world.source.insert(orders, 50L, 21L, "late");
          for (long id = 15; id <= 20; id++) {
            world.source.insert(orders, id, id * 2, "text " + id);
          }
          return world;
        },
        world -> world.source.insert(world.source.id("orders"), 51L, 39L, "later still"),
        world -> {
          TableId orders = world.source.id("orders");
          assertSameRows(world, orders);
          assertThat(world.repeats(orders)).isLessThanOrEqualTo(setting.repeats());
        });
  }

  @ParameterizedTest
  @MethodSource("settings")
  void nullKeysAreNotLost(Setting setting) {
    for (NullKeys policy : List.of(NullKeys.EVERY_RUN, NullKeys.FIRST_RUN)) {
      everyStep(
          setting,
          () -> {
            World world = setting.world();
            TableId orders = world.table("orders");
            world.fill(orders, 1, 7);
            for (long id = 20; id <= 24; id++) {
              world.source.insert(orders, id, null, "no key " + id);
            }
            world.selection = Selection.of(table("orders").incrementalBy("key").nullKeys(policy));
            return world;
          },
          world -> {},
          world -> {
            TableId orders = world.source.id("orders");
            assertSameRows(world, orders);
            assertThat(world.repeats(orders)).isLessThanOrEqualTo(setting.repeats());
          });
    }
  }

  @ParameterizedTest
  @MethodSource("plainSettings")
  void resetIsDoneOrNotDone(Setting setting) {
    Supplier<World> fresh =
        () -> {
          World world = setting.world();
          TableId orders = world.table("orders");
          world.fill(orders, 1, 8);
          world.selection = Selection.of(table("orders").incrementalBy("key"));
          world.run().throwIfFailed();
          world.source.delete(orders, r -> r.get("id").equals(2L));
          world.fill(orders, 9, 10);
          return world;
        };
    World counted = fresh.get();
    CrashPoint counting = CrashPoint.counting();
    resetAndRun(counted, counting);
    int stride = stride(setting, counting.steps());
    for (int step = 1 + new Random().nextInt(stride); step <= counting.steps(); step += stride) {
      World world = fresh.get();
      CrashPoint crash = CrashPoint.at(step);
      resetAndRun(world, crash);
      TableId orders = world.source.id("orders");
      assertThat(crash.hasCrashed() || world.parallelism > 1).isTrue();
      for (int run = 0; run < 2; run++) {
        world.run().throwIfFailed();
        List<Long> loads = world.sink.loadIds(orders);
        assertThat(loads).as("%s", crash).hasSizeBetween(1, 2);
        if (loads.size() == 2) {
          assertThat(world.sink.upserted(orders))
              .as("%s", crash)
              .containsExactlyInAnyOrderElementsOf(world.source.rows(orders));
          List<Map<String, Object>> ofTheLoad = world.sink.rows(orders, loads.get(1));
          assertThat(ofTheLoad.size() - new HashSet<>(ofTheLoad).size())
              .as("%s", crash)
              .isLessThanOrEqualTo(setting.repeats());
        } else {
          assertThat(world.sink.upserted(orders))
              .as("%s", crash)
              .containsAll(world.source.rows(orders));
        }
      }
      assertThat(world.sink.violations()).isEmpty();
    }
  }

  private static void resetAndRun(World world, CrashPoint process) {
    world.act(
        process,
        replicator -> {
          replicator.reset(world.source.id("orders"));
          return replicator.replicate(world.selection, process.sink(world.sink));
        });
  }

  @ParameterizedTest
  @MethodSource("plainSettings")
  void changeOfStructureIsToldAndBoundByName(Setting setting) {
    for (boolean incremental : List.of(true, false)) {
      everyStep(
          setting,
          () -> {
            World world = setting.world();
            TableId orders = world.table("orders");
            world.fill(orders, 1, 7);
            world.selection =
                Selection.of(incremental ? table("orders").incrementalBy("key") : table("orders"));
            world.run().throwIfFailed();
            world.source.dropColumn(orders, "text");
            world.source.addColumn(orders, Column.of("extra", new DataType.Text(), "text"));
            world.source.insert(orders, 8L, 8L, "extra 8");
            world.source.insert(orders, 9L, 9L, "extra 9");
            return world;
          },
          world -> {},
          world -> {
            TableId orders = world.source.id("orders");
            assertThat(ids(world.sink.upserted(orders)))
                .containsExactlyInAnyOrderElementsOf(ids(world.source.rows(orders)));
            assertThat(world.sink.upserted(orders))
                .containsAll(world.source.rows(orders).subList(7, 9));
            assertThat(world.sink.opens(orders))
                .anyMatch(
                    load ->
                        load.difference()
                            .filter(d -> d.added().size() == 1 && d.dropped().size() == 1)
                            .isPresent());
          });
    }
  }

  private static Set<Object> ids(java.util.Collection<Map<String, Object>> rows) {
    return rows.stream().map(row -> row.get("id")).collect(Collectors.toSet());
  }

  @ParameterizedTest
  @MethodSource("settings")
  void severalTablesSideBySide(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          world.parallelism = 2;
          for (String name : List.of("a", "b", "c")) {
            world.fill(world.table(name), 1, 7);
          }
          world.table("empty");
          world.selection =
              Selection.of(
                  table("a").incrementalBy("key"),
                  table("b"),
                  table("c").incrementalBy("key"),
                  table("empty").incrementalBy("key"));
          return world;
        },
        world -> {},
        world -> {
          for (String name : List.of("a", "b", "c", "empty")) {
            assertSameRows(world, world.source.id(name));
          }
          for (String name : List.of("a", "c")) {
            assertThat(world.repeats(world.source.id(name))).isLessThanOrEqualTo(setting.repeats());
          }
        });
  }

  @ParameterizedTest
  @MethodSource("settings")
  void rowsAheadOfTheClockAreNotLostAndNotRepeatedBeyondABatch(Setting setting) {
    everyStep(
        setting,
        () -> {
          World world = setting.world();
          TableId orders = world.source.create(InMemoryFixture.portable(world.source.id("orders")));
          for (long id = 20; id <= 27; id++) {
            world.source.insert(
                orders, id, Instant.parse("9999-12-30T00:00:00Z"), null, "ahead " + id);
          }
          for (long id = 1; id <= 7; id++) {
            world.source.insert(orders, id, Instant.ofEpochSecond(id), null, "text");
          }
          world.selection = Selection.of(table("orders").incrementalBy("updated"));
          world.run().throwIfFailed();
          for (long id = 8; id <= 14; id++) {
            world.source.insert(orders, id, Instant.ofEpochSecond(id), null, "text");
          }
          return world;
        },
        world ->
            world.source.insert(
                world.source.id("orders"), 15L, Instant.ofEpochSecond(15), null, "text"),
        world -> {
          TableId orders = world.source.id("orders");
          assertSameRows(world, orders);
          assertThat(world.sink.repeatedRows(orders)).isLessThanOrEqualTo(setting.repeats());
        });
  }
}
