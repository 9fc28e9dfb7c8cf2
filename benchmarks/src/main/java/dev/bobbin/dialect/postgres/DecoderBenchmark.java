package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.TableId;
import dev.bobbin.record.BatchBuilder;
import dev.bobbin.record.RecordBatch;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The time that {@link ValueDecoder} takes from the bytes of COPY to the columns of a batch: of
 * values of one type, and of rows with all of them. In this package since the decoders are not
 * public.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DecoderBenchmark {

  /** How many rows are decoded by one call of {@link #decode()}. */
  public static final int ROWS = 10_000;

  private static final String ROW = "row";

  /** One of {@link #kinds()}. */
  @Param(ROW)
  public String kind = ROW;

  private byte[] tuples = {};
  private List<Column> columns = List.of();

  /** The types by name, and {@code row} for rows with a column of each. */
  public static List<String> kinds() {
    return Stream.concat(SampleColumn.all().stream().map(SampleColumn::name), Stream.of(ROW))
        .toList();
  }

  /** Makes the tuples. */
  @Setup(Level.Trial)
  public void writeTuples() {
    List<SampleColumn> samples =
        SampleColumn.all().stream()
            .filter(sample -> kind.equals(ROW) || kind.equals(sample.name()))
            .toList();
    if (samples.isEmpty()) {
      throw new IllegalStateException("there is no sample of " + kind);
    }
    columns = samples.stream().map(SampleColumn::column).toList();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (long row = 0; row < ROWS; row++) {
      for (SampleColumn sample : samples) {
        sample.write(row, out);
      }
    }
    tuples = out.toByteArray();
  }

  /** Decodes {@link #ROWS} rows into one batch. */
  @Benchmark
  public RecordBatch decode() {
    BatchBuilder batch =
        new BatchBuilder(
            TableId.of("d", "s", "t"),
            columns,
            CopyReader.TICKS_PER_SECOND,
            Long.MAX_VALUE,
            Integer.MAX_VALUE);
    ValueDecoder[] decoders = new ValueDecoder[columns.size()];
    for (int i = 0; i < decoders.length; i++) {
      decoders[i] = ValueDecoder.of(batch.column(i), false);
    }
    byte[] from = tuples;
    int at = 0;
    while (at < from.length) {
      int begin = at;
      for (ValueDecoder decoder : decoders) {
        int length = BigEndian.int4(from, at);
        decoder.decode(from, at + 4, length);
        at += 4 + length;
      }
      batch.endRow(at - (long) begin);
    }
    return batch.finish();
  }
}
