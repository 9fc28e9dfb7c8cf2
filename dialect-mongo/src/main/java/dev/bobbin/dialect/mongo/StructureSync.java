package dev.bobbin.dialect.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.FindIterable;
import com.mongodb.client.MongoCollection;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.mongo.CollectionInfo.Kind;
import dev.bobbin.dialect.mongo.Failures.Activity;
import dev.bobbin.record.DocumentPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * Reads what databases and collections there are, with their indexes and, by a sample, their
 * fields. A constant number of commands per collection, and a few per database.
 */
final class StructureSync {

  private static final Set<String> OWN = Set.of("admin", "local", "config");
  private static final BsonInt32 UP = new BsonInt32(1);
  private static final BsonInt32 DOWN = new BsonInt32(-1);

  private final Link link;
  private final Reading reading;
  private final Map<TableId, CollectionInfo> infos = new HashMap<>();
  private final List<String> notes = new ArrayList<>();

  StructureSync(Link link, Reading reading) {
    this.link = link;
    this.reading = reading;
  }

  /** What was found of the collections, beside the catalog. */
  Map<TableId, CollectionInfo> infos() {
    return infos;
  }

  /**
   * A collection as the server lists it.
   *
   * @param id its name
   * @param kind what it is
   * @param uuid the server's mark; empty where it has none
   * @param options what it was made with
   */
  private record Listed(TableId id, Kind kind, String uuid, BsonDocument options) {}

  Catalog run(Predicate<String> wanted) {
    List<String> databases = databases().stream().filter(wanted).toList();
    List<Table> tables = new ArrayList<>();
    for (String database : databases) {
      List<Listed> all = collections(database);
      int looked = Math.min(all.size(), reading.collections());
      for (int i = 0; i < all.size(); i++) {
        tables.add(table(all.get(i), i < looked));
      }
      if (looked < all.size()) {
        notes.add(
            "Of the "
                + all.size()
                + " collections of "
                + database
                + ", the fields of the first "
                + looked
                + " were looked at (sampling(…)).");
      }
    }
    return new Catalog(link.info().describe(), link.defaultNamespace(), databases, tables, notes);
  }

  private List<String> databases() {
    Set<String> names = new TreeSet<>();
    String own = link.deployment().database();
    try {
      names.addAll(
          link.ask(
              Activity.DISCOVER,
              null,
              client -> {
                List<String> found = new ArrayList<>();
                try {
                  client.listDatabaseNames().into(found);
                } catch (MongoException e) {
                  if (!Failures.isUnauthorized(e) || own.isEmpty()) {
                    throw e;
                  }
                  notes.add("This user may not list databases: only " + own + " was looked into.");
                }
                return found;
              }));
    } finally {
      names.removeAll(OWN);
    }
    if (!own.isEmpty() && !OWN.contains(own)) {
      names.add(own); // one that has no collections yet is not listed
    }
    return List.copyOf(names);
  }

  private List<Listed> collections(String database) {
    Map<String, Listed> found = new TreeMap<>();
    link.ask(
        Activity.DISCOVER,
        null,
        client -> {
          try {
            for (BsonDocument listed :
                client.getDatabase(database).listCollections(BsonDocument.class)) {
              add(found, listed(database, listed));
            }
          } catch (MongoException e) {
            if (!Failures.isUnauthorized(e)) {
              throw e;
            }
            notes.add(
                "This user may not list all collections of "
                    + database
                    + ": just those that it has privileges on are here.");
            for (String name :
                client.getDatabase(database).listCollectionNames().authorizedCollections(true)) {
              add(
                  found,
                  new Listed(TableId.of(database, name), Kind.COLLECTION, "", new BsonDocument()));
            }
          }
          return true;
        });
    return List.copyOf(found.values());
  }

  private static void add(Map<String, Listed> to, Listed listed) {
    if (!listed.id().name().startsWith("system.")) {
      to.put(listed.id().name(), listed);
    }
  }

