package dev.bobbin.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far a range of primary keys was read, as text: where a slice of a load stands of an {@link
 * InMemorySource} whose scans each see a snapshot of their own. Keys are the source's own texts, a
 * text for each column of the primary key.
 *
 * @param history of the source
 * @param incarnation of the table
 * @param replicationKeyOrNull of an incremental table, the column of its key
 * @param startOrNull the greatest replication key before the load began; null where there was none
 * @param fromOrNull the lowest primary key of the slice; null for that of the table
 * @param toOrNull the primary key behind the slice; null where it has no end
 * @param readOrNull the last primary key that was read; null for none
 * @param done whether it was read to its end
 */
record KeyPosition(
    String history,
    long incarnation,
    @Nullable String replicationKeyOrNull,
    @Nullable String startOrNull,
    @Nullable List<String> fromOrNull,
    @Nullable List<String> toOrNull,
    @Nullable List<String> readOrNull,
    boolean done) {

  private static final String NONE = "-";

  /** Begins every text, so that one without characters is told from none. */
  private static final String MARK = "~";

  /** The same slice, read up to a key. */
  KeyPosition read(List<String> key) {
    return new KeyPosition(
        history, incarnation, replicationKeyOrNull, startOrNull, fromOrNull, toOrNull, key, false);
  }

  /** The same slice, read to its end. */
  KeyPosition asDone() {
    return new KeyPosition(
        history,
        incarnation,
        replicationKeyOrNull,
        startOrNull,
        fromOrNull,
        toOrNull,
        readOrNull,
        true);
  }

  /** As text. */
  String text() {
    return String.join(
        " ",
        "keys",
        history,
        Long.toString(incarnation),
        word(replicationKeyOrNull == null ? null : List.of(replicationKeyOrNull)),
        word(startOrNull == null ? null : List.of(startOrNull)),
        word(fromOrNull),
        word(toOrNull),
        word(readOrNull),
        done ? "done" : "open");
  }

  private static String word(@Nullable List<String> texts) {
    if (texts == null) {
      return NONE;
    }
    StringBuilder word = new StringBuilder();
    for (String text : texts) {
      word.append(MARK)
          .append(Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
    }
    return word.toString();
  }

  /** The position that a text stands for; empty if it is none. */
  static Optional<KeyPosition> parse(String text) {
    String[] words = text.split(" ", -1);
    if (words.length != 9 || !words[0].equals("keys")) {
      return Optional.empty();
    }
    try {
      List<String> column = texts(words[3]);
      List<String> start = texts(words[4]);
      return Optional.of(
          new KeyPosition(
              words[1],
              Long.parseLong(words[2]),
              column == null ? null : column.get(0),
              start == null ? null : start.get(0),
              texts(words[5]),
              texts(words[6]),
              texts(words[7]),
              words[8].equals("done")));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  private static @Nullable List<String> texts(String word) {
    if (word.equals(NONE)) {
      return null;
    }
    List<String> texts = new ArrayList<>();
    for (String text : word.substring(MARK.length()).split(MARK, -1)) {
      texts.add(new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8));
    }
    return texts;
  }
}
