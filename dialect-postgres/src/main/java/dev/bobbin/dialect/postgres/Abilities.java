package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.spi.TableAbilities;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How well a server's tables can be read, as far as is known without asking it. */
final class Abilities {

  /** The position of a slice names all its leaves, and is written at each checkpoint. */
  private static final int MOST_LEAVES = 1_000;

  private final ServerKind server;
  private final Map<TableId, Obstacle> obstacles;

  /**
   * Abilities.
   *
   * @param server what it is
   * @param obstacles what structure sync found; tables that are not there are taken to have none
   */
  Abilities(ServerKind server, Map<TableId, Obstacle> obstacles) {
    this.server = server;
    this.obstacles = Map.copyOf(obstacles);
  }

  /** How well a table can be read. */
  TableAbilities of(Table table) {
    Obstacle obstacle = obstacle(table);
    if (obstacle != null) {
      return new TableAbilities(
          obstacle.because(), obstacle.because(), null, obstacle.latecomers());
    }
    String alone = oneReader(table);
    return new TableAbilities(
        alone,
        table.children() > MOST_LEAVES
            ? String.format(Locale.ROOT, "it has more than %,d partitions", MOST_LEAVES)
            : null,
        alone == null ? cutBy(table) : null,
        true);
  }

  /** Whether a table can be cut into slices, if only into one. */
  boolean cuts(Table table) {
    return obstacle(table) == null;
  }

  private @Nullable Obstacle obstacle(Table table) {
    String kind =
        switch (table.kind()) {
          case VIEW -> "it is a view";
          case MATERIALIZED_VIEW -> "it is a materialized view";
          case FOREIGN_TABLE -> "it is a foreign table";
          case TABLE, PARTITIONED_TABLE -> "";
        };
    if (!kind.isEmpty()) {
      return Obstacle.toAll(kind);
    }
    if (!server.tellsItsHistory()) {
      return Obstacle.toAll("PostgreSQL before 9.6 cannot tell its own history");
    }
    if (table.rowSecurity()) {
      return Obstacle.toAll("row security decides which of its rows this user sees");
    }
    return obstacles.get(table.id());
  }

  private @Nullable String oneReader(Table table) {
    if (!server.sharesSnapshots()) {
      return "a standby before PostgreSQL 10 cannot share its snapshot";
    }
    if (!server.findsPlaces() && cuttingKey(table).isEmpty()) {
      return "PostgreSQL before 14 cannot find rows by their place, and it has no primary key of one"
          + " column to cut it by";
    }
    return null;
  }

  private String cutBy(Table table) {
    return server.findsPlaces()
        ? "by blocks, all in one snapshot"
        : "by ranges of "
            + cuttingKey(table).map(Column::name).orElseThrow()
            + ", all in one snapshot";
  }

  /** The column by whose ranges a table can be cut: its primary key, where that is simple. */
  static Optional<Column> cuttingKey(Table table) {
    List<String> key = table.primaryKey();
    return key.size() == 1
        ? table.column(key.get(0)).filter(column -> cuts(column.type()))
        : Optional.empty();
  }

  private static boolean cuts(DataType type) {
    return type instanceof DataType.Int
        || type instanceof DataType.Decimal
        || type instanceof DataType.Date
        || type instanceof DataType.Timestamp
        || type instanceof DataType.Instant
        || type instanceof DataType.Uuid
        || type instanceof DataType.Text;
  }
}
