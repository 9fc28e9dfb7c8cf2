package dev.bobbin.dialect.mongo;

import dev.bobbin.dialect.mongo.Failures.Activity;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.ReplicationMethod.Incremental;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.state.Bookmark;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * A collection that is being read by ranges of {@code _id}, family by family. An {@code _id} never
 * changes, so a document that is there from the beginning to the end of the load comes once.
 * Thread-safe.
 */
final class MongoLoad implements SourceLoad {

  private final Link link;
  private final LoadRequest request;
  private final CollectionInfo info;
  private final RangePosition.Origin origin;
  private final List<TableScan> scans;
  private final @Nullable String restarted;
  private final long bound;
  private final List<BatchReader> readers = new ArrayList<>();
  private boolean closed;

  /**
   * A load.
   *
   * @param scans what is left to read
   * @param restarted why it did not go on, as a sentence; null if it did, or is new
   * @param bound the milliseconds of the clock of the server from which on keys are ahead
   */
  MongoLoad(
      Link link,
      LoadRequest request,
      CollectionInfo info,
      RangePosition.Origin origin,
      List<TableScan> scans,
      @Nullable String restarted,
      long bound) {
    this.link = link;
    this.request = request;
    this.info = info;
    this.origin = origin;
    this.scans = List.copyOf(scans);
    this.restarted = restarted;
    this.bound = bound;
  }

  @Override
  public List<TableScan> scans() {
    return scans;
  }

  @Override
  public Optional<String> restarted() {
    return Optional.ofNullable(restarted);
  }

  @Override
  public BatchReader open(TableScan scan) {
    if (!(scan.range() instanceof ScanRange.Slice slice) || !scans.contains(scan)) {
      throw new IllegalArgumentException("the scan is not one of this load");
    }
    KeyMarks marks =
        request.incremental().map(method -> new KeyMarks(method, origin.starts())).orElse(null);
    SliceScan range = new SliceScan(RangePosition.parse(slice.position()), marks);
    TypeQueries types = link.info().types();
    CollectionReader reader =
        new CollectionReader(link, scan, info, range.stages(types), null, range);
    synchronized (this) {
      if (closed) {
        throw link.failures().closed();
      }
      readers.add(reader);
    }
    return reader;
  }

  @Override
  public Optional<TableScan> tail() {
    return Optional.empty();
  }

  @Override
  public Optional<Bookmark> start() {
    Map<String, Bookmark> all = starts();
    return all.size() == 1 ? Optional.of(all.values().iterator().next()) : Optional.empty();
  }

  @Override
  public Map<String, Bookmark> starts() {
    return origin.bookmarks();
  }

  @Override
  public boolean hasKeysAhead() {
    return request.incremental().map(Incremental::key).filter(this::hasKeysAhead).isPresent();
  }

  private boolean hasKeysAhead(String key) {
    String name = DocumentColumns.query(DocumentColumns.path(key));
    BsonDocument ahead = new BsonDocument(name, new BsonDocument("$gt", new BsonDateTime(bound)));
    return link.ask(
        Activity.READ,
        info.id(),
        client ->
            link.collection(client, info.id(), BsonDocument.class)
                    .find(ahead)
                    .projection(Stage.ascending(DocumentColumns.ID))
                    .limit(1)
                    .first()
                != null);
  }

  @Override
  public void close() {
    List<BatchReader> open;
    synchronized (this) {
      closed = true;
      open = List.copyOf(readers);
      readers.clear();
    }
    open.forEach(BatchReader::cancel);
  }
}
