package dev.bobbin.benchmarks;

import io.debezium.embedded.Connect;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Debezium's engine, embedded, with an initial snapshot only. Records are taken as they are, in
 * Kafka Connect's form, which spares the engine making texts of them. The rest of its settings are
 * its own.
 */
final class DebeziumPeer implements Peer {

  @Override
  public Copied copy(Source source, String table, long rows) throws Exception {
    Taking taking = new Taking(rows);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (DebeziumEngine<ChangeEvent<SourceRecord, SourceRecord>> engine =
        DebeziumEngine.create(Connect.class)
            .using(settings(source, table))
            .using(taking::ended)
            .notifying(taking::take)
            .build()) {
      thread.execute(engine);
      return taking.all.get();
    } catch (ExecutionException | IOException e) {
      throw new IllegalStateException("Debezium has not read " + table, e);
    } finally {
      thread.shutdown();
    }
  }

  private static Properties settings(Source source, String table) {
    Properties settings = new Properties();
    settings.put("name", "benchmark_" + table);
    settings.put("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
    settings.put("database.hostname", source.host());
    settings.put("database.port", Integer.toString(source.port()));
    settings.put("database.user", source.user());
    settings.put("database.password", "");
    settings.put("topic.prefix", "benchmark");
    settings.put("snapshot.mode", "initial_only");
    settings.putAll(
        switch (source.product()) {
          case POSTGRES -> ofPostgres(source, table);
          case MYSQL -> ofMySql(source, table);
          case SQLSERVER ->
              throw new IllegalArgumentException(
                  "this peer reads a change log, which Babelfish has none of");
        });
    return settings;
  }

  private static Map<String, String> ofPostgres(Source source, String table) {
    return Map.of(
        "connector.class",
        "io.debezium.connector.postgresql.PostgresConnector",
        "database.dbname",
        source.database(),
        "table.include.list",
        "public." + table,
        "plugin.name",
        "pgoutput",
        "publication.name",
        "benchmark_" + table,
        "publication.autocreate.mode",
        "filtered",
        "slot.name",
        "benchmark_" + table,
        "slot.drop.on.stop",
        "true");
  }

  private static Map<String, String> ofMySql(Source source, String table) {
    return Map.of(
        "connector.class", "io.debezium.connector.mysql.MySqlConnector",
        "database.server.id", "2",
        "database.include.list", source.database(),
        "table.include.list", source.database() + "." + table,
        "schema.history.internal", "io.debezium.relational.history.MemorySchemaHistory",
        "include.schema.changes", "false");
  }

  /** What has come so far. Used by the engine's thread alone, but for its end. */
  private static final class Taking {
    final CompletableFuture<Copied> all = new CompletableFuture<>();
    private final long expected;
    private long rows;
    private long sum;

    Taking(long expected) {
      this.expected = expected;
    }

    void take(
        List<ChangeEvent<SourceRecord, SourceRecord>> events,
        DebeziumEngine.RecordCommitter<ChangeEvent<SourceRecord, SourceRecord>> committer)
        throws InterruptedException {
      for (ChangeEvent<SourceRecord, SourceRecord> event : events) {
        Struct change = (Struct) event.value().value();
        Struct row = change.getStruct("after");
        for (Field field : row.schema().fields()) {
          Object value = row.get(field);
          sum +=
              value instanceof String text ? text.length() : value == null ? 0 : value.hashCode();
        }
        rows++;
        committer.markProcessed(event);
      }
      committer.markBatchFinished();
      if (rows == expected) {
        all.complete(new Copied(rows, sum));
      }
    }

    void ended(boolean success, String message, Throwable error) {
      all.completeExceptionally(new IllegalStateException(message, error));
    }
  }
}
