package dev.bobbin.examples;

import static dev.bobbin.examples.TestShop.SERVER;
import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.Replicator;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.StateException;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.select.Selection;
import dev.bobbin.sink.Progress;
import dev.bobbin.sink.RecordSink;
import dev.bobbin.sink.TableLoad;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.state.StateDocument;
import dev.bobbin.state.StateLease;
import dev.bobbin.state.StateStore;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class TransactionalSinkTest {

  private static final Selection SELECTION =
      Selection.of(
          table("public.orders").incrementalBy("updated_at"),
          table("public.products"),
          table("public.countries"));

  private Shop shop;
  private String warehouse;
  private TransactionalSink sink;

  @BeforeEach
  void create() throws SQLException {
    shop = TestShop.create();
    warehouse = SERVER.createDatabase();
    SERVER.execute(warehouse, "CREATE SCHEMA copy");
    sink = new TransactionalSink(dataSource(warehouse), "copy");
  }

  private static DataSource dataSource(String database) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(SERVER.jdbcUrl(database));
    source.setUser(SERVER.user());
    source.setPassword(TestShop.password());
    return source;
  }

  private Replicator.Builder replicator(StateStore state) {
    return Replicator.from(TestShop.dialect(shop)).named("Warehouse").rememberIn(state);
  }

  private void assertSameAsSource(String table, String columns) throws SQLException {
    String sql =
        "SELECT count(*) || ' ' || md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM"
            + " (SELECT "
            + columns
            + " FROM ";
    assertThat(SERVER.query(warehouse, sql + "copy." + table + ") t"))
        .isEqualTo(shop.text(sql + table + ") t"));
  }

  @Test
  void holdsWhatTheSourceHoldsAfterEachRun() throws Exception {
    MemoryStateStore state = new MemoryStateStore();
    try (Replicator replicator = replicator(state).build()) {
      replicator.replicate(SELECTION, sink).throwIfFailed();
      assertSameAsSource("orders", "id, customer_id, status::text, total, placed_at, updated_at");
      assertSameAsSource("products", "id, sku::text, name, price, weight");

      shop.execute(
          "ALTER TABLE orders ADD COLUMN gift_note text",
          "UPDATE orders SET gift_note = 'For you', updated_at = now() WHERE id % 10 = 0",
          "DELETE FROM countries WHERE code = 'GR'");
      replicator.replicate(SELECTION, sink).throwIfFailed();
    }

    assertSameAsSource("orders", "id, status::text, total, updated_at, gift_note");
    assertSameAsSource("countries", "code::text, name, vat");
  }

  @Test
  void takesEachRowOnceThoughTheStateIsLostAfterEveryCommit() throws Exception {
    MemoryStateStore memory = new MemoryStateStore();
    Selection orders = Selection.of(table("public.orders").incrementalBy("id"));
    CountingSink counting = new CountingSink(sink);
    int failedRuns = 0;
    boolean completed = false;
    while (!completed && failedRuns < 100) {
      try (Replicator replicator =
          replicator(new ForgetfulStore(memory, counting)).batchRows(100).build()) {
        completed = replicator.replicate(orders, counting).isCompleted();
        failedRuns += completed ? 0 : 1;
      }
    }

    assertThat(failedRuns).isGreaterThanOrEqualTo(10);
    assertThat(counting.rows).isEqualTo(TestShop.ORDERS);
    assertSameAsSource("orders", "id, customer_id, status::text, total, placed_at, updated_at");
  }

  @Test
  void beginsAnewAfterAReset() throws Exception {
    try (Replicator replicator = replicator(new MemoryStateStore()).build()) {
      replicator.replicate(SELECTION, sink).throwIfFailed();
      shop.execute(
          "DELETE FROM order_lines WHERE order_id <= 10", "DELETE FROM orders WHERE id <= 10");
      replicator.reset(TestShop.table(shop, "orders"));
      RunReport report = replicator.replicate(SELECTION, sink);

      report.throwIfFailed();
      assertThat(report.table(TestShop.table(shop, "orders")).orElseThrow().rows())
          .isEqualTo(TestShop.ORDERS - 10);
    }
    assertSameAsSource("orders", "id, customer_id, status::text, total, placed_at, updated_at");
  }

  /** Counts the rows that the sink has committed. */
  private static final class CountingSink implements RecordSink {
    private final RecordSink sink;
    private long rows;
    private boolean wrote;

    CountingSink(RecordSink sink) {
      this.sink = sink;
    }

    @Override
    public void open(TableLoad load) throws Exception {
      sink.open(load);
    }

    @Override
    public void write(RecordBatch batch) throws Exception {
      sink.write(batch);
      rows += batch.rowCount();
      wrote = true;
    }

    @Override
    public void complete(TableLoad load) throws Exception {
      sink.complete(load);
    }

    @Override
    public Progress progress(TableId table) throws Exception {
      return sink.progress(table);
    }
  }

  /** Fails the first save after each write: as a crash between commit and save would. */
  private record ForgetfulStore(StateStore store, CountingSink sink) implements StateStore {
    @Override
    public List<StateDocument> read(String replicator) {
      return store.read(replicator);
    }

    @Override
    public StateLease lease(String replicator) {
      StateLease lease = store.lease(replicator);
      return new StateLease() {
        @Override
        public long fencingToken() {
          return lease.fencingToken();
        }

        @Override
        public void save(String name, String content) {
          if (sink.wrote) {
            sink.wrote = false;
            throw new StateException("The state cannot be saved.", "Try again.", null);
          }
          lease.save(name, content);
        }

        @Override
        public void delete(String name) {
          lease.delete(name);
        }

        @Override
        public void close() {
          lease.close();
        }
      };
    }
  }
}