  private static Listed listed(String database, BsonDocument answer) {
    BsonDocument options = document(answer, "options");
    String type = answer.containsKey("type") ? answer.getString("type").getValue() : "";
    Kind kind =
        switch (type) {
          case "view" -> Kind.VIEW;
          case "timeseries" -> Kind.TIME_SERIES;
          default -> Kind.COLLECTION;
        };
    return new Listed(
        TableId.of(database, answer.getString("name").getValue()), kind, uuid(answer), options);
  }

  private static BsonDocument document(BsonDocument in, String name) {
    BsonValue value = in.get(name);
    return value != null && value.isDocument() ? value.asDocument() : new BsonDocument();
  }

  private static String uuid(BsonDocument listed) {
    BsonValue uuid = document(listed, "info").get("uuid");
    return uuid != null && uuid.isBinary() ? uuid.asBinary().asUuid().toString() : "";
  }

  /**
   * The server's mark of a collection as it is now.
   *
   * @return empty where there is no such collection; an empty text where the server has no marks
   */
  static Optional<String> uuid(Link link, TableId table, Activity activity) {
    BsonDocument named = new BsonDocument("name", new BsonString(table.name()));
    BsonDocument listed =
        link.ask(
            activity,
            table,
            client -> {
              try {
                for (BsonDocument each :
                    client
                        .getDatabase(table.namespace().get(0))
                        .listCollections(BsonDocument.class)
                        .filter(named)) {
                  // Not every server heeds the filter.
                  if (each.getString("name").getValue().equals(table.name())) {
                    return each;
                  }
                }
                return null;
              } catch (MongoException e) {
                if (!Failures.isUnauthorized(e)) {
                  throw e;
                }
                // Who may not list them cannot be told; that it can be read shows that it is there.
                return new BsonDocument();
              }
            });
    return Optional.ofNullable(listed).map(StructureSync::uuid);
  }

  private Table table(Listed listed, boolean whole) {
    Table.Builder table = Table.named(listed.id());
    table.kind(listed.kind() == Kind.VIEW ? Table.Kind.VIEW : Table.Kind.TABLE);
    table.comment(comment(listed));
    FieldSample sample = new FieldSample();
    boolean readable = sample(listed, whole ? reading.documents() : 2, sample);
    table.readable(readable);
    List<Table.Index> indexes = whole && readable ? indexes(listed) : primary(listed);
    indexes.forEach(table::index);
    Set<String> indexed = indexed(indexes);
    long count = whole && readable && listed.kind() == Kind.COLLECTION ? count(listed.id()) : -1;
    table.estimatedRows(count);
    table.estimatedBytes(count < 0 ? -1 : count * sample.averageBytes());
    boolean collated = listed.options().containsKey("collation");
    List<Column> columns =
        columns(listed.id(), whole ? sample : null, sample, indexed, collated, readable);
    columns.forEach(table::column);
    Map<String, Double> absent = new HashMap<>();
    sample
        .fields()
        .forEach(
            (path, field) ->
                absent.put(
                    DocumentColumns.name(path), 1 - (double) field.present() / sample.documents()));
    infos.put(
        listed.id(),
        new CollectionInfo(
            listed.id(),
            listed.kind(),
            listed.uuid(),
            sample.averageBytes(),
            count,
            absent,
            indexed,
            whole));
    return table.build();
  }

  private static String comment(Listed listed) {
    BsonDocument options = listed.options();
    return switch (listed.kind()) {
      case VIEW ->
          options.containsKey("viewOn") && options.get("viewOn").isString()
              ? "view on " + options.getString("viewOn").getValue()
              : "view";
      case TIME_SERIES -> {
        BsonValue field = document(options, "timeseries").get("timeField");
        yield field != null && field.isString()
            ? "time-series by " + field.asString().getValue()
            : "time-series";
      }
      case COLLECTION ->
          options.getBoolean("capped", org.bson.BsonBoolean.FALSE).getValue() ? "capped" : "";
    };
  }

