package dev.bobbin.testkit;

import dev.bobbin.catalog.TableId;
import dev.bobbin.sink.RecordSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;

/** The collecting sinks keep the contract of a sink. */
class CollectingSinkContractTest {

  record Fixture(CollectingSink target, boolean tracks) implements SinkFixture {
    @Override
    public boolean supports(Behaviour behaviour) {
      return behaviour != Behaviour.TRACKS_PROGRESS || tracks;
    }

    @Override
    public RecordSink sink() {
      target.processDied();
      return target;
    }

    @Override
    public List<Map<String, Object>> read(TableId table) {
      return new ArrayList<>(target.upserted(table));
    }

    @Override
    public void close() {}
  }

  @Nested
  class DurableOnWrite extends RecordSinkContract {
    @Override
    protected SinkFixture fixture() {
      return new Fixture(new CollectingSink(), false);
    }
  }

  @Nested
  class DurableOnFlush extends RecordSinkContract {
    @Override
    protected SinkFixture fixture() {
      return new Fixture(new CollectingSink().durableOnFlush(200, Duration.ofHours(1)), false);
    }
  }

  @Nested
  class Transactional extends RecordSinkContract {
    @Override
    protected SinkFixture fixture() {
      return new Fixture(new CollectingSink().transactional().concurrentTables(), true);
    }
  }
}
