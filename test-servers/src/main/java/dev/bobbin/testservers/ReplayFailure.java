package dev.bobbin.testservers;

import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonString;

/** An answer of a {@link ReplayServer} that says that a command failed. */
final class ReplayFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int code;
  private final String codeName;

  private ReplayFailure(int code, String codeName, String message) {
    super(message);
    this.code = code;
    this.codeName = codeName;
  }

  /** What MongoDB does and this server does not. */
  static ReplayFailure bad(String what) {
    return new ReplayFailure(2, "BadValue", "this server does not understand " + what);
  }

  static ReplayFailure unknown(String command) {
    return new ReplayFailure(59, "CommandNotFound", "no such command: '" + command + "'");
  }

  static ReplayFailure noCursor(long id) {
    return new ReplayFailure(43, "CursorNotFound", "cursor id " + id + " not found");
  }

  static ReplayFailure noCollection(String name) {
    return new ReplayFailure(26, "NamespaceNotFound", "ns does not exist: " + name);
  }

  BsonDocument answer() {
    return new BsonDocument("ok", new BsonDouble(0))
        .append("errmsg", new BsonString(String.valueOf(getMessage())))
        .append("code", new BsonInt32(code))
        .append("codeName", new BsonString(codeName));
  }
}
