package dev.bobbin.dialect.mysql;

import dev.bobbin.dialect.jdbc.load.KeyRange;
import dev.bobbin.dialect.jdbc.load.LoadKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where a table is cut into ranges of about as many rows each, however its keys are distributed.
 *
 * <p>Pieces are halved, the largest first, by their span and not by their rows, which costs a few
 * looks into the index; keys that lie close together are reached after some halvings. Where keys
 * have no middle that can be guessed, the cut is found by stepping over the index.
 */
final class Cuts {

  private static final int MOST_HALVINGS = 200;

  private final KeyProbe probe;
  private final LoadKey key;

  Cuts(KeyProbe probe, LoadKey key) {
    this.probe = probe;
    this.key = key;
  }

  /**
   * Some keys that follow each other.
   *
   * @param first the lowest of them
   * @param last the highest of them
   * @param below the lowest that follows them; empty for none
   * @param rows about how many there are
   * @param splits whether a guess can halve them
   */
  private record Piece(
      List<String> first, List<String> last, List<String> below, long rows, boolean splits) {}

  /**
   * The ranges, in order; the first one is open below, and the last one above. Empty where there
   * are no rows.
   *
   * @param count about how many
   */
  List<KeyRange> ranges(int count) throws SQLException {
    List<String> first = probe.lowest(KeyRange.ALL, List.of(), 0);
    List<String> last = first.isEmpty() ? first : probe.highest(KeyRange.ALL);
    if (first.isEmpty() || last.isEmpty()) {
      return List.of();
    }
    if (count == 1) {
      return List.of(KeyRange.ALL);
    }
    long total = probe.estimate(KeyRange.ALL);
    long target = Math.max(1, total / count);
    List<Piece> pieces = new ArrayList<>();
    pieces.add(new Piece(first, last, List.of(), total, true));
    for (int i = 0; i < MOST_HALVINGS; i++) {
      Piece largest =
          pieces.stream()
              .filter(Piece::splits)
              .max(Comparator.comparingLong(Piece::rows))
              .orElse(null);
      if (largest == null || largest.rows() <= target) {
        break;
      }
      int at = pieces.indexOf(largest);
      pieces.remove(at);
      pieces.addAll(at, halves(largest));
    }
    List<Piece> even = new ArrayList<>();
    for (Piece piece : pieces) {
      if (piece.rows() > 2 * target) {
        even.addAll(steps(piece, target));
      } else {
        even.add(piece);
      }
    }
    return merged(even, target);
  }

  /** The piece in two, or, where no key can be guessed that lies between, the piece itself. */
  private List<Piece> halves(Piece piece) throws SQLException {
    int column = 0;
    while (column < piece.first().size()
        && piece.first().get(column).equals(piece.last().get(column))) {
      column++;
    }
    if (column == piece.first().size()) {
      return whole(piece);
    }
    String low = piece.first().get(column);
    List<String> prefix = piece.first().subList(0, column);
    String middle =
        Middle.of(key.columns().get(column).type(), low, piece.last().get(column)).orElse(null);
    if (middle == null) {
      return whole(piece);
    }
    List<String> bound = new ArrayList<>(prefix);
    bound.add(middle);
    List<String> cut = probe.lowest(new KeyRange(bound, piece.below()), piece.first(), 0);
    if (cut.isEmpty()) {
      return whole(piece);
    }
    List<String> end = probe.highest(new KeyRange(piece.first(), cut));
    if (end.isEmpty()) {
      return whole(piece);
    }
    return List.of(piece(piece.first(), end, cut), piece(cut, piece.last(), piece.below()));
  }

  private Piece piece(List<String> first, List<String> last, List<String> below)
      throws SQLException {
    long rows = first.equals(last) ? 1 : probe.estimate(new KeyRange(first, below));
    return new Piece(first, last, below, rows, true);
  }

  private static List<Piece> whole(Piece piece) {
    return List.of(new Piece(piece.first(), piece.last(), piece.below(), piece.rows(), false));
  }

  /** Pieces of a number of rows each. */
  private List<Piece> steps(Piece piece, long rows) throws SQLException {
    List<Piece> steps = new ArrayList<>();
    List<String> from = piece.first();
    while (true) {
      List<String> next = probe.lowest(new KeyRange(from, piece.below()), List.of(), rows);
      steps.add(new Piece(from, from, next.isEmpty() ? piece.below() : next, rows, false));
      if (next.isEmpty()) {
        return steps;
      }
      from = next;
    }
  }

  /** The pieces, with small ones joined to their neighbours. */
  private static List<KeyRange> merged(List<Piece> pieces, long target) {
    List<KeyRange> ranges = new ArrayList<>();
    List<String> from = List.of();
    long rows = 0;
    for (int i = 0; i < pieces.size(); i++) {
      Piece piece = pieces.get(i);
      rows += piece.rows();
      boolean last = i == pieces.size() - 1;
      if (last || rows + pieces.get(i + 1).rows() > target + target / 4) {
        List<String> below = last ? List.of() : piece.below();
        ranges.add(new KeyRange(from, below));
        from = below;
        rows = 0;
      }
    }
    return ranges;
  }
}
