package dev.bobbin.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where scans of an {@link InMemorySource} that keeps versions stand, as text. */
sealed interface MemoryPosition {

  /** The history of the source in which it was said. */
  String history();

  /** The incarnation of the table of which it was said. */
  long incarnation();

  /** As text. */
  String text();

  /**
   * A slice of a load and how far it was read.
   *
   * @param history of the source
   * @param incarnation of the table
   * @param oldest of the snapshot in which it was read so far
   * @param from the lowest id of the slice
   * @param to the id behind the slice; {@link #OPEN} for none
   * @param read up to which id it was read; {@code from - 1} for not at all
   */
  record Slice(String history, long incarnation, long oldest, long from, long to, long read)
      implements MemoryPosition {

    /** The end of the last slice of a table. */
    static final long OPEN = Long.MAX_VALUE;

    /** The same slice, read in a snapshot. */
    Slice read(MemorySnapshot snapshot, long upTo) {
      return new Slice(history, incarnation, snapshot.oldest(), from, to, upTo);
    }

    /** The same slice, read to its end in a snapshot. */
    Slice done(MemorySnapshot snapshot) {
      return read(snapshot, to - 1);
    }

    @Override
    public String text() {
      return String.join(
          " ",
          "slice",
          history,
          Long.toString(incarnation),
          Long.toString(oldest),
          Long.toString(from),
          to == OPEN ? "open" : Long.toString(to),
          read == to - 1 ? "done" : Long.toString(read));
    }

    /** The position that a text stands for; empty if it is none. */
    static Optional<Slice> parse(String text) {
      String[] words = text.split(" ", -1);
      if (words.length != 7 || !words[0].equals("slice")) {
        return Optional.empty();
      }
      try {
        long to = words[5].equals("open") ? OPEN : Long.parseLong(words[5]);
        return Optional.of(
            new Slice(
                words[1],
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                to,
                words[6].equals("done") ? to - 1 : Long.parseLong(words[6])));
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }
  }

  /**
   * What scans by key have seen: a row is still to be read if one of the steps says so.
   *
   * @param history of the source
   * @param incarnation of the table
   * @param steps one for a scan that came to its end; one more for each that was interrupted
   */
  record ByKey(String history, long incarnation, List<Step> steps) implements MemoryPosition {

    /**
     * Says that rows are still to be read that lie at or above a key, and that no snapshot has seen
     * for certain.
     *
     * @param keyOrNull the key as the source's own text; null for any
     * @param oldest the lowest number of a transaction whose rows a snapshot may not have seen
     */
    record Step(@Nullable String keyOrNull, long oldest) {}

    @Override
    public String text() {
      StringBuilder text = new StringBuilder("key " + history + ' ' + incarnation);
      for (Step step : steps) {
        text.append(' ').append(step.oldest());
        if (step.keyOrNull() != null) {
          text.append('@')
              .append(
                  Base64.getEncoder()
                      .encodeToString(step.keyOrNull().getBytes(StandardCharsets.UTF_8)));
        }
      }
      return text.toString();
    }

    /** The position that a text stands for; empty if it is none. */
    static Optional<ByKey> parse(String text) {
      String[] words = text.split(" ", -1);
      if (words.length < 4 || !words[0].equals("key")) {
        return Optional.empty();
      }
      try {
        List<Step> steps = new ArrayList<>();
        for (int i = 3; i < words.length; i++) {
          int at = words[i].indexOf('@');
          steps.add(
              at < 0
                  ? new Step(null, Long.parseLong(words[i]))
                  : new Step(
                      new String(
                          Base64.getDecoder().decode(words[i].substring(at + 1)),
                          StandardCharsets.UTF_8),
                      Long.parseLong(words[i].substring(0, at))));
        }
        return Optional.of(new ByKey(words[1], Long.parseLong(words[2]), steps));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }
  }
}
