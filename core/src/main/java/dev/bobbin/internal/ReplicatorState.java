package dev.bobbin.internal;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.StateException;
import dev.bobbin.state.Checkpoint;
import dev.bobbin.state.StateDocument;
import dev.bobbin.state.StateLease;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One replicator's state: read once, then kept here and saved document by document. Thread-safe.
 *
 * <p>Documents: {@code replicator} (name, digest key, known tables), {@code table TABLE} (load and
 * checkpoints) and {@code structure TABLE} (columns and primary key as the sink was last told).
 */
public final class ReplicatorState {

  private static final long FORMAT = 1;
  private static final String REPLICATOR = "replicator";
  private static final String TABLE = "table ";
  private static final String STRUCTURE = "structure ";

  /**
   * A table's structure as last seen.
   *
   * @param source all its columns; of those that are a part of another one's, just the delivered
   * @param delivered the columns that the sink was told of
   */
  record Structure(Table source, Table delivered) {
    static Structure of(Table source, Table delivered) {
      Set<String> names = new HashSet<>();
      source.structure().columns().forEach(column -> names.add(column.name()));
      delivered.columns().forEach(column -> names.add(column.name()));
      return new Structure(source.withColumns(names), delivered);
    }
  }

  private final String id;
  private final @Nullable StateLease lease;
  private final Map<TableId, TableState> tables = new HashMap<>();
  private final Map<TableId, Structure> structures = new HashMap<>();
  private final Set<TableId> recovered = new TreeSet<>();
  private Set<TableId> known = Set.of();
  private byte[] digestKey = new byte[0];
  private boolean saved;

  private ReplicatorState(String id, @Nullable StateLease lease) {
    this.id = id;
    this.lease = lease;
  }

  /**
   * Reads a replicator's documents.
   *
   * @param id the replicator's id
   * @param name the name that the id was made from
   * @param documents what the store holds
   * @param lease what to save with; null to only read
   * @throws StateException if a document is damaged or of a newer format
   * @throws ConfigurationException if the state belongs to a replicator of another name
   */
  public static ReplicatorState of(
      String id, String name, List<StateDocument> documents, @Nullable StateLease lease) {
    ReplicatorState state = new ReplicatorState(id, lease);
    for (StateDocument document : documents) {
      state.read(document, name);
    }
    if (!state.saved) {
      byte[] key = new byte[32];
      new SecureRandom().nextBytes(key);
      state.digestKey = key;
      if (lease != null) {
        state.saveReplicator(name, Set.of());
      }
    }
    return state;
  }

  private void read(StateDocument document, String name) {
    try {
      Json.Fields fields = Json.read(document.content());
      long format = fields.number("format");
      if (format > FORMAT) {
        throw new StateException(
            "The state of replicator "
                + id
                + " has format "
                + format
                + ", newer than this version of Bobbin reads ("
                + FORMAT
                + "); it was left as it is.",
            "Run the version that wrote it, or a newer one.",
            null);
      }
      if (document.name().equals(REPLICATOR)) {
        String owner = fields.text("name");
        if (!owner.equals(name)) {
          throw new ConfigurationException(
              "The state under the id "
                  + id
                  + " belongs to the replicator named \""
                  + owner
                  + "\", not \""
                  + name
                  + "\"; a name cannot change once there is state.",
              "Use the old name, or a new one with another id, which begins from zero.");
        }
        digestKey = Base64.getDecoder().decode(fields.text("digestKey"));
        known =
            fields.texts("tables").stream()
                .map(TableId::parse)
                .collect(Collectors.toCollection(TreeSet::new));
        saved = true;
      } else if (document.name().startsWith(TABLE)) {
        Map<String, Checkpoint> checkpoints = new LinkedHashMap<>();
        for (String text : fields.texts("checkpoints")) {
          Checkpoint checkpoint = Checkpoint.fromJson(text);
          checkpoints.put(checkpoint.scan(), checkpoint);
        }
        Map<String, String> scans = new LinkedHashMap<>();
        for (Json.Fields scan : fields.objects("scans")) {
          scans.put(scan.text("name"), scan.text("position"));
        }
        TableId table = TableId.parse(fields.text("table"));
        tables.put(
            table,
            new TableState(
                table,
                fields.number("load"),
                fields.flag("whole"),
                fields.flag("reset"),
                fields.text("method"),
                scans,
                checkpoints));
        if (document.recovered()) {
          recovered.add(table);
        }
      } else if (document.name().startsWith(STRUCTURE)) {
        readStructure(fields);
      }
    } catch (IOException | IllegalArgumentException e) {
      // The parser's message can quote the document, which holds key values.
      throw new StateException(
          "The document \""
              + document.name()
              + "\" in the state of replicator "
              + id
              + " cannot be read ("
              + e.getClass().getSimpleName()
              + ").",
          "Restore it from a backup, or delete it to begin the table from zero.",
          null);
    }
  }

