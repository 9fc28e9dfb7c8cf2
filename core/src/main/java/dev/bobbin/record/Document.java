package dev.bobbin.record;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A view of a document in BSON (bsonspec.org, version 1.1), the value of a column of {@link
 * dev.bobbin.catalog.DataType.Document}. Nothing is decoded before it is asked for, and only that.
 *
 * <p>Getters take a path: {@code "address.city"}, {@code "items.0.quantity"}, in the text form of
 * {@link DocumentPath#parse}, or a {@link DocumentPath}, which reaches names of any kind and is
 * faster when it is used for many documents. Where a document has a name several times, the path
 * leads to the first one. No path leads into the elements of an array other than by number.
 *
 * <p>Where nothing is at the path, or null, a getter of a primitive throws {@link
 * IllegalStateException}, as {@link Record}'s do (ask {@link #isNull} first), and the others return
 * null. A getter that does not fit the value's type throws it too; those of numbers take every type
 * of number, as long as the number stays exactly the same. The messages name path and type, never
 * the value.
 *
 * <p>Bytes that are not BSON are noticed when they are come across: every method can throw {@link
 * MalformedException}. Documents can be nested 200 deep.
 *
 * <p>Immutable and thread-safe; keeps in memory the bytes that it is a view of, which can be those
 * of a whole batch ({@link #bytes()} is a copy). Two documents are equal if their bytes are.
 */
public final class Document {

  /**
   * Bytes that are not a BSON document: what is wrong, and at which byte. The message holds no
   * names and no values of the document.
   */
  public static final class MalformedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int offset;

    MalformedException(String problem, int offset) {
      super("The document is not valid BSON: " + problem + ", at byte " + offset + ".");
      this.offset = offset;
    }

    /** Where it was noticed: bytes from the beginning of the whole document, the first one is 0. */
    public int offset() {
      return offset;
    }
  }

  private final BsonValue root;

  Document(BsonBytes bytes, int at, int end) {
    bytes.documentLimit(at, end);
    root = new BsonValue(bytes, BsonType.OBJECT, at, end);
  }

  /**
   * A document.
   *
   * @param bson one document, not copied: it must not change as long as the document is used
   * @throws MalformedException if its length is not that of the array, or its end not that of a
   *     document; what lies between is not looked at
   */
  public static Document of(byte[] bson) {
    return of(bson, 0, bson.length);
  }

  /**
   * A document in a part of an array.
   *
   * @param array not copied: it must not change as long as the document is used
   * @param offset where the document begins
   * @param length the length of the document
   * @throws MalformedException if its length is not that of the part, or its end not that of a
   *     document; what lies between is not looked at
   */
  public static Document of(byte[] array, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, array.length);
    return new Document(new BsonBytes(array, offset), offset, offset + length);
  }

  private @Nullable BsonValue find(DocumentPath path) {
    BsonValue value = root;
    for (int i = 0; i < path.length(); i++) {
      value.requireDepth(i + 1);
      BsonValue child = value.child(path.name(i));
      if (child == null) {
        return null;
      }
      value = child;
    }
    return value;
  }

  /** The value at the path; null where there is none, or null. */
  private @Nullable BsonValue present(DocumentPath path) {
    BsonValue value = find(path);
    return value == null || value.type == BsonType.NULL ? null : value;
  }

  private @Nullable BsonValue present(String getter, BsonType type, DocumentPath path) {
    BsonValue value = present(path);
    if (value != null && value.type != type) {
      throw unfitting(getter, path, value);
    }
    return value;
  }

  private BsonValue required(DocumentPath path) {
    BsonValue value = present(path);
    if (value == null) {
      throw new IllegalStateException(
          "there is nothing, or null, at " + path + " in the document; ask isNull first");
    }
    return value;
  }

  private static IllegalStateException unfitting(
      String getter, DocumentPath path, BsonValue value) {
    return new IllegalStateException(
        getter
            + " does not fit the value at "
            + path
            + " in the document, which is of type "
            + value.type.alias
            + "; use get(…), or the getter of that type");
  }

  private static IllegalStateException inexact(String getter, DocumentPath path, BsonValue value) {
    return new IllegalStateException(
        getter
            + " cannot hold exactly the "
            + value.type.alias
            + " at "
            + path
            + " in the document; use get(…), or the getter of that type");
  }

  /** Whether there is a value at the path; null is one. */
  public boolean has(String path) {
    return has(DocumentPath.parse(path));
  }

  /** See {@link #has(String)}. */
  public boolean has(DocumentPath path) {
    return find(path) != null;
  }

  /** Whether there is nothing at the path, or null. */
  public boolean isNull(String path) {
    return isNull(DocumentPath.parse(path));
  }

  /** See {@link #isNull(String)}. */
  public boolean isNull(DocumentPath path) {
    return present(path) == null;
  }

  /**
   * The type of the value at the path, by the name that MongoDB's {@code $type} has for it: {@code
   * double}, {@code string}, {@code object}, {@code array}, {@code binData}, {@code undefined},
   * {@code objectId}, {@code bool}, {@code date}, {@code null}, {@code regex}, {@code dbPointer},
   * {@code javascript}, {@code symbol}, {@code javascriptWithScope}, {@code int}, {@code
   * timestamp}, {@code long}, {@code decimal}, {@code minKey} or {@code maxKey}. Null where nothing
   * is there.
   */
  public @Nullable String typeOf(String path) {
    return typeOf(DocumentPath.parse(path));
  }

  /** See {@link #typeOf(String)}. */
  public @Nullable String typeOf(DocumentPath path) {
    BsonValue value = find(path);
    return value == null ? null : value.type.alias;
  }

  /** Of a bool. */
  public boolean getBoolean(String path) {
    return getBoolean(DocumentPath.parse(path));
  }

  /** See {@link #getBoolean(String)}. */
  public boolean getBoolean(DocumentPath path) {
    BsonValue value = required(path);
    if (value.type != BsonType.BOOL) {
      throw unfitting("getBoolean", path, value);
    }
    return value.bool();
  }

  /** Of an int and a long; of a double and a decimal that is a whole number and fits. */
  public long getLong(String path) {
    return getLong(DocumentPath.parse(path));
  }

  /** See {@link #getLong(String)}. */
  public long getLong(DocumentPath path) {
    BsonValue value = required(path);
    if (!value.isNumber()) {
      throw unfitting("getLong", path, value);
    }
    try {
      return value.toLong();
    } catch (ArithmeticException e) {
      throw inexact("getLong", path, value);
    }
  }

  /** Of a double and an int; of a long and a decimal that a double can hold exactly. */
  public double getDouble(String path) {
    return getDouble(DocumentPath.parse(path));
  }

  /** See {@link #getDouble(String)}. */
  public double getDouble(DocumentPath path) {
    BsonValue value = required(path);
    if (!value.isNumber()) {
      throw unfitting("getDouble", path, value);
    }
    try {
      return value.toDouble();
    } catch (ArithmeticException e) {
      throw inexact("getDouble", path, value);
    }
  }

  /**
   * Of a decimal other than NaN, the infinities and minus zero, with its scale; of an int and a
   * long; of a double that is a whole number.
   */
  public @Nullable BigDecimal getDecimal(String path) {
    return getDecimal(DocumentPath.parse(path));
  }

  /** See {@link #getDecimal(String)}. */
  public @Nullable BigDecimal getDecimal(DocumentPath path) {
    BsonValue value = present(path);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw unfitting("getDecimal", path, value);
    }
    try {
      return value.toDecimal();
    } catch (ArithmeticException e) {
      throw inexact("getDecimal", path, value);
    }
  }

  /** Of a string. */
  public @Nullable String getString(String path) {
    return getString(DocumentPath.parse(path));
  }

  /** See {@link #getString(String)}. */
  public @Nullable String getString(DocumentPath path) {
    BsonValue value = present("getString", BsonType.STRING, path);
    return value == null ? null : value.string();
  }

  /** The data of binary data of every subtype. */
  public byte @Nullable [] getBytes(String path) {
    return getBytes(DocumentPath.parse(path));
  }

  /** See {@link #getBytes(String)}. */
  public byte @Nullable [] getBytes(DocumentPath path) {
    BsonValue value = present("getBytes", BsonType.BINARY, path);
    return value == null ? null : value.data();
  }

  /** Of a date; MongoDB's are in milliseconds. */
  public @Nullable Instant getInstant(String path) {
    return getInstant(DocumentPath.parse(path));
  }

  /** See {@link #getInstant(String)}. */
  public @Nullable Instant getInstant(DocumentPath path) {
    BsonValue value = present("getInstant", BsonType.DATE, path);
    return value == null ? null : value.date();
  }

  /** The 24 hexadecimal digits of an ObjectId. */
  public @Nullable String getObjectId(String path) {
    return getObjectId(DocumentPath.parse(path));
  }

  /** See {@link #getObjectId(String)}. */
  public @Nullable String getObjectId(DocumentPath path) {
    BsonValue value = present("getObjectId", BsonType.OBJECT_ID, path);
    return value == null ? null : value.objectId(value.at);
  }

  /**
   * Of binary data of subtype 4. Subtype 3 was written with its bytes in several orders, and does
   * not say which: it is refused, and {@link #getBytes(String) getBytes} has them as they stand.
   */
  public @Nullable UUID getUuid(String path) {
    return getUuid(DocumentPath.parse(path));
  }

  /** See {@link #getUuid(String)}. */
  public @Nullable UUID getUuid(DocumentPath path) {
    BsonValue value = present("getUuid", BsonType.BINARY, path);
    if (value == null) {
      return null;
    }
    if (!value.isUuid()) {
      throw new IllegalStateException(
          "getUuid does not fit the binData at "
              + path
              + " in the document, which is of subtype "
              + value.subtype()
              + " or of another length than a UUID; use getBytes(…)");
    }
    return value.uuid();
  }

  /** Of a document within this one: a view of the same bytes. */
  public @Nullable Document getDocument(String path) {
    return getDocument(DocumentPath.parse(path));
  }

  /** See {@link #getDocument(String)}. */
  public @Nullable Document getDocument(DocumentPath path) {
    BsonValue value = present("getDocument", BsonType.OBJECT, path);
    return value == null ? null : value.document();
  }

  /** The elements of an array, each as {@link #get(String) get} has it. Unmodifiable. */
  public @Nullable List<@Nullable Object> getList(String path) {
    return getList(DocumentPath.parse(path));
  }

  /** See {@link #getList(String)}. */
  public @Nullable List<@Nullable Object> getList(DocumentPath path) {
    BsonValue value = present("getList", BsonType.ARRAY, path);
    return value == null ? null : value.list(path.length() + 1);
  }

  /**
   * The canonical Java value: of a string a {@link String}, an int an {@link Integer}, a long a
   * {@link Long}, a double a {@link Double}, a decimal a {@link BigDecimal}, a bool a {@link
   * Boolean}, a date an {@link Instant}, an ObjectId its 24 hexadecimal digits, of binary data of
   * subtype 4 a {@link UUID} and of other subtypes the bytes, of a document a {@link Document}, of
   * an array a {@link List} of such values. Null where nothing is at the path, or null.
   *
   * <p>Of what Java has no form for it is the canonical extended JSON, a {@link String}: decimals
   * that are NaN, infinite or minus zero, timestamps, regular expressions, code, symbols,
   * DBPointers, undefined, minKey and maxKey. {@link #typeOf(String) typeOf} tells them from
   * strings.
   */
  public @Nullable Object get(String path) {
    return get(DocumentPath.parse(path));
  }

  /** See {@link #get(String)}. */
  public @Nullable Object get(DocumentPath path) {
    BsonValue value = find(path);
    return value == null ? null : value.toJava(path.length());
  }

  /**
   * The names of the document's own fields, in order; a name that stands there twice is there
   * twice. {@link DocumentPath#of(String...)} makes a path of such a name, whatever it holds.
   */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    BsonElements elements = root.elements();
    while (elements.next()) {
      names.add(elements.name());
    }
    return Collections.unmodifiableList(names);
  }

  /**
   * The document as MongoDB Extended JSON (version 2) in its canonical form: every value with its
   * type, so that the same document can be made of it. A line without white space between tokens.
   */
  public String toCanonicalJson() {
    return ExtendedJson.canonical(root);
  }

  /**
   * The document as MongoDB Extended JSON (version 2) in its relaxed form: numbers as JSON numbers,
   * dates from 1970 to 9999 as text; other types as in the canonical form. A line without white
   * space between tokens.
   */
  public String toRelaxedJson() {
    return ExtendedJson.relaxed(root);
  }

  /** A copy of the document in BSON. */
  public byte[] bytes() {
    return Arrays.copyOfRange(root.bytes.array, root.at, root.end);
  }

  /** The length of the document in BSON. */
  public int byteSize() {
    return root.end - root.at;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Document document
        && Arrays.equals(
            root.bytes.array,
            root.at,
            root.end,
            document.root.bytes.array,
            document.root.at,
            document.root.end);
  }

  @Override
  public int hashCode() {
    return ByteBuffer.wrap(root.bytes.array, root.at, byteSize()).hashCode();
  }

  /** The size; no names and no values. */
  @Override
  public String toString() {
    return "document of " + byteSize() + " bytes";
  }
}
