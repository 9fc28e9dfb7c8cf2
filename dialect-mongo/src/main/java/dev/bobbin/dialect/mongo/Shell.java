package dev.bobbin.dialect.mongo;

import dev.bobbin.catalog.TableId;

/** Texts and names as MongoDB's shell, mongosh, takes them: literals of JavaScript. */
final class Shell {

  private Shell() {}

  /** A literal; of what is not a plain character, its number. */
  static String text(String text) {
    StringBuilder literal = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        literal.append('\\').append(c);
      } else if (c < ' ' || c == '\u007f' || c == '\u2028' || c == '\u2029') {
        literal.append(String.format("\\u%04x", (int) c));
      } else {
        literal.append(c);
      }
    }
    return literal.append('"').toString();
  }

  static String database(String name) {
    return "db.getSiblingDB(" + text(name) + ")";
  }

  static String collection(TableId id) {
    return database(id.namespace().get(0)) + ".getCollection(" + text(id.name()) + ")";
  }
}
