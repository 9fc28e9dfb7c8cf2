package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ForwardedChannelBufferTest {
  private static final int CAPACITY = 1 << 18;

  @Test
  void givesBackWhatItWasGivenInOrder() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    ForwardedChannelBuffer buffer = new ForwardedChannelBuffer(CAPACITY);
    Deque<Byte> expected = new ArrayDeque<>();
    for (int step = 0; step < 2_000; step++) {
      byte[] some = new byte[random.nextInt(40_000)];
      int length = random.nextInt(some.length + 1);
      int offset = random.nextInt(some.length - length + 1);
      // Phases of filling and of emptying, so that both ends are reached.
      if (random.nextInt(10) < (step / 100 % 2 == 0 ? 7 : 3)) {
        random.nextBytes(some);
        boolean fits = expected.size() + length <= CAPACITY;
        assertThat(buffer.put(some, offset, length)).as("seed %d", seed).isEqualTo(fits);
        for (int i = offset; fits && i < offset + length; i++) {
          expected.add(some[i]);
        }
      } else {
        int taken = buffer.take(some, offset, length);
        assertThat(taken).as("seed %d", seed).isEqualTo(Math.min(length, expected.size()));
        for (int i = offset; i < offset + taken; i++) {
          assertThat(some[i]).as("seed %d", seed).isEqualTo(expected.remove());
        }
      }
      assertThat(buffer.size()).as("seed %d", seed).isEqualTo(expected.size());
    }
  }

  @Test
  void isEmptyOnceItIsCleared() {
    ForwardedChannelBuffer buffer = new ForwardedChannelBuffer(CAPACITY);
    assertThat(buffer.put(new byte[CAPACITY], 0, CAPACITY)).isTrue();
    assertThat(buffer.put(new byte[1], 0, 1)).isFalse();
    buffer.clear();
    assertThat(buffer.take(new byte[1], 0, 1)).isZero();
    assertThat(buffer.put(new byte[] {7}, 0, 1)).isTrue();
    byte[] back = new byte[1];
    assertThat(buffer.take(back, 0, 1)).isEqualTo(1);
    assertThat(back).containsExactly(7);
  }
}
