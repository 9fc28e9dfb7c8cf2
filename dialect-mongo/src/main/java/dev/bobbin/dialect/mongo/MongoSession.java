package dev.bobbin.dialect.mongo;

import com.mongodb.MongoException;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.check.Finding;
import dev.bobbin.dialect.mongo.CollectionInfo.Kind;
import dev.bobbin.dialect.mongo.Failures.Activity;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.plan.ScanRange;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.DocumentPath;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.LoadRequest;
import dev.bobbin.spi.SourceLoad;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.TableAbilities;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;

/** A connected deployment. */
final class MongoSession implements SourceSession {

  private final Link link;
  private final Reading reading;
  private final Map<TableId, CollectionInfo> infos = new ConcurrentHashMap<>();

  /** Takes over the link: closing this session closes it. */
  MongoSession(Link link, Reading reading) {
    this.link = link;
    this.reading = reading;
  }

  @Override
  public Catalog discover(Predicate<String> databases) {
    StructureSync sync = new StructureSync(link, reading);
    Catalog catalog = sync.run(databases);
    infos.putAll(sync.infos());
    return catalog;
  }

  @Override
  public List<String> defaultNamespace() {
    return link.defaultNamespace();
  }

  /** By the share of the sample. */
  @Override
  public List<OptionalDouble> estimateNullKeys(List<TableKey> keys) {
    List<OptionalDouble> shares = new ArrayList<>();
    for (TableKey key : keys) {
      CollectionInfo info = infos.get(key.table().id());
      Double absent = info == null ? null : info.absent().get(key.key());
      shares.add(absent == null ? OptionalDouble.empty() : OptionalDouble.of(absent));
    }
    return shares;
  }

