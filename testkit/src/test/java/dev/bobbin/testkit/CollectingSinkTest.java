package dev.bobbin.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.record.BatchBuilder;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.ReplicationMethod;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.state.Checkpoint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the collecting sink makes of its calls. */
class CollectingSinkTest {

  private static final Table TABLE =
      Table.named(TableId.of("shop", "public", "orders"))
          .column(Column.of("id", new DataType.Int(64, true), "bigint").notNull())
          .primaryKey("id")
          .build();
  private static final TableId ID = TABLE.id();

  private static TableLoad load(long id) {
    return new TableLoad(TABLE, id, new ReplicationMethod.FullTable(), List.of("id"), null, false);
  }

  private static RecordBatch batch(long load, long... ids) {
    BatchBuilder builder = new BatchBuilder(ID, TABLE.columns(), 1_000_000, 1 << 20, 100);
    for (long id : ids) {
      builder.column(0).appendLong(id);
      builder.endRow(8);
    }
    return builder.finish().completing(new Checkpoint(ID, load, "all", null, List.of(), false));
  }

  @Test
  void batchOfATableThatIsNotOpenIsAViolation() {
    CollectingSink sink = new CollectingSink();
    assertThatThrownBy(() -> sink.write(batch(1, 1))).isInstanceOf(IllegalStateException.class);
    assertThat(sink.violations()).hasSize(1);
  }

  @Test
  void batchOfAnotherLoadThanTheOpenOneIsAViolation() {
    CollectingSink sink = new CollectingSink();
    sink.open(load(2));
    assertThatThrownBy(() -> sink.write(batch(1, 1))).hasMessageContaining("load 1");
    assertThatThrownBy(() -> sink.open(load(1))).hasMessageContaining("after load 2");
  }

  @Test
  void completeBeforeFlushIsAViolation() {
    CollectingSink sink = new CollectingSink().durableOnFlush(100, Duration.ofHours(1));
    sink.open(load(1));
    sink.write(batch(1, 1));
    assertThatThrownBy(() -> sink.complete(load(1))).hasMessageContaining("not flushed");
  }

  @Test
  void rowsThatWereNotFlushedDieWithTheProcess() {
    CollectingSink sink = new CollectingSink().durableOnFlush(100, Duration.ofHours(1));
    sink.open(load(1));
    sink.write(batch(1, 1, 2));
    sink.flush(ID);
    sink.write(batch(1, 3));
    assertThat(sink.rows(ID)).hasSize(2);
    sink.processDied();
    sink.open(load(1));
    sink.flush(ID);
    assertThat(sink.rows(ID)).hasSize(2);
    assertThat(sink.deliveries(ID)).hasSize(2);
  }

  @Test
  void aTransactionalSinkSaysWhatItCommittedOfTheNewestLoad() {
    CollectingSink sink = new CollectingSink().transactional();
    assertThat(sink.progress(ID).isTracked()).isTrue();
    assertThat(sink.progress(ID).checkpoints()).isEmpty();
    sink.open(load(1));
    sink.write(batch(1, 1));
    sink.open(load(2));
    assertThat(sink.progress(ID).checkpoints()).extracting(Checkpoint::loadId).containsExactly(1L);
    sink.write(batch(2, 1));
    assertThat(sink.progress(ID).checkpoints()).extracting(Checkpoint::loadId).containsExactly(2L);
  }

  @Test
  void readersSeeTheLastLoadThatIsComplete() {
    CollectingSink sink = new CollectingSink();
    sink.open(load(1));
    sink.write(batch(1, 1, 2, 2));
    sink.complete(load(1));
    sink.open(load(2));
    sink.write(batch(2, 3));
    assertThat(sink.upserted(ID)).containsExactlyInAnyOrder(Map.of("id", 1L), Map.of("id", 2L));
    assertThat(sink.merged(ID)).hasSize(3);
    assertThat(sink.repeatedRows(ID)).isEqualTo(1);
    sink.complete(load(2));
    assertThat(sink.upserted(ID)).containsExactly(Map.of("id", 3L));
  }
}
