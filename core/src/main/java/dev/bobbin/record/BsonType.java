package dev.bobbin.record;

import org.jspecify.annotations.Nullable;

/** The types of BSON 1.1, each with the name that MongoDB's {@code $type} has for it. */
enum BsonType {
  DOUBLE(0x01, "double"),
  STRING(0x02, "string"),
  OBJECT(0x03, "object"),
  ARRAY(0x04, "array"),
  BINARY(0x05, "binData"),
  UNDEFINED(0x06, "undefined"),
  OBJECT_ID(0x07, "objectId"),
  BOOL(0x08, "bool"),
  DATE(0x09, "date"),
  NULL(0x0a, "null"),
  REGEX(0x0b, "regex"),
  DB_POINTER(0x0c, "dbPointer"),
  CODE(0x0d, "javascript"),
  SYMBOL(0x0e, "symbol"),
  CODE_WITH_SCOPE(0x0f, "javascriptWithScope"),
  INT(0x10, "int"),
  TIMESTAMP(0x11, "timestamp"),
  LONG(0x12, "long"),
  DECIMAL(0x13, "decimal"),
  MIN_KEY(0xff, "minKey"),
  MAX_KEY(0x7f, "maxKey");

  private static final @Nullable BsonType[] BY_CODE = new BsonType[256];

  static {
    for (BsonType type : values()) {
      BY_CODE[type.code] = type;
    }
  }

  private final int code;
  final String alias;

  BsonType(int code, String alias) {
    this.code = code;
    this.alias = alias;
  }

  /** The type that a byte before a name stands for; null where it stands for none. */
  static @Nullable BsonType of(byte code) {
    return BY_CODE[code & 0xff];
  }
}