  /** Every name can be that of a field which no sampled document has. */
  @Override
  public Optional<Column> column(Table table, String name) {
    try {
      DocumentPath path = DocumentColumns.path(name);
      if (!DocumentColumns.name(path).equals(name)) {
        return Optional.empty();
      }
    } catch (ConfigurationException notAPath) {
      return Optional.empty();
    }
    CollectionInfo info = infos.get(table.id());
    if (info != null && !info.sampled()) {
      StructureSync sync = new StructureSync(link, reading);
      Optional<Column> found = sync.look(table.id()).flatMap(whole -> whole.column(name));
      infos.putAll(sync.infos());
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.of(StructureSync.unseen(name, info == null ? Set.of() : info.indexed()));
  }

  @Override
  public void check(Clock clock, Consumer<Finding> findings) {
    new ServerCheck(link, clock).findings().forEach(findings);
  }

  @Override
  public String grant(TableId table, List<String> columns) {
    return MongoGrants.read(link.deployment(), table);
  }

  @Override
  public String createIndex(Table table, String column) {
    DocumentPath path = DocumentColumns.path(column);
    return table.kind() == Table.Kind.VIEW || !DocumentColumns.isQueryable(path)
        ? ""
        : Shell.collection(table.id())
            + ".createIndex({ "
            + Shell.text(DocumentColumns.query(path))
            + ": 1 })";
  }

  @Override
  public TableAbilities abilities(Table table) {
    String because = inOnePiece(table.id());
    return because == null
        ? new TableAbilities(null, null, "by ranges of _id", false)
        : new TableAbilities(because, because, null, false);
  }

  /** Why a collection is read by one cursor; null where it is not. */
  private @Nullable String inOnePiece(TableId table) {
    CollectionInfo info = infos.get(table);
    Kind kind = info == null ? Kind.COLLECTION : info.kind();
    return switch (kind) {
      case VIEW -> "it is a view";
      case TIME_SERIES -> "it is a time-series collection, which has no order of _id";
      case COLLECTION ->
          reading.naturalOrderOf(table, defaultNamespace()).isPresent()
              ? "it is read in natural order (naturalOrder(…))"
              : null;
    };
  }

  private CollectionInfo info(TableId table) {
    CollectionInfo known = infos.get(table);
    if (known == null) {
      StructureSync sync = new StructureSync(link, reading);
      if (sync.look(table).isEmpty()) {
        throw link.failures().structureChanged(table, "the collection is gone");
      }
      infos.putAll(sync.infos());
      known = infos.get(table);
    }
    if (known == null) {
      throw link.failures().structureChanged(table, "the collection is gone");
    }
    return known;
  }

  /** The families that there are, in the order of {@link Family}. */
  @Override
  public List<String> keyFamilies(Table table, String key) {
    String name = DocumentColumns.query(DocumentColumns.path(key));
    CollectionInfo info = info(table.id());
    boolean indexed = key.equals(DocumentColumns.ID) || info.indexed().contains(key);
    Set<Family> families = indexed ? null : familiesByOneLook(table.id(), name);
    return Family.KEYS.stream()
        .filter(
            family ->
                families == null ? isThere(table.id(), name, family) : families.contains(family))
        .map(Family::text)
        .toList();
  }

  private boolean isThere(TableId table, String name, Family family) {
    BsonDocument filter = new BsonDocument(name, family.all(link.info().types()));
    return link.ask(
        Activity.OPEN,
        table,
        client ->
            link.collection(client, table, BsonDocument.class)
                    .find(filter)
                    .projection(Stage.ascending(DocumentColumns.ID))
                    .limit(1)
                    .first()
                != null);
  }

  /**
   * The families of a key without an index: one look at all documents instead of one for each
   * family. Of an array all are told, whichever its elements are of; null where the server cannot
   * be asked so.
   */
  private @Nullable Set<Family> familiesByOneLook(TableId table, String name) {
    BsonDocument types =
        new BsonDocument(
            "$group",
            new BsonDocument("_id", new BsonDocument("$type", new BsonString("$" + name))));
    Turn patient = new Turn(Duration.ZERO); // it takes as long as it takes
    return link.call(
        patient,
        Activity.OPEN,
        table,
        client -> {
          Set<Family> families = EnumSet.noneOf(Family.class);
          try {
            for (BsonDocument type :
                link.collection(client, table, BsonDocument.class).aggregate(List.of(types))) {
              String alias = type.getString("_id").getValue();
              if (alias.equals("array")) {
                families.addAll(Family.KEYS);
              }
              Family.ofAlias(alias).ifPresent(families::add);
            }
            return families;
          } catch (MongoException e) {
            if (!Failures.isUnknown(e)) {
              throw e;
            }
            return null;
          }
        });
  }

  @Override
  public BatchReader open(TableScan scan) {
    TableId table = scan.table().id();
    CollectionInfo info = info(table);
    if (StructureSync.uuid(link, table, Activity.OPEN)
        .filter(now -> now.equals(info.uuid()))
        .isEmpty()) {
      throw link.failures().structureChanged(table, "the collection is gone, or made anew");
    }
    if (scan.range() instanceof ScanRange.FromBookmark range) {
      Family family =
          Family.parse(scan.family())
              .orElseThrow(() -> new IllegalArgumentException("the scan is of no family of keys"));
      KeyScan keys = new KeyScan(range, family, ServerInfo.clock(link.hello()));
      return new CollectionReader(link, scan, info, keys.stages(link.info().types()), keys, null);
    }
    Stage stage =
        scan.range() instanceof ScanRange.NullKeyRows nulls
            ? Stage.of(
                link.info()
                    .types()
                    .outside(Family.KEYS, DocumentColumns.query(DocumentColumns.path(nulls.key()))))
            : Stage.of(new BsonDocument());
    return new CollectionReader(link, scan, info, List.of(stage), null, null);
  }

  @Override
  public Optional<SourceLoad> beginLoad(LoadRequest request) {
    CollectionInfo info = info(request.table().id());
    return inOnePiece(info.id()) == null
        ? Optional.of(new LoadOpening(link, request, info).open())
        : Optional.empty();
  }

  @Override
  public void cancel() {
    link.cancel();
  }

  @Override
  public void close() {
    link.close();
  }

  @Override
  public String toString() {
    return link.toString();
  }
}
