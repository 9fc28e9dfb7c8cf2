package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.error.StateException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Positions as they are saved, and what may be built upon them. */
class PositionTest {

  private static final ReadPoint POINT =
      new ReadPoint(
          "7300000000000000001",
          "timeline-00000001",
          1700000000000000L,
          true,
          -1,
          5,
          16384,
          TransactionSnapshot.of("4294968296:4294968300:4294968296,4294968298"));

  private static final BlockSlice BLOCKS =
      new BlockSlice(
          List.of(
              new BlockRange(16384, 16390, 128, BlockRange.OPEN),
              new BlockRange(16400, 16400, 0, 4_000_000_000L)),
          false,
          new RowPlace(16400, 3_999_999_999L, 57));

  private static final KeySlice KEYS =
      new KeySlice(
          "odd;name=",
          List.of(new BlockRange(16384, 16390, 0, BlockRange.OPEN)),
          "a;b=c%ä",
          null,
          false,
          "");

  @Test
  void areReadAsTheyWereWritten() {
    for (Slice slice :
        List.of(BLOCKS, BLOCKS.done(), BlockSlice.of(BLOCKS.ranges()), KEYS, KEYS.done())) {
      SlicePosition position = new SlicePosition(POINT, slice);
      assertThat(SlicePosition.parse(position.toString())).isEqualTo(position);
      assertThat(position.toString()).matches("\\p{ASCII}+");
    }
    KeyPosition key = new KeyPosition(POINT, "0123456789abcdef0123456789abcdef", false);
    assertThat(KeyPosition.parse(key.toString())).isEqualTo(key);
    assertThat(KeyPosition.parse(key.completed().toString()).complete()).isTrue();
  }

