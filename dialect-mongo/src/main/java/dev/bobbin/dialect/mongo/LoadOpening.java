package dev.bobbin.dialect.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.ClientSession;
import com.mongodb.client.FindIterable;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import dev.bobbin.dialect.mongo.Failures.Activity;
import dev.bobbin.error.StateException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.DocumentPath;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Begins a load, or goes on with one: a look at the collection, and then the cuts. */
final class LoadOpening {

  private static final Duration AHEAD = Duration.ofDays(1);

  /** So many documents that stepping over the index of {@code _id} takes next to no time. */
  private static final int FEW = 20_000;

  private static final int SAMPLED_PER_PART = 25;
  private static final int PARTS_PER_READER = 4;
  private static final int BATCHES_PER_PART = 4;

  private final Link link;
  private final LoadRequest request;
  private final CollectionInfo info;
  private final TypeQueries types;

  LoadOpening(Link link, LoadRequest request, CollectionInfo info) {
    this.link = link;
    this.request = request;
    this.info = info;
    this.types = link.info().types();
  }

  SourceLoad open() {
    List<RangePosition> positions = new ArrayList<>();
    List<TableScan> earlier = new ArrayList<>();
    request
        .positions()
        .forEach(
            (name, text) -> {
              positions.add(RangePosition.parse(text));
              earlier.add(new TableScan(request.table(), name, new ScanRange.Slice(text)));
            });
    requireWhole(positions);
    String uuid =
        StructureSync.uuid(link, info.id(), Activity.OPEN)
            .filter(now -> now.equals(info.uuid()))
            .orElseThrow(
                () ->
                    link.failures()
                        .structureChanged(info.id(), "the collection is gone, or made anew"));
    Instant now = ServerInfo.clock(link.hello());
    long bound = now.plus(AHEAD).toEpochMilli();
    String by = request.incremental().map(method -> method.key()).orElse(null);
    RangePosition.Origin fresh = new RangePosition.Origin(uuid, by, Map.of(), null);
    String restarted = null;
    if (!positions.isEmpty()) {
      RangePosition.Origin before = positions.get(0).origin();
      Optional<String> doubt = fresh.doubtAbout(before);
      if (doubt.isEmpty()) {
        link.advance(before.moment());
        return new MongoLoad(link, request, info, before, earlier, null, bound);
      }
      restarted = doubt.get();
    }
    // The greatest keys first: what is written later has a greater one, and comes after the load.
    Map<String, String> starts = by == null ? Map.of() : starts(DocumentColumns.path(by), bound);
    RangePosition.Origin origin = new RangePosition.Origin(uuid, by, starts, link.operationTime());
    List<TableScan> scans = new ArrayList<>();
    for (IdRange range : ranges()) {
      String name = "range-" + (scans.size() + 1);
      String position = RangePosition.before(origin, range).toString();
      scans.add(new TableScan(request.table(), name, new ScanRange.Slice(position)));
    }
    return new MongoLoad(link, request, info, origin, scans, restarted, bound);
  }

  /** Checks that the ranges of each family follow each other from its beginning to its end. */
  private static void requireWhole(List<RangePosition> positions) {
    Set<String> families = new HashSet<>();
    positions.forEach(position -> families.add(position.range().name()));
    for (String family : families) {
      List<IdRange> left = new ArrayList<>();
      positions.stream()
          .map(RangePosition::range)
          .filter(range -> range.name().equals(family))
          .forEach(left::add);
      BsonValue from = null;
      do {
        BsonValue next = from;
        IdRange range =
            left.stream()
                .filter(r -> Objects.equals(r.after(), next))
                .findFirst()
                .orElseThrow(LoadOpening::incomplete);
        left.remove(range);
        from = range.to();
      } while (from != null);
      if (!left.isEmpty()) {
        throw incomplete();
      }
    }
  }

  private static StateException incomplete() {
    return new StateException(
        "The saved positions of a load do not fit together. Nothing has been read.",
        "Restore the state from a backup, or reset the table, which then begins a new load.",
        null);
  }

  /** The greatest key of each family that is not ahead of the server's clock. */
  private Map<String, String> starts(DocumentPath key, long bound) {
    String name = DocumentColumns.query(key);
    Map<String, String> starts = new LinkedHashMap<>();
    for (Family family : Family.KEYS) {
      BsonDocument condition =
          family == Family.DATE
              ? new BsonDocument("$lte", new BsonDateTime(bound))
              : family.all(types);
      BsonDocument greatest =
          first(
              find ->
                  find.filter(new BsonDocument(name, condition))
                      .sort(Stage.descending(name))
                      .projection(new BsonDocument(key.names().get(0), new BsonInt32(1))));
      BsonValue value = greatest == null ? null : KeyScan.value(greatest, key);
      // Of an array the server means its greatest element: then the family begins at its lowest.
      if (value != null && Family.of(value).filter(family::equals).isPresent()) {
        starts.put(family.text(), KeyText.of(value));
      }
    }
    return starts;
  }

  /** The first document of a query, read so that what follows is not from before it. */
  private @Nullable BsonDocument first(
      Function<FindIterable<BsonDocument>, FindIterable<BsonDocument>> query) {
    return in(
        (collection, session) -> {
          FindIterable<BsonDocument> find =
              session == null ? collection.find() : collection.find(session);
          return query.apply(find).limit(1).first();
        });
  }

  private interface Question<T> {
    T ask(MongoCollection<BsonDocument> collection, @Nullable ClientSession session);
  }

