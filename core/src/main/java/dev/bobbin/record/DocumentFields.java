package dev.bobbin.record;

import dev.bobbin.catalog.DataType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Takes fields of documents into columns, each by its path: what a getter of {@link Document} does
 * for one value, done for the rows of a batch, with one walk over a document's own fields whatever
 * the number of columns. For authors of dialects. Not thread-safe.
 *
 * <p>What a column's type does not hold is {@linkplain ColumnBuilder#appendUnrepresentable
 * unrepresentable}, with its canonical extended JSON beside it: a value of another type, a number
 * that would change. A field that is missing, or null, is NULL. Types of columns and what they
 * hold:
 *
 * <ul>
 *   <li>{@link DataType.Bool}: a bool
 *   <li>{@link DataType.Int}, {@link DataType.Decimal}, {@link DataType.Float}: numbers of every
 *       type that stay exactly the same
 *   <li>{@link DataType.Text}: strings and symbols
 *   <li>{@link DataType.Bytes}: binary data of every subtype; beside one other than 0 stands its
 *       extended JSON, which has the subtype
 *   <li>{@link DataType.Uuid}: binary data of subtype 4
 *   <li>{@link DataType.Instant}: a date
 *   <li>{@link DataType.Document}: a document
 *   <li>{@link DataType.Json}: every value, as canonical extended JSON
 *   <li>{@link DataType.Other}: of {@code objectId} the 24 hexadecimal digits; of another name of a
 *       type, as {@link Document#typeOf(String)} has it, the canonical extended JSON
 * </ul>
 */
public final class DocumentFields {

  /** The ticks per second of the columns that are appended to: dates are in milliseconds. */
  public static final long TICKS_PER_SECOND = 1000;

  /** All fields whose path begins with one name. */
  private static final class Group {
    final byte[] first;
    final List<DocumentPath> paths = new ArrayList<>();
    final List<ColumnBuilder> columns = new ArrayList<>();
    boolean met;

    Group(byte[] first) {
      this.first = first;
    }
  }

  private final Group[] groups;

  /**
   * The fields at some paths.
   *
   * @param paths where each column's value is
   * @param columns as many, in the same order; each gets one value for each document
   * @throws IllegalArgumentException if a column's type holds no values of documents
   */
  public DocumentFields(List<DocumentPath> paths, List<ColumnBuilder> columns) {
    List<Group> all = new ArrayList<>();
    for (int i = 0; i < paths.size(); i++) {
      DocumentPath path = paths.get(i);
      ColumnBuilder column = columns.get(i);
      if (!holdsFields(column.column().type())) {
        throw new IllegalArgumentException(
            "no field of a document is of type " + column.column().type());
      }
      Group group =
          all.stream()
              .filter(g -> Arrays.equals(g.first, path.name(0)))
              .findFirst()
              .orElseGet(
                  () -> {
                    Group made = new Group(path.name(0));
                    all.add(made);
                    return made;
                  });
      group.paths.add(path);
      group.columns.add(column);
    }
    groups = all.toArray(new Group[0]);
  }

  /** Whether columns of that type take values of documents. */
  public static boolean holdsFields(DataType type) {
    return type instanceof DataType.Bool
        || (type instanceof DataType.Int number && number.signed())
        || type instanceof DataType.Decimal
        || type instanceof DataType.Float
        || type instanceof DataType.Text
        || type instanceof DataType.Bytes
        || type instanceof DataType.Uuid
        || type instanceof DataType.Instant
        || type instanceof DataType.Document
        || type instanceof DataType.Json
        || type instanceof DataType.Other;
  }

  /**
   * Appends one value to every column.
   *
   * @param array where the document lies, in BSON
   * @param offset where it begins
   * @param length its length
   * @throws Document.MalformedException if it is not BSON; some columns have then got a value, and
   *     the batch is of no use
   */
  public void append(byte[] array, int offset, int length) {
    for (Group group : groups) {
      group.met = false;
    }
    BsonBytes bytes = new BsonBytes(array, offset);
    BsonElements elements = new BsonElements(bytes, offset, offset + length);
    int left = groups.length;
    while (left > 0 && elements.next()) {
      for (Group group : groups) {
        if (!group.met && elements.isNamed(group.first)) {
          group.met = true;
          left--;
          append(group, elements.value());
          break;
        }
      }
    }
    if (left > 0) {
      for (Group group : groups) {
        if (!group.met) {
          group.columns.forEach(ColumnBuilder::appendNull);
        }
      }
    }
  }

  private static void append(Group group, BsonValue first) {
    for (int i = 0; i < group.columns.size(); i++) {
      DocumentPath path = group.paths.get(i);
      BsonValue value = first;
      for (int at = 1; value != null && at < path.length(); at++) {
        value.requireDepth(at + 1);
        value = value.child(path.name(at));
      }
      ColumnBuilder column = group.columns.get(i);
      if (value == null || value.type == BsonType.NULL) {
        column.appendNull();
      } else {
        append(column, value);
      }
    }
  }

  private static void append(ColumnBuilder column, BsonValue value) {
    DataType type = column.column().type();
    boolean taken;
    try {
      taken = take(column, type, value);
    } catch (ArithmeticException e) {
      taken = false; // a number that would change
    }
    if (!taken) {
      column.appendUnrepresentable(ExtendedJson.canonical(value));
    }
  }

  /**
   * Appends the value, if the column holds it.
   *
   * @throws ArithmeticException if it does not, because the number would change
   */
  private static boolean take(ColumnBuilder column, DataType type, BsonValue value) {
    if (type instanceof DataType.Text) {
      if (value.type != BsonType.STRING && value.type != BsonType.SYMBOL) {
        return false;
      }
      appendString(column, value);
    } else if (type instanceof DataType.Instant) {
      if (value.type != BsonType.DATE) {
        return false;
      }
      column.appendLong(value.bytes.int64(value.at));
    } else if (type instanceof DataType.Int number) {
      if (!value.isNumber()) {
        return false;
      }
      long whole = value.toLong();
      int unused = 64 - number.bits();
      if (whole << unused >> unused != whole) {
        return false;
      }
      column.appendLong(whole);
    } else if (type instanceof DataType.Float number) {
      return value.isNumber() && takeFloat(column, number, value.toDouble());
    } else if (type instanceof DataType.Decimal) {
      if (!value.isNumber()) {
        return false;
      }
      column.appendDecimal(value.toDecimal());
    } else if (type instanceof DataType.Bool) {
      if (value.type != BsonType.BOOL) {
        return false;
      }
      column.appendBoolean(value.bool());
    } else {
      return takeBytes(column, type, value);
    }
    return true;
  }

  private static boolean takeFloat(ColumnBuilder column, DataType.Float type, double number) {
    if (type.bits() == 64) {
      column.appendDouble(number);
      return true;
    }
    if (!Double.isNaN(number) && (float) number != number) {
      return false;
    }
    column.appendFloat((float) number);
    return true;
  }

  private static boolean takeBytes(ColumnBuilder column, DataType type, BsonValue value) {
    if (type instanceof DataType.Json) {
      appendText(column, ExtendedJson.canonical(value));
    } else if (type instanceof DataType.Other other) {
      if (!other.nativeType().equals(value.type.alias)) {
        return false;
      }
      appendText(
          column,
          value.type == BsonType.OBJECT_ID
              ? value.objectId(value.at)
              : ExtendedJson.canonical(value));
    } else if (type instanceof DataType.Document) {
      if (value.type != BsonType.OBJECT) {
        return false;
      }
      column.appendBytes(value.bytes.array, value.at, value.end - value.at);
    } else if (type instanceof DataType.Uuid) {
      if (!value.isUuid()) {
        return false;
      }
      java.util.UUID uuid = value.uuid();
      column.appendPair(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    } else {
      if (value.type != BsonType.BINARY) {
        return false;
      }
      int data = value.dataAt();
      column.appendBytes(value.bytes.array, data, value.end - data);
      if (value.subtype() != 0) {
        column.original(ExtendedJson.canonical(value));
      }
    }
    return true;
  }

  private static void appendString(ColumnBuilder column, BsonValue value) {
    int length = value.bytes.int32(value.at);
    int text = value.at + 4;
    // Bytes that are not UTF-8 are noticed here, as by the getters: the text is what is promised.
    if (!isAscii(value.bytes.array, text, text + length - 1)
        || value.bytes.array[text + length - 1] != 0) {
      String unused = value.string();
    }
    column.appendBytes(value.bytes.array, text, length - 1);
  }

  private static boolean isAscii(byte[] array, int from, int to) {
    int or = 0;
    for (int i = from; i < to; i++) {
      or |= array[i];
    }
    return or >= 0;
  }

  private static void appendText(ColumnBuilder column, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    column.appendBytes(utf8, 0, utf8.length);
  }
}