  @Test
  void aDamagedOneIsNeverReadAsAnother() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    String key = new KeyPosition(POINT, "0123456789abcdef0123456789abcdef", true).toString();
    for (String whole :
        List.of(
            new SlicePosition(POINT, BLOCKS).toString(),
            new SlicePosition(POINT, KEYS).toString(),
            key)) {
      for (int end = 0; end < whole.length(); end++) {
        refusesOrKeepsTheForm(whole.substring(0, end));
      }
      for (int i = 0; i < 2000; i++) {
        StringBuilder damaged = new StringBuilder(whole);
        int at = random.nextInt(whole.length());
        switch (random.nextInt(3)) {
          case 0 -> damaged.deleteCharAt(at);
          case 1 -> damaged.setCharAt(at, (char) (32 + random.nextInt(95)));
          default -> damaged.insert(at, ";=,.-:019x".charAt(random.nextInt(10)));
        }
        refusesOrKeepsTheForm(damaged.toString());
      }
    }
    assertThatThrownBy(() -> SlicePosition.parse(key)).isInstanceOf(StateException.class);
    assertThatThrownBy(() -> KeyPosition.parse("2" + key.substring(1)))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("format 2");
    assertThatThrownBy(() -> KeyPosition.parse(key + ";more=1"))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("damaged");
  }

  /** What is read is just what is written again: nothing is overlooked or filled in. */
  private static void refusesOrKeepsTheForm(String text) {
    try {
      String again =
          text.contains(";leaves=")
              ? KeyPosition.parse(text).toString()
              : SlicePosition.parse(text).toString();
      assertThat(again).hasSizeLessThanOrEqualTo(text.length());
    } catch (StateException expected) {
      assertThat(expected).hasMessageStartingWith("A saved position");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "8300000000000000001, timeline-00000001, 5, 16384, another server",
    "7300000000000000001, timeline-00000002, 5, 16384, promoted or restored",
    "7300000000000000001, standby-1700000000000000, 5, 16384, standby",
    "7300000000000000001, timeline-00000001, 6, 16384, database",
    "7300000000000000001, timeline-00000001, 5, 16385, table",
  })
  void anotherHistoryIsNotGoneOnWith(
      String system, String line, long database, long table, String why) {
    ReadPoint now = new ReadPoint(system, line, 1, true, -1, database, table, POINT.snapshot());
    assertThat(now.doubtAbout(POINT, 0).orElseThrow()).contains(why);
    assertThat(now.sawTheSameAs(POINT)).isFalse();
    assertThat(POINT.doubtAbout(POINT, 0)).isEmpty();
    assertThat(POINT.sawTheSameAs(POINT)).isTrue();
  }

  @Test
  void aCrashEndsAHistoryThatWasNotOnDisk() {
    TransactionSnapshot snapshot = TransactionSnapshot.of("100:200:");
    for (boolean logged : new boolean[] {true, false}) {
      ReadPoint then = new ReadPoint("1", "timeline-00000001", 7_000, logged, -1, 5, 6, snapshot);
      ReadPoint after = new ReadPoint("1", "timeline-00000001", 8_000, true, -1, 5, 6, snapshot);
      assertThat(after.doubtAbout(then, 0).isEmpty()).isEqualTo(logged);
      assertThat(then.doubtAbout(then, 0)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "100:200:100-150, 100:200:100-150, true",
    "100:200:100-150, 100:200:100, true",
    "100:200:100-150, 201:201:, true",
    "100:200:100-150, 150:1073741923:150-1000, true",
    // Two numbers of 32 bits that lie further apart could be mistaken for each other.
    "100:200:100-150, 150:1073741924:150-1000, false",
    "100:200:100-150, 5000000000:5000000000:, false",
    // Something that had ended is running: the server is behind.
    "100:200:100-150, 100:200:100-150-160, false",
    "100:200:100-150, 100:250:100-210, true",
    "100:200:100-150, 100:190:100-150, false",
    "100:200:100-150, 99:250:99, false",
  })
  void aSnapshotFollowsOnlyWhatItIncludes(String earlier, String now, boolean follows) {
    ReadPoint then = at(earlier.replace('-', ','));
    assertThat(at(now.replace('-', ',')).doubtAbout(then, 0).isEmpty()).isEqualTo(follows);
  }

  private static ReadPoint at(String snapshot) {
    return new ReadPoint(
        "1", "timeline-00000001", 1, true, -1, 5, 6, TransactionSnapshot.of(snapshot));
  }

  private static ReadPoint onStandby(String snapshot, long replayed) {
    return new ReadPoint(
        "1", "standby-1", 1, true, replayed, 5, 6, TransactionSnapshot.of(snapshot));
  }

  @Test
  void aStandbyIsBelievedOnceItHasReplayedAsMuchOrAllHasEnded() {
    ReadPoint then = onStandby("100:200:", 5000);
    assertThat(onStandby("100:200:", 5000).doubtAbout(then, 5000)).isEmpty();
    assertThat(onStandby("100:300:", 6000).doubtAbout(then, 4999)).isPresent();
    assertThat(onStandby("199:300:", 6000).doubtAbout(then, 4999)).isPresent();
    assertThat(onStandby("200:300:", 6000).doubtAbout(then, 4999)).isEmpty();
    // Equal texts need not be equal snapshots there.
    assertThat(onStandby("100:200:", 5000).sawTheSameAs(then)).isFalse();
  }

  @Test
  void comparesTransactionsInTheirLow32Bits() {
    assertThat(POINT.snapshot().mayNotShow("r"))
        .isEqualTo("age(r.xmin) <= (SELECT age('1000'::xid)) AND age(r.xmin) >= 0");
    TransactionSnapshot running = new TransactionSnapshot(10, 12, new TreeSet<>(List.of(10L)));
    assertThat(running.toString()).isEqualTo("10:12:10");
    assertThat(TransactionSnapshot.of("10:10:").toString()).isEqualTo("10:10:");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 12, 100})
  void cutsCoverAllBlocksOnce(int count) {
    Random random = new Random(count);
    for (int round = 0; round < 200; round++) {
      List<Leaf> leaves = new ArrayList<>();
      long total = 0;
      for (int i = 0; i <= random.nextInt(6); i++) {
        long blocks = random.nextInt(3) == 0 ? 0 : random.nextInt(500);
        leaves.add(new Leaf(100 + i, "s", "t" + i, 200 + i, blocks));
        total += blocks;
      }
      List<Slice> slices = Cuts.blocks(leaves, count);
      assertThat(slices).hasSizeBetween(1, count);
      Map<String, String> positions = new HashMap<>();
      int number = 0;
      for (Slice slice : slices) {
        positions.put("slice-" + ++number, new SlicePosition(POINT, slice).toString());
      }
      LoadPositions read = LoadPositions.parse(positions);
      assertThat(read.doubtAt(POINT, 0, leaves)).isEmpty();
      if (total > 100L * count) {
        assertThat(slices).hasSize(count);
      }
      if (slices.size() > 1) {
        positions.remove("slice-" + (1 + random.nextInt(slices.size())));
        assertThatThrownBy(() -> LoadPositions.parse(positions)).isInstanceOf(StateException.class);
      }
      leaves.add(new Leaf(999, "s", "more", 999, 0));
      assertThat(read.doubtAt(POINT, 0, leaves).orElseThrow()).contains("attached");
    }
  }

  @Test
  void cutsCoverAllKeysOnce() {
    List<Leaf> leaves = List.of(new Leaf(1, "s", "t", 2, 100));
    List<String> bounds = new ArrayList<>();
    for (int i = 0; i <= 100; i++) {
      bounds.add(Integer.toString(i * 10));
    }
    List<Slice> slices = Cuts.keys("id", leaves, bounds, 4);
    assertThat(slices)
        .extracting(s -> ((KeySlice) s).fromOrNull())
        .containsExactly(null, "250", "500", "750");
    assertThat(slices)
        .extracting(s -> ((KeySlice) s).belowOrNull())
        .containsExactly("250", "500", "750", null);
    Map<String, String> positions = new HashMap<>();
    for (Slice slice : slices) {
      positions.put("s" + positions.size(), new SlicePosition(POINT, slice).toString());
    }
    assertThat(LoadPositions.parse(positions).doubtAt(POINT, 0, leaves)).isEmpty();
    assertThat(
            LoadPositions.parse(positions)
                .doubtAt(POINT, 0, List.of(new Leaf(1, "s", "t", 3, 100)))
                .orElseThrow())
        .contains("TRUNCATE");
    positions.remove("s1");
    assertThatThrownBy(() -> LoadPositions.parse(positions)).isInstanceOf(StateException.class);
  }
}
