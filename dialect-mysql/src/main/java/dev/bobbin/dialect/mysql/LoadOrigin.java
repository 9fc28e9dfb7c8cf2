package dev.bobbin.dialect.mysql;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.PositionText;
import dev.bobbin.state.Bookmark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which table a load reads, by which key, and from where the first scan after it goes on.
 *
 * @param incarnation the table on its server
 * @param table its name
 * @param key the columns of the key that it is cut by
 * @param startOrNull where the first scan by key begins; null for the lowest key, and for none
 */
record LoadOrigin(
    Incarnation incarnation, TableId table, List<KeyColumn> key, @Nullable Start startOrNull) {

  /**
   * A column of the key.
   *
   * @param name its name
   * @param nativeType its type
   */
  record KeyColumn(String name, String nativeType) {
    static KeyColumn of(Column column) {
      return new KeyColumn(column.name(), column.nativeType());
    }
  }

  /**
   * A value of the replication key.
   *
   * @param key the column
   * @param value as {@link KeyText} writes it
   */
  record Start(KeyColumn key, String value) {}

  LoadOrigin {
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
      key.add(column(text));
    }
    if (key.isEmpty()) {
      throw text.damaged("it has no key");
    }
    Start start = null;
    if (text.isNext("start")) {
      String value = text.nextEscaped("start");
      start = new Start(column(text), value);
    }
    return new LoadOrigin(incarnation, TableId.of(name), key, start);
  }

  private static KeyColumn column(PositionText text) {
    String name = text.nextEscaped("key");
    return new KeyColumn(name, text.nextEscaped("type"));
  }

  void write(StringBuilder text) {
    incarnation.write(text);
    write(text, "part", table.parts());
    key.forEach(column -> write(text, column));
    if (startOrNull != null) {
      text.append(";start=").append(PositionText.escaped(startOrNull.value()));
      write(text, startOrNull.key());
    }
  }

  private static void write(StringBuilder text, KeyColumn column) {
    text.append(";key=").append(PositionText.escaped(column.name()));
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

  /** Why a load of an earlier origin cannot go on here, as a clause. */
  Optional<String> doubtAbout(LoadOrigin earlier, Table now) {
    if (!table.equals(earlier.table)) {
      return Optional.of("it was a load of " + earlier.table);
    }
    if (!key.equals(earlier.key)) {
      return Optional.of("the key that it was read by has changed");
    }
    if (earlier.start(now).isEmpty() && earlier.startOrNull != null) {
      return Optional.of("its replication key has another type");
    }
    return incarnation.doubtAbout(earlier.incarnation);
  }

  /** Where the first scan by key begins; empty too where the table no longer has that column. */
  Optional<Bookmark> start(Table now) {
    Start start = startOrNull;
    return start == null
        ? Optional.empty()
        : now.column(start.key().name())
            .filter(column -> KeyColumn.of(column).equals(start.key()))
            .map(c -> new Bookmark(c.name(), c.type(), c.nativeType(), start.value()));
  }
}
