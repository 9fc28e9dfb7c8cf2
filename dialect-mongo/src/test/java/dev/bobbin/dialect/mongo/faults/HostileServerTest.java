package dev.bobbin.dialect.mongo.faults;

import static dev.bobbin.select.TableSelection.table;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bobbin.Replicator;
import dev.bobbin.RetryPolicy;
import dev.bobbin.RunReport;
import dev.bobbin.dialect.mongo.MongoDialect;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.select.Selection;
import dev.bobbin.tls.Tls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fault 40: a server that is none, and wants its client to take gigabytes, or to deliver what is no
 * document. The scan fails soon, nothing of such an answer is delivered, and the memory is not
 * taken: the heap of the tests has less than what is announced.
 */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileServerTest {

  private static final int TWO_GIGABYTES = Integer.MAX_VALUE;

  private static BsonDocument hello() {
    return new BsonDocument("ismaster", BsonBoolean.TRUE)
        .append("isWritablePrimary", BsonBoolean.TRUE)
        .append("helloOk", BsonBoolean.TRUE)
        .append("maxBsonObjectSize", new BsonInt32(16 << 20))
        .append("maxMessageSizeBytes", new BsonInt32(TWO_GIGABYTES))
        .append("maxWriteBatchSize", new BsonInt32(100_000))
        .append("localTime", new BsonDateTime(System.currentTimeMillis()))
        .append("minWireVersion", new BsonInt32(0))
        .append("maxWireVersion", new BsonInt32(21));
  }

  private static BsonDocument cursor(BsonDocument... documents) {
    return new BsonDocument(
        "cursor",
        new BsonDocument("id", new BsonInt64(0))
            .append("ns", new BsonString("shop.orders"))
            .append("firstBatch", new BsonArray(Arrays.asList(documents))));
  }

  private static BsonDocument order() {
    return new BsonDocument("_id", new BsonString("key"))
        .append("v", new BsonString("CanaryValue"));
  }

  /** What a small, honest server with one collection says; empty for what it does not know. */
  private static BsonDocument honest(BsonDocument command) {
    BsonDocument answer =
        switch (command.getFirstKey()) {
          case "hello", "isMaster", "ismaster" -> hello();
          case "buildInfo", "buildinfo" ->
              new BsonDocument("version", new BsonString("7.0.5"))
                  .append("gitVersion", new BsonString("0"));
          case "listDatabases" ->
              new BsonDocument(
                  "databases",
                  new BsonArray(Arrays.asList(new BsonDocument("name", new BsonString("shop")))));
          case "listCollections" ->
              cursor(
                  new BsonDocument("name", new BsonString("orders"))
                      .append("type", new BsonString("collection"))
                      .append("options", new BsonDocument())
                      .append(
                          "info",
                          new BsonDocument("uuid", new BsonBinary(new java.util.UUID(1, 2)))));
          case "count" -> new BsonDocument("n", new BsonInt32(1));
          case "find" -> cursor(isOfOrders(command) ? new BsonDocument[] {order()} : none());
          case "listIndexes", "aggregate" -> cursor();
          default -> new BsonDocument();
        };
    return answer.append("ok", new BsonDouble(1));
  }

  private static BsonDocument[] none() {
    return new BsonDocument[0];
  }

  /** Strings are all the _ids that there are. */
  private static boolean isOfOrders(BsonDocument find) {
    return !find.containsKey("filter")
        || find.getDocument("filter").isEmpty()
        || (find.toJson().contains("\"string\"") && !find.toJson().contains("\"$or\""));
  }

  private static boolean isScan(BsonDocument command) {
    return command.getFirstKey().equals("find") && !command.containsKey("limit");
  }

  private enum Lie {
    NONE {
      @Override
      byte[] of(byte[] honest) {
        return honest;
      }
    },
    LONG_MESSAGE {
      @Override
      byte[] of(byte[] honest) {
        return with(honest, 0, TWO_GIGABYTES);
      }
    },
    NEGATIVE_MESSAGE {
      @Override
      byte[] of(byte[] honest) {
        return with(honest, 0, -1);
      }
    },
    TRUNCATED_MESSAGE {
      @Override
      byte[] of(byte[] honest) {
        return Arrays.copyOf(honest, honest.length - 20);
      }
    },
    LONG_REPLY {
      @Override
      byte[] of(byte[] honest) {
        return with(honest, 21, TWO_GIGABYTES);
      }
    },
    LONG_DOCUMENT {
      @Override
      byte[] of(byte[] honest) {
        return with(honest, at(honest, "\2_id\0") - 4, TWO_GIGABYTES);
      }
    },
    SHORT_DOCUMENT {
      @Override
      byte[] of(byte[] honest) {
        return with(honest, at(honest, "\2_id\0") - 4, 3);
      }
    },
    NEGATIVE_DOCUMENT {
      @Override
      byte[] of(byte[] honest) {
        return with(honest, at(honest, "\2_id\0") - 4, -7);
      }
    },
    LONG_ID {
      @Override
      byte[] of(byte[] honest) {
        return with(honest, at(honest, "\2_id\0") + 5, TWO_GIGABYTES);
      }
    },
    NO_SUCH_TYPE {
      @Override
      byte[] of(byte[] honest) {
        byte[] changed = honest.clone();
        changed[at(honest, "\2_id\0")] = 0x66;
        return changed;
      }
    },
    UNENDED_DOCUMENT {
      @Override
      byte[] of(byte[] honest) {
        byte[] changed = honest.clone();
        changed[at(honest, "CanaryValue") + "CanaryValue".length() + 1] = 7;
        return changed;
      }
    };

    abstract byte[] of(byte[] honest);

    private static byte[] with(byte[] bytes, int at, int number) {
      byte[] changed = bytes.clone();
      ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, number);
      return changed;
    }

    private static int at(byte[] bytes, String text) {
      byte[] part = text.getBytes(UTF_8);
      for (int i = bytes.length - part.length; i >= 0; i--) {
        if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
          return i;
        }
      }
      throw new AssertionError("it is not there: " + text);
    }
  }

  private static Replicator replicator(StubServer server) {
    return Replicator.from(MongoDialect.at("127.0.0.1", server.port(), "shop").tls(Tls.off()))
        .named("hostile")
        .connectTimeout(Duration.ofSeconds(2))
        .parallelism(1)
        .retry(RetryPolicy.NONE)
        .build();
  }

  private static void assertBounded(BobbinException failure) {
    assertThat(failure).isInstanceOf(SourceException.class);
    assertThat(failure).hasMessageNotContaining("Canary");
  }

  @ParameterizedTest
  @EnumSource
  void failsOverAnAnswerThatIsNone(Lie lie) throws IOException {
    try (StubServer server =
        new StubServer(
            HostileServerTest::honest,
            (command, bytes) -> isScan(command) ? lie.of(bytes) : bytes)) {
      AtomicLong rows = new AtomicLong();
      RunReport report;
      try (Replicator replicator = replicator(server)) {
        report =
            replicator.replicate(
                Selection.of(table("orders")), batch -> rows.addAndGet(batch.rowCount()));
      }
      if (lie == Lie.NONE) {
        report.throwIfFailed();
        assertThat(rows).as("the stub is a server").hasValue(1);
        return;
      }
      assertThat(rows).hasValue(0);
      BobbinException failure = report.tables().get(0).failure().orElseThrow();
      assertBounded(failure);
      System.out.println(lie + ": " + failure.getMessage());
    }
  }

  /** While structure is read, or the server is asked who it is. */
  @ParameterizedTest
  @EnumSource(
      value = Lie.class,
      names = {"LONG_MESSAGE", "NEGATIVE_MESSAGE", "TRUNCATED_MESSAGE", "LONG_REPLY"})
  void failsOverSuchAnAnswerToAnyCommand(Lie lie) throws IOException {
    for (String word : new String[] {"hello", "buildInfo", "listCollections"}) {
      try (StubServer server =
          new StubServer(
              HostileServerTest::honest,
              (command, bytes) -> command.getFirstKey().equals(word) ? lie.of(bytes) : bytes)) {
        try (Replicator replicator = replicator(server)) {
          SourceException failure =
              catchThrowableOfType(SourceException.class, replicator::discover);
          assertThat(failure).as("%s", word).isNotNull();
          assertBounded(failure);
        }
      }
    }
  }

  @Test
  void namesWhatWasAnnounced() throws IOException {
    try (StubServer server =
            new StubServer(
                HostileServerTest::honest,
                (command, bytes) ->
                    command.getFirstKey().equals("listCollections")
                        ? Lie.LONG_MESSAGE.of(bytes)
                        : bytes);
        Replicator replicator = replicator(server)) {
      SourceException failure = catchThrowableOfType(SourceException.class, replicator::discover);
      assertThat(failure)
          .hasMessageContaining("is not MongoDB")
          .hasMessageContaining("a message of 2147483647 bytes");
      assertThat(failure.kind()).isEqualTo(Kind.PERMANENT);
    }
  }
}
