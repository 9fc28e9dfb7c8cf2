package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.Table.Index;
import dev.bobbin.catalog.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What tables get from their partitions and inheritance children, at any depth. */
final class Families {

  private final Map<Long, Relation> relations;
  private final int version;
  private final Map<Long, List<Long>> children = new HashMap<>();

  Families(Map<Long, Relation> relations, int version) {
    this.relations = relations;
    this.version = version;
    relations.forEach(
        (oid, relation) ->
            relation.parents.forEach(
                parent -> children.computeIfAbsent(parent, p -> new ArrayList<>()).add(oid)));
  }

  List<Table> tables() {
    List<Table> tables = new ArrayList<>(relations.size());
    relations.forEach(
        (oid, relation) ->
            relation.describe(builder -> addFamily(oid, relation, builder), tables::add));
    return tables;
  }

  /** What stands in the way of reading some tables in slices. */
  Map<TableId, Obstacle> obstacles() {
    Map<TableId, Obstacle> obstacles = new HashMap<>();
    relations.forEach(
        (oid, relation) -> {
          Obstacle obstacle = obstacle(oid, relation);
          if (obstacle != null) {
            obstacles.put(relation.id, obstacle);
          }
        });
    return obstacles;
  }

  private @Nullable Obstacle obstacle(long oid, Relation relation) {
    if (!relation.unfit.isEmpty()) {
      return Obstacle.toAll(relation.unfit);
    }
    if (!relation.readableWhole) {
      return Obstacle.toAll("this user may read some of its columns only");
    }
    Obstacle ofSlices = null;
    for (Long below : descendants(oid)) {
      Relation child = relation(below);
      if (!child.unfit.isEmpty()) {
        return Obstacle.toAll(child.unfit);
      }
      if (child.rowSecurity) {
        return Obstacle.toAll("row security decides which of its rows this user sees");
      }
      if (child.hasRows() && !(child.reachable && child.readableWhole)) {
        // Until then LOCK TABLE asks for privileges on each child.
        ofSlices =
            new Obstacle(
                "this user may not read its partitions by themselves",
                version >= PostgresVersion.V13);
      }
    }
    return ofSlices;
  }

  private void addFamily(long oid, Relation relation, Table.Builder builder) {
    List<Relation> withRows =
        descendants(oid).stream().map(this::relation).filter(Relation::hasRows).toList();
    long rows = relation.rows;
    long bytes = relation.bytes;
    for (Relation child : withRows) {
      rows = sum(rows, child.rows);
      bytes = sum(bytes, child.bytes);
    }
    builder.estimatedRows(rows).estimatedBytes(bytes).children(withRows.size());
    Relation root = root(relation);
    if (root != relation) {
      builder.parent(root.id);
    }
    boolean inherited = relation.kind == Table.Kind.TABLE && !withRows.isEmpty();
    relation.indexes.forEach(i -> builder.index(inherited ? overAll(i, withRows) : i));
  }

  /** Of estimates of which some are missing: those that are there. */
  private static long sum(long one, long other) {
    return one < 0 ? other : other < 0 ? one : one + other;
  }

  /**
   * An index of an inheritance parent as one of all rows that are read from it: it neither keeps
   * the children's rows unique nor, unless each child has the like, finds them.
   */
  private static Index overAll(Index index, List<Relation> children) {
    boolean everywhere =
        children.stream()
            .allMatch(
                child ->
                    child.indexes.stream()
                        .anyMatch(
                            i ->
                                i.ordered() == index.ordered()
                                    && !i.partial()
                                    && i.columns().equals(index.columns())));
    return new Index(
        index.name(),
        index.columns(),
        false,
        false,
        index.partial() || !everywhere,
        index.ordered());
  }

  private Set<Long> descendants(long oid) {
    Set<Long> found = new LinkedHashSet<>();
    Deque<Long> open = new ArrayDeque<>(children.getOrDefault(oid, List.of()));
    while (!open.isEmpty()) {
      Long child = open.remove();
      if (found.add(child)) {
        open.addAll(children.getOrDefault(child, List.of()));
      }
    }
    return found;
  }

  /** Of several parents the first counts; parents that are not read (in other schemas) do not. */
  private Relation root(Relation relation) {
    Relation at = relation;
    while (true) {
      Relation parent =
          at.parents.stream()
              .filter(relations::containsKey)
              .map(this::relation)
              .findFirst()
              .orElse(at);
      if (parent == at) {
        return at;
      }
      at = parent;
    }
  }

  private Relation relation(Long oid) {
    Relation relation = relations.get(oid);
    if (relation == null) {
      throw new IllegalStateException("not among the tables that were read");
    }
    return relation;
  }
}