  private void readStructure(Json.Fields fields) throws IOException {
    Table.Builder table = Table.named(TableId.parse(fields.text("table")));
    Set<String> delivered = new TreeSet<>();
    for (Json.Fields column : fields.objects("columns")) {
      Column read =
          Column.of(
              column.text("name"), DataType.parse(column.text("type")), column.text("nativeType"));
      if (column.has("part") && column.flag("part")) {
        read = read.asPart();
      }
      table.column(column.flag("nullable") ? read : read.notNull());
      if (column.flag("delivered")) {
        delivered.add(read.name());
      }
    }
    List<String> key = fields.texts("primaryKey");
    if (!key.isEmpty()) {
      table.primaryKey(key.toArray(new String[0]));
    }
    Table source = table.build();
    structures.put(source.id(), new Structure(source, source.withColumns(delivered)));
  }

  /** The key for digests of rows. */
  byte[] digestKey() {
    return digestKey.clone();
  }

  /** The tables that the last run saw; empty before the first. */
  synchronized Set<TableId> known() {
    return known;
  }

  /** Where a table stands. */
  public synchronized TableState table(TableId table) {
    return tables.getOrDefault(table, TableState.unknown(table));
  }

  /** All tables that have a state. */
  public synchronized List<TableState> tables() {
    return List.copyOf(tables.values());
  }

  synchronized Optional<Structure> structure(TableId table) {
    return Optional.ofNullable(structures.get(table));
  }

  /** Whether the last generation of the table's state was damaged and an older one is used. */
  boolean isRecovered(TableId table) {
    return recovered.contains(table);
  }

  private StateLease lease() {
    if (lease == null) {
      throw new IllegalStateException("this state is only read");
    }
    return lease;
  }

  /**
   * Saves where a table stands.
   *
   * @throws StateException if it could not be saved
   */
  public void save(TableState state) {
    List<String> checkpoints =
        state.checkpoints().values().stream().map(Checkpoint::toJson).toList();
    List<Map<String, String>> scans = new ArrayList<>();
    state.scans().forEach((name, start) -> scans.add(Map.of("name", name, "position", start)));
    lease()
        .save(
            TABLE + state.table(),
            Json.write(
                Map.of(
                    "format",
                    FORMAT,
                    "table",
                    state.table().toString(),
                    "load",
                    state.loadId(),
                    "whole",
                    state.whole(),
                    "reset",
                    state.reset(),
                    "method",
                    state.method(),
                    "scans",
                    scans,
                    "checkpoints",
                    checkpoints)));
    synchronized (this) {
      tables.put(state.table(), state);
    }
  }

  void saveStructure(Structure structure) {
    List<Map<String, Object>> columns = new ArrayList<>();
    for (Column column : structure.source().columns()) {
      columns.add(
          Map.of(
              "name",
              column.name(),
              "type",
              column.type().toString(),
              "nativeType",
              column.nativeType(),
              "nullable",
              column.nullable(),
              "part",
              column.generation() == Column.Generation.PART,
              "delivered",
              structure.delivered().column(column.name()).isPresent()));
    }
    TableId table = structure.source().id();
    lease()
        .save(
            STRUCTURE + table,
            Json.write(
                Map.of(
                    "format",
                    FORMAT,
                    "table",
                    table.toString(),
                    "primaryKey",
                    structure.source().primaryKey(),
                    "columns",
                    columns)));
    synchronized (this) {
      structures.put(table, structure);
    }
  }

  /** Remembers which tables there are, for the next run's comparison. */
  public void rememberTables(String name, Catalog catalog) {
    Set<String> databases = Set.copyOf(catalog.databases());
    Set<TableId> now = new TreeSet<>();
    // What this run did not look into stays as it was.
    known().stream().filter(id -> !databases.contains(id.parts().get(0))).forEach(now::add);
    catalog.tables().forEach(table -> now.add(table.id()));
    if (!now.equals(known())) {
      saveReplicator(name, now);
    }
  }

  private void saveReplicator(String name, Set<TableId> tables) {
    lease()
        .save(
            REPLICATOR,
            Json.write(
                Map.of(
                    "format",
                    FORMAT,
                    "name",
                    name,
                    "digestKey",
                    Base64.getEncoder().encodeToString(digestKey),
                    "tables",
                    tables.stream().map(TableId::toString).toList())));
    synchronized (this) {
      known = Set.copyOf(tables);
      saved = true;
    }
  }
}