  /** Takes a sample; false where the user may not read the collection. */
  private boolean sample(Listed listed, int documents, FieldSample into) {
    return link.ask(
        Activity.DISCOVER,
        listed.id(),
        client -> {
          MongoCollection<RawBsonDocument> collection =
              link.collection(client, listed.id(), RawBsonDocument.class);
          try {
            if (listed.kind() != Kind.COLLECTION) {
              take(collection, null, documents, into);
            } else {
              take(collection, UP, (documents + 1) / 2, into);
              take(collection, DOWN, documents / 2, into);
            }
            return true;
          } catch (MongoException e) {
            if (!Failures.isUnauthorized(e)) {
              throw e;
            }
            return false;
          }
        });
  }

  private void take(
      MongoCollection<RawBsonDocument> from,
      @Nullable BsonInt32 order,
      int documents,
      FieldSample into) {
    FindIterable<RawBsonDocument> find =
        from.find()
            .limit(documents)
            .maxTime(link.settings().connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
    if (order != null) {
      find.sort(new BsonDocument(DocumentColumns.ID, order));
    }
    for (RawBsonDocument document : find) {
      into.add(document, document.getByteBuffer().remaining());
    }
  }

  private long count(TableId id) {
    return link.ask(
        Activity.DISCOVER,
        id,
        client -> {
          try {
            return link.collection(client, id, BsonDocument.class).estimatedDocumentCount();
          } catch (MongoException e) {
            if (!Failures.isUnauthorized(e) && !Failures.isUnknown(e)) {
              throw e;
            }
            return -1L;
          }
        });
  }

  private static List<Table.Index> primary(Listed listed) {
    return listed.kind() == Kind.COLLECTION
        ? List.of(new Table.Index("_id_", DocumentColumns.ID_PATH, true, true, false, true))
        : List.of();
  }

  private List<Table.Index> indexes(Listed listed) {
    if (listed.kind() == Kind.VIEW) {
      return List.of();
    }
    BsonDocument collation = document(listed.options(), "collation");
    List<Table.Index> indexes = new ArrayList<>(primary(listed));
    List<BsonDocument> found =
        link.ask(
            Activity.DISCOVER,
            listed.id(),
            client -> {
              List<BsonDocument> all = new ArrayList<>();
              try {
                link.collection(client, listed.id(), BsonDocument.class)
                    .listIndexes(BsonDocument.class)
                    .into(all);
              } catch (MongoException e) {
                if (!Failures.isUnauthorized(e) && !Failures.isUnknown(e)) {
                  throw e;
                }
              }
              return all;
            });
    for (BsonDocument index : found) {
      BsonDocument key = document(index, "key");
      if (!key.isEmpty() && !List.copyOf(key.keySet()).equals(DocumentColumns.ID_PATH)) {
        indexes.add(index(index, key, collation));
      }
    }
    return indexes;
  }

  private static Table.Index index(BsonDocument index, BsonDocument key, BsonDocument collation) {
    List<String> columns = new ArrayList<>();
    boolean ordered = true;
    for (Map.Entry<String, BsonValue> part : key.entrySet()) {
      // A number is a direction; a text is a kind of index that has no order.
      ordered &= part.getValue().isNumber();
      boolean wildcard = part.getKey().contains("$**");
      columns.add(wildcard ? "" : column(part.getKey()));
      ordered &= !wildcard;
    }
    BsonDocument own = document(index, "collation");
    ordered &= own.isEmpty() || own.get("locale", own).equals(collation.get("locale", collation));
    String name = index.containsKey("name") ? index.getString("name").getValue() : "";
    return new Table.Index(
        name,
        columns,
        index.getBoolean("unique", org.bson.BsonBoolean.FALSE).getValue(),
        false,
        index.containsKey("partialFilterExpression"),
        ordered && !index.getBoolean("hidden", org.bson.BsonBoolean.FALSE).getValue());
  }

  /** The column of a field that an index names with dots. */
  private static String column(String name) {
    return DocumentColumns.name(DocumentPath.of(List.of(name.split("\\.", -1))));
  }

  private static Set<String> indexed(List<Table.Index> indexes) {
    Set<String> first = new HashSet<>();
    indexes.stream()
        .filter(index -> index.ordered() && !index.partial())
        .forEach(index -> first.add(index.columns().get(0)));
    first.remove("");
    return first;
  }

  private List<Column> columns(
      TableId id,
      @Nullable FieldSample sample,
      FieldSample ids,
      Set<String> indexed,
      boolean collated,
      boolean readable) {
    Map<String, Column> fields = new TreeMap<>();
    FieldSample.Field idField = null;
    for (Map.Entry<DocumentPath, FieldSample.Field> entry : ids.fields().entrySet()) {
      if (entry.getKey().names().equals(DocumentColumns.ID_PATH)) {
        idField = entry.getValue();
      } else if (sample != null) {
        Column column =
            field(entry.getKey(), entry.getValue(), sample.documents(), indexed, collated);
        fields.put(column.name(), column);
      }
    }
    for (String name : indexed) {
      if (!name.equals(DocumentColumns.ID)) {
        fields.computeIfAbsent(name, unused -> unseen(name, indexed));
      }
    }
    for (Reading.Field settled : reading.fieldsOf(id, link.defaultNamespace())) {
      String name = DocumentColumns.name(settled.path());
      Column seen = fields.get(name);
      fields.put(
          name,
          new Column(
              name,
              settled.type(),
              settled.type().toString(),
              true,
              true,
              Column.Generation.PART,
              DocumentColumns.isQueryable(settled.path())
                  ? support(settled.type(), collated)
                  : KeySupport.UNORDERED,
              seen == null ? "" : seen.comment()));
    }
    List<Column> columns = new ArrayList<>();
    columns.add(id(idField, collated));
    columns.add(DocumentColumns.document());
    columns.addAll(fields.values());
    return readable ? columns : columns.stream().map(StructureSync::unreadable).toList();
  }

  private static Column unreadable(Column column) {
    return new Column(
        column.name(),
        column.type(),
        column.nativeType(),
        column.nullable(),
        false,
        column.generation(),
        column.keySupport(),
        column.comment());
  }

  private static Column id(FieldSample.@Nullable Field field, boolean collated) {
    if (field == null) {
      // Nobody knows: what the driver makes where nobody says otherwise.
      DataType type = new DataType.Other("objectId");
      return DocumentColumns.id(type, "objectId", KeySupport.EXACT);
    }
    return DocumentColumns.id(field.type(), field.nativeType(), support(field.type(), collated));
  }

  private static Column field(
      DocumentPath path,
      FieldSample.Field field,
      int sampled,
      Set<String> indexed,
      boolean collated) {
    String name = DocumentColumns.name(path);
    KeySupport support =
        !field.isOrdered() || !DocumentColumns.isQueryable(path)
            ? KeySupport.UNORDERED
            : indexed.contains(name) ? support(field.type(), collated) : KeySupport.ON_REQUEST;
    return new Column(
        name,
        field.type(),
        field.nativeType(),
        true,
        true,
        Column.Generation.PART,
        support,
        field.describe(sampled));
  }

  /** A field that is known by an index, or by a selection, alone. */
  static Column unseen(String name, Set<String> indexed) {
    return new Column(
        name,
        new DataType.Json(),
        "",
        true,
        true,
        Column.Generation.PART,
        !DocumentColumns.isQueryable(DocumentColumns.path(name))
            ? KeySupport.UNORDERED
            : indexed.contains(name) ? KeySupport.COLLATED : KeySupport.ON_REQUEST,
        "in none of the sampled documents");
  }

  /** How values of a type are equal for the server: numbers of several types are. */
  private static KeySupport support(DataType type, boolean collated) {
    boolean exact =
        type instanceof DataType.Instant
            || type instanceof DataType.Bool
            || type instanceof DataType.Int
            || type instanceof DataType.Uuid
            || (type instanceof DataType.Other other && other.nativeType().equals("objectId"))
            || (type instanceof DataType.Text && !collated);
    return type instanceof DataType.Document
        ? KeySupport.UNORDERED
        : exact ? KeySupport.EXACT : KeySupport.COLLATED;
  }

  /** One collection, looked at whole; empty where it is gone. */
  Optional<Table> look(TableId id) {
    return collections(id.namespace().get(0)).stream()
        .filter(listed -> listed.id().equals(id))
        .findFirst()
        .map(listed -> table(listed, true));
  }
}
