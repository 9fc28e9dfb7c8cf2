package dev.bobbin.dialect.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.ClientSession;
import com.mongodb.client.FindIterable;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoCursor;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.mongo.Failures.Activity;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.BatchBuilder;
import dev.bobbin.record.ColumnBuilder;
import dev.bobbin.record.Document;
import dev.bobbin.record.DocumentFields;
import dev.bobbin.record.DocumentPath;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceSettings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.codecs.configuration.CodecRegistries;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the documents of one scan, query after query. Used by one thread at a time, except for
 * {@link #cancel()} and {@link #received()}.
 */
final class CollectionReader implements BatchReader {

  private static final Logger LOG = LoggerFactory.getLogger(CollectionReader.class);

  /**
   * What an answer of the server is to hold at most: more is not sent by MongoDB, and the driver
   * keeps no buffers of more. A little less than a power of two, as its buffers are of such sizes.
   */
  private static final long ANSWER_BYTES = (16 << 20) * 15L / 16;

  /** What an answer has for each document beside it: a type and a number as a name. */
  private static final int ELEMENT_BYTES = 8;

  private static final int USUAL_BYTES = 512;
  private static final int MOST_DOCUMENTS = 100_000;
  private static final Duration CLOSING = Duration.ofSeconds(3);

  private final Link link;
  private final TableScan scan;
  private final CollectionInfo info;
  private final SourceSettings settings;
  private final Deque<Stage> stages;
  private final @Nullable KeyScan keys;
  private final @Nullable SliceScan slice;
  private final BatchBuilder batch;
  private final int documentColumn;
  private final DocumentFields fields;
  private final @Nullable BsonDocument projection;
  private final Turn turn = new Turn(Duration.ZERO);
  private @Nullable Stage stage;
  private @Nullable ClientSession session;
  private @Nullable MongoCursor<BsonSlice> cursor;
  private @Nullable BsonSlice waiting;
  private @Nullable BsonSlice last;
  private boolean ended;
  private boolean failed;
  private volatile boolean closed;

  /**
   * A reader; it sends nothing before the first {@link #next()}.
   *
   * @param stages its queries, in order
   * @param keys of a scan by key
   * @param slice of a slice of a load
   */
  CollectionReader(
      Link link,
      TableScan scan,
      CollectionInfo info,
      List<Stage> stages,
      @Nullable KeyScan keys,
      @Nullable SliceScan slice) {
    this.link = link;
    this.scan = scan;
    this.info = info;
    this.settings = link.settings();
    this.stages = new ArrayDeque<>(stages);
    this.keys = keys;
    this.slice = slice;
    List<Column> columns = scan.table().columns();
    this.batch =
        new BatchBuilder(
            scan.table().id(),
            columns,
            DocumentFields.TICKS_PER_SECOND,
            settings.batchBytes(),
            settings.batchRows());
    int whole = -1;
    List<DocumentPath> paths = new ArrayList<>();
    List<ColumnBuilder> builders = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i).name();
      if (DocumentColumns.isDocument(name)) {
        whole = i;
      } else {
        paths.add(DocumentColumns.path(name));
        builders.add(batch.column(i));
      }
    }
    this.documentColumn = whole;
    this.fields = new DocumentFields(paths, builders);
    this.projection = whole >= 0 ? null : projection(paths);
  }

  /**
   * What is asked of documents of which some fields alone are wanted; null for all, where one has a
   * name that no projection can have. By the outermost names alone: what lies deeper is found here.
   */
  private static @Nullable BsonDocument projection(List<DocumentPath> paths) {
    BsonDocument projection = new BsonDocument();
    for (DocumentPath path : paths) {
      String name = path.names().get(0);
      if (!DocumentColumns.isQueryable(name)) {
        return null;
      }
      projection.put(name, new BsonInt32(1));
    }
    return projection;
  }

  private TableId table() {
    return scan.table().id();
  }

  @Override
  public Optional<SourceBatch> next() {
    if (ended && !failed) {
      return Optional.empty();
    }
    link.requireOpen();
    if (failed || closed || turn.isCancelled()) {
      throw turn.isCancelled()
          ? cancelled()
          : failure("The scan of ", " has failed before or was closed.", null);
    }
    boolean done = false;
    try {
      Optional<SourceBatch> rows = read();
      done = true;
      return rows;
    } catch (SourceException e) {
      throw turn.isCancelled() ? cancelled() : e;
    } catch (OutOfMemoryError e) {
      throw tooLarge(-1, e);
    } catch (Document.MalformedException e) {
      throw failure("What the server sent of ", " cannot be read: " + e.getMessage(), e);
    } finally {
      failed = !done;
    }
  }

  private Optional<SourceBatch> read() {
    for (BsonSlice document = document(); document != null; document = document()) {
      int size = document.length();
      if (size > settings.maxRowBytes()) {
        throw tooLarge(size, null);
      }
      if (size >= settings.batchBytes() && batch.rows() > 0) {
        waiting = document;
        return Optional.of(finish());
      }
      append(document);
      batch.endRow(size);
      if (batch.isFull()) {
        return Optional.of(finish());
      }
    }
    checkStillThere();
    ended = true;
    return batch.rows() == 0 ? Optional.empty() : Optional.of(finish());
  }

  private void append(BsonSlice document) {
    if (documentColumn >= 0) {
      batch
          .column(documentColumn)
          .appendShared(document.array(), document.offset(), document.length());
    }
    fields.append(document.array(), document.offset(), document.length());
    if (keys != null) {
      keys.take(document, stage != null && stage.upToBookmark());
    }
    if (slice != null) {
      slice.take(document, batch.rows());
    }
    last = document;
  }

  private SourceBatch finish() {
    BsonSlice lastOne = last;
    last = null;
    if (keys != null) {
      SourceBatch finished =
          new SourceBatch(
              batch.finish(),
              keys.bookmark(),
              keys.upToBookmark(),
              keys.ahead(),
              ended,
              null,
              null);
      keys.nextBatch();
      return finished;
    }
    if (slice != null && lastOne != null) {
      String position = slice.behind(lastOne);
      BitSet recent = slice.recent();
      return new SourceBatch(batch.finish(), null, 0, 0, ended, position, recent);
    }
    return SourceBatch.of(batch.finish());
  }

  /** The next document; null after the last. */
  private @Nullable BsonSlice document() {
    BsonSlice before = waiting;
    if (before != null) {
      waiting = null;
      return before;
    }
    while (true) {
      MongoCursor<BsonSlice> open = cursor;
      if (open == null) {
        Stage next = stages.pollFirst();
        if (next == null) {
          return null;
        }
        stage = next;
        cursor = open(next);
      } else if (open.available() > 0 || hasNext(open)) {
        return open.next();
      } else {
        leave(open);
      }
    }
  }

  private boolean hasNext(MongoCursor<BsonSlice> open) {
    return link.goOn(turn, table(), open::hasNext);
  }

  private MongoCursor<BsonSlice> open(Stage next) {
    return link.call(
        turn,
        Activity.READ,
        table(),
        client -> {
          endSession();
          session = link.session(client);
          FindIterable<BsonSlice> find = find(client, next);
          if (session != null && link.info().isMongoDb()) {
            // It ends with the session, which each answer keeps alive for half an hour.
            find.noCursorTimeout(true);
          }
          return find.cursor();
        });
  }

  private FindIterable<BsonSlice> find(MongoClient client, Stage next) {
    MongoCollection<BsonSlice> collection =
        link.collection(client, table(), BsonSlice.class)
            .withCodecRegistry(CodecRegistries.fromCodecs(new BsonSlice.AsSent()));
    FindIterable<BsonSlice> find =
        session == null ? collection.find(next.filter()) : collection.find(session, next.filter());
    if (projection != null) {
      find.projection(projection);
    }
    BsonDocument sort = next.sortOrNull();
    if (sort != null) {
      find.sort(sort);
      if (!info.indexed().contains(sort.getFirstKey()) && !link.info().isOlderThan(4, 4)) {
        find.allowDiskUse(true);
      }
    }
    int size = info.averageBytes() == 0 ? USUAL_BYTES : info.averageBytes();
    // About a batch: more saves ways, and takes memory that nobody counts.
    long bytes = Math.min(ANSWER_BYTES, settings.batchBytes() * 15 / 16);
    long documents = Math.min(MOST_DOCUMENTS, bytes / (size + ELEMENT_BYTES));
    return find.batchSize((int) Math.max(2, documents));
  }

  /** An end of a collection that is not there any more is none. */
  private void checkStillThere() {
    Optional<String> uuid = StructureSync.uuid(link, table(), Activity.READ);
    if (uuid.isEmpty() || !uuid.get().equals(info.uuid())) {
      throw link.failures()
          .structureChanged(
              table(), "the collection was dropped, renamed or made anew while it was read");
    }
  }

  private void leave(MongoCursor<BsonSlice> open) {
    cursor = null;
    link.seen(session);
    open.close();
  }

  private void endSession() {
    ClientSession before = session;
    session = null;
    if (before != null) {
      before.close();
    }
  }

  @Override
  public Optional<String> endPosition() {
    return slice == null ? Optional.empty() : Optional.of(slice.done());
  }

  @Override
  public long received() {
    return turn.received();
  }

  @Override
  public void cancel() {
    turn.cancel();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    MongoCursor<BsonSlice> open = cursor;
    cursor = null;
    try {
      link.turns()
          .end(
              new Turn(CLOSING),
              () -> {
                if (open != null) {
                  open.close(); // which tells the server, where there is more
                }
                endSession();
              });
    } catch (MongoException | IllegalStateException e) {
      LOG.debug("Closing a cursor of {} failed: {}", table(), e.getClass().getSimpleName());
    }
  }

  private SourceException cancelled() {
    return failure("The scan of ", " was cancelled.", null);
  }

  private SourceException failure(String what, String happened, @Nullable Throwable cause) {
    return new SourceException(
        Kind.PERMANENT,
        what + table() + happened,
        "The documents read before it are not affected; run again to read on.",
        cause);
  }

  private SourceException tooLarge(long bytes, @Nullable Throwable cause) {
    return new SourceException(
        Kind.PERMANENT,
        "A document of "
            + table()
            + " (key _id) is too large"
            + (bytes < 0
                ? ": the heap cannot hold it"
                : ": " + bytes + " bytes where " + settings.maxRowBytes() + " are allowed")
            + '.',
        "Raise the largest row size and the heap, or name the fields to copy with only(…).",
        cause);
  }
}
