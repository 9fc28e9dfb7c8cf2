package dev.bobbin.dialect.sqlserver;

import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.load.LoadKey;
import dev.bobbin.spi.TableAbilities;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How well a server's tables can be read, as far as is known without asking it.
 *
 * <p>A table is loaded by ranges of its primary key, or of another unique one without NULL. Its
 * scans see one snapshot each: connections of SQL Server cannot share one.
 */
final class Abilities {

  private final Map<TableId, Storage> storages;

  /**
   * Abilities.
   *
   * @param storages what structure sync found; of tables that are not there nothing is known
   */
  Abilities(Map<TableId, Storage> storages) {
    this.storages = Map.copyOf(storages);
  }

  /** How well a table can be read. */
  TableAbilities of(Table table) {
    Storage storage = storages.get(table.id());
    String obstacle =
        storage == null ? "nothing is known of how it is stored" : obstacle(table, storage);
    if (storage == null || obstacle != null) {
      return new TableAbilities(obstacle, obstacle, null, false);
    }
    return new TableAbilities(
        null,
        null,
        "by ranges of "
            + LoadKey.of(table, storage).orElseThrow().describe()
            + (storage.moment() == Storage.Moment.OF_EACH_ROW
                ? ", without a snapshot"
                : ", each in a snapshot of its own"),
        false);
  }

  /** Whether a table may be one that can be loaded by ranges of its key. */
  boolean cuts(Table table) {
    Storage storage = storages.get(table.id());
    return isTable(table) && (storage == null || obstacle(table, storage) == null);
  }

  /** Why a table cannot be loaded by ranges of its key, as a clause; null where it can. */
  static @Nullable String obstacle(Table table, Storage storage) {
    if (!isTable(table)) {
      return table.kind() == Table.Kind.FOREIGN_TABLE
          ? "its rows are in another server"
          : "it is a view";
    }
    return LoadKey.obstacle(table, storage);
  }

  private static boolean isTable(Table table) {
    return table.kind() == Table.Kind.TABLE || table.kind() == Table.Kind.PARTITIONED_TABLE;
  }
}