  private <T> T in(Question<T> question) {
    return link.ask(Activity.OPEN, info.id(), client -> inSession(client, question));
  }

  private <T> T inSession(MongoClient client, Question<T> question) {
    MongoCollection<BsonDocument> collection =
        link.collection(client, info.id(), BsonDocument.class);
    ClientSession session = link.session(client);
    try {
      T answer = question.ask(collection, session);
      link.seen(session);
      return answer;
    } finally {
      if (session != null) {
        session.close();
      }
    }
  }

  /** All ranges, family by family; none where there is no document. */
  private List<IdRange> ranges() {
    List<Family> families = new ArrayList<>();
    for (Family family : Family.values()) {
      if (isThere(new BsonDocument(DocumentColumns.ID, family.all(types)))) {
        families.add(family);
      }
    }
    List<IdRange> ranges = new ArrayList<>();
    long count = parts() == 1 ? 0 : count();
    int parts = parts(count);
    Map<Family, List<BsonValue>> cuts =
        parts == 1
            ? Map.of()
            : count > FEW ? sampledCuts(parts, count) : steppedCuts(families, parts, count);
    for (Family family : families) {
      BsonValue after = null;
      for (BsonValue cut : cuts.getOrDefault(family, List.of())) {
        ranges.add(new IdRange(family, after, cut));
        after = cut;
      }
      ranges.add(new IdRange(family, after, null));
    }
    if (isThere(types.outside(List.of(Family.values()), DocumentColumns.ID))) {
      ranges.add(IdRange.OF_THE_REST);
    }
    return ranges;
  }

  private boolean isThere(BsonDocument filter) {
    return first(find -> find.filter(filter).projection(Stage.ascending(DocumentColumns.ID)))
        != null;
  }

  private long count() {
    return in((collection, session) -> collection.estimatedDocumentCount());
  }

  private int parts() {
    return request.readers() == 1 ? 1 : request.readers() * PARTS_PER_READER;
  }

  /** Some ranges for each reader, so that all have work to the end, but none that is small. */
  private int parts(long count) {
    long size = Math.max(1, info.averageBytes());
    long batch =
        Math.min(link.settings().batchRows(), Math.max(1, link.settings().batchBytes() / size));
    return (int) Math.max(1, Math.min(parts(), count / (batch * BATCHES_PER_PART)));
  }

  /** Cuts between documents that the server has drawn by lot, and sorted. */
  private Map<Family, List<BsonValue>> sampledCuts(int parts, long count) {
    int size = parts * SAMPLED_PER_PART;
    List<BsonDocument> pipeline =
        List.of(
            new BsonDocument("$sample", new BsonDocument("size", new BsonInt32(size))),
            new BsonDocument("$project", Stage.ascending(DocumentColumns.ID)),
            new BsonDocument("$sort", Stage.ascending(DocumentColumns.ID)));
    List<BsonDocument> drawn = new ArrayList<>();
    try {
      link.ask(
          Activity.OPEN,
          info.id(),
          client -> {
            try {
              return link.collection(client, info.id(), BsonDocument.class)
                  .aggregate(pipeline)
                  .into(drawn);
            } catch (MongoException e) {
              if (!Failures.isUnknown(e)) {
                throw e;
              }
              return drawn; // a server that draws no lots
            }
          });
    } finally {
      drawn.removeIf(document -> !document.containsKey(DocumentColumns.ID));
    }
    Map<Family, List<BsonValue>> byFamily = new EnumMap<>(Family.class);
    for (BsonDocument document : drawn) {
      BsonValue id = Objects.requireNonNull(document.get(DocumentColumns.ID));
      Family.of(id)
          .ifPresent(
              family -> byFamily.computeIfAbsent(family, unused -> new ArrayList<>()).add(id));
    }
    if (byFamily.isEmpty()) {
      return steppedCuts(List.of(Family.values()), parts, count);
    }
    byFamily.replaceAll((family, ids) -> everySo(ids));
    return byFamily;
  }

  private static List<BsonValue> everySo(List<BsonValue> sorted) {
    List<BsonValue> cuts = new ArrayList<>();
    for (int i = SAMPLED_PER_PART; i < sorted.size(); i += SAMPLED_PER_PART) {
      if (cuts.isEmpty() || !cuts.get(cuts.size() - 1).equals(sorted.get(i))) {
        cuts.add(sorted.get(i));
      }
    }
    return cuts;
  }

  /** Cuts a number of documents apart, found by stepping over the index. */
  private Map<Family, List<BsonValue>> steppedCuts(List<Family> families, int parts, long count) {
    int step = (int) Math.max(1, Math.min(Integer.MAX_VALUE, count / parts));
    Map<Family, List<BsonValue>> cuts = new EnumMap<>(Family.class);
    for (Family family : families) {
      List<BsonValue> of = new ArrayList<>();
      BsonValue from = null;
      while (of.size() < parts - 1) {
        BsonDocument filter = new IdRange(family, from, null).from(null, types).filter();
        BsonDocument next =
            first(
                find ->
                    find.filter(filter)
                        .sort(Stage.ascending(DocumentColumns.ID))
                        .skip(step - 1)
                        .projection(Stage.ascending(DocumentColumns.ID)));
        BsonValue id = next == null ? null : next.get(DocumentColumns.ID);
        if (id == null) {
          break;
        }
        of.add(id);
        from = id;
      }
      cuts.put(family, of);
    }
    return cuts;
  }
}
