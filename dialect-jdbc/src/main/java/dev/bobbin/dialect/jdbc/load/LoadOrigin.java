package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.PositionText;
import dev.bobbin.state.Bookmark;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which table a load reads, by which key, and from where the first scan after it goes on.
 *
 * @param incarnation the table on its server
 * @param table its name
 * @param key the columns of the key that it is cut by
 * @param startOrNull where the first scan by key begins; null for a full table
 */
public record LoadOrigin(
    Incarnation incarnation, TableId table, List<KeyColumn> key, @Nullable Start startOrNull) {

  /**
   * A column of the key.
   *
   * @param name its name
   * @param nativeType its type
   */
  public record KeyColumn(String name, String nativeType) {
    /** A column of a table. */
    public static KeyColumn of(Column column) {
      return new KeyColumn(column.name(), column.nativeType());
    }
  }

  /**
   * A value of the replication key.
   *
   * @param key the column
   * @param valueOrNull as {@link KeySql} writes it; null for the lowest, where no row had a key
   *     that is not ahead
   */
  public record Start(KeyColumn key, @Nullable String valueOrNull) {}

  /** Checks that there is a key. */
  public LoadOrigin {
    key = List.copyOf(key);
    if (key.isEmpty()) {
      throw new IllegalArgumentException("a load has a key");
    }
  }

  static LoadOrigin read(PositionText text) {
    Incarnation incarnation = Incarnation.read(text);
    List<String> name = texts(text, "part");
    if (name.isEmpty() || name.contains("")) {
      throw text.damaged("it has no table");
    }
    List<KeyColumn> key = new ArrayList<>();
    while (text.isNext("key")) {
      key.add(new KeyColumn(text.nextEscaped("key"), text.nextEscaped("type")));
    }
    if (key.isEmpty()) {
      throw text.damaged("it has no key");
    }
    Start start = null;
    if (text.isNext("by")) {
      KeyColumn by = new KeyColumn(text.nextEscaped("by"), text.nextEscaped("type"));
      start = new Start(by, text.isNext("start") ? text.nextEscaped("start") : null);
    }
    return new LoadOrigin(incarnation, TableId.of(name), key, start);
  }

  void write(StringBuilder text) {
    incarnation.write(text);
    write(text, "part", table.parts());
    key.forEach(column -> write(text, "key", column));
    if (startOrNull != null) {
      write(text, "by", startOrNull.key());
      if (startOrNull.valueOrNull() != null) {
        text.append(";start=").append(PositionText.escaped(startOrNull.valueOrNull()));
      }
    }
  }

  private static void write(StringBuilder text, String name, KeyColumn column) {
    text.append(';').append(name).append('=').append(PositionText.escaped(column.name()));
    text.append(";type=").append(PositionText.escaped(column.nativeType()));
  }

  static List<String> texts(PositionText text, String name) {
    List<String> values = new ArrayList<>();
    while (text.isNext(name)) {
      values.add(text.nextEscaped(name));
    }
    return values;
  }

  static void write(StringBuilder text, String name, List<String> values) {
    values.forEach(
        value -> text.append(';').append(name).append('=').append(PositionText.escaped(value)));
  }

  /** The same, beginning where an earlier one does. */
  LoadOrigin startingAs(LoadOrigin earlier) {
    return new LoadOrigin(incarnation, table, key, earlier.startOrNull);
  }

  /** The same, beginning at a bookmark; at the lowest key for null. */
  LoadOrigin startingAt(@Nullable Bookmark bookmark) {
    Start start = startOrNull;
    return start == null || bookmark == null
        ? this
        : new LoadOrigin(incarnation, table, key, new Start(start.key(), bookmark.value()));
  }

  /** Why a load of an earlier origin cannot go on here, as a clause. */
  Optional<String> doubtAbout(LoadOrigin earlier) {
    if (!table.equals(earlier.table)) {
      return Optional.of("it was a load of " + earlier.table);
    }
    if (!key.equals(earlier.key)) {
      return Optional.of("the key that it was read by has changed");
    }
    if (!Objects.equals(replicationKey(), earlier.replicationKey())) {
      return Optional.of("its replication key is another one or has another type");
    }
    return incarnation.doubtAbout(earlier.incarnation);
  }

  private @Nullable KeyColumn replicationKey() {
    return startOrNull == null ? null : startOrNull.key();
  }

  /** Where the first scan by key begins; empty for the lowest key, and for a full table. */
  Optional<Bookmark> start(Table now) {
    Start start = startOrNull;
    if (start == null || start.valueOrNull() == null) {
      return Optional.empty();
    }
    String value = start.valueOrNull();
    return now.column(start.key().name())
        .map(c -> new Bookmark(c.name(), c.type(), c.nativeType(), value));
  }
}
