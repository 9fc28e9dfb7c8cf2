package dev.bobbin.ssh;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.record.Record;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.RecordSink;
import java.security.MessageDigest;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A sink that keeps which orders have come, and compares the text of each with what follows from
 * its id.
 */
final class Orders implements RecordSink {

  /** What the sink does after a batch. */
  interface Step {
    void run() throws Exception;
  }

  private final int repeats;
  private final BitSet seen = new BitSet();
  private final AtomicLong rows = new AtomicLong();
  private int batches;
  private int when = -1;
  private Step step = () -> {};

  Orders(int repeats) {
    this.repeats = repeats;
  }

  /** Does something once, when so many batches have come. */
  Orders after(int batches, Step step) {
    this.when = batches;
    this.step = step;
    return this;
  }

  @Override
  public void write(RecordBatch batch) throws Exception {
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    for (Record row : batch) {
      long id = row.getLong("id");
      String expected = HexFormat.of().formatHex(md5.digest(Long.toString(id).getBytes(US_ASCII)));
      String text = row.getString("payload");
      assertThat(text.length()).as("length of order %s", id).isEqualTo(32 * repeats);
      for (int at = 0; at < text.length(); at += 32) {
        assertThat(text.startsWith(expected, at)).as("text of order %s at %s", id, at).isTrue();
      }
      seen.set((int) id);
      rows.incrementAndGet();
    }
    if (++batches == when) {
      step.run();
    }
  }

  /** All orders have come; rows that have come twice are no more than those of some batches. */
  void assertAll(long expected, long repeated) {
    assertThat(seen.cardinality()).isEqualTo((int) expected);
    assertThat(rows.get()).isBetween(expected, expected + repeated);
  }
}
