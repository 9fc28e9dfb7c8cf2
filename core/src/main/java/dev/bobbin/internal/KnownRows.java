package dev.bobbin.internal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A multiset of rows as they were last delivered and have not been met since, by their digests.
 * Used by one thread at a time.
 */
final class KnownRows {

  /** What is kept of equal rows. */
  private record Known(@Nullable String identity, int times) {}

  private final Map<String, Known> rows = new LinkedHashMap<>();
  private final Map<String, Set<String>> byIdentity = new HashMap<>();

  /**
   * Adds a row.
   *
   * @param entry what {@link RowDigests#entry} made; or a digest without an identity, which older
   *     checkpoints have
   */
  void add(String entry) {
    int at = entry.indexOf(RowDigests.IDENTITY);
    String row = at < 0 ? entry : entry.substring(0, at);
    String identity = at < 0 ? null : entry.substring(at + 1);
    rows.merge(row, new Known(identity, 1), (a, b) -> new Known(a.identity(), a.times() + 1));
    if (identity != null) {
      byIdentity.computeIfAbsent(identity, unused -> new HashSet<>(2)).add(row);
    }
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Whether some can be superseded. */
  boolean hasIdentities() {
    return !byIdentity.isEmpty();
  }

  /** Takes a row out that is met as it was delivered; returns whether it was there. */
  boolean take(String row) {
    Known known = rows.get(row);
    if (known == null) {
      return false;
    }
    if (known.times() > 1) {
      rows.put(row, new Known(known.identity(), known.times() - 1));
      return true;
    }
    rows.remove(row);
    String identity = known.identity();
    if (identity != null) {
      byIdentity.computeIfPresent(
          identity,
          (unused, left) -> {
            left.remove(row);
            return left.isEmpty() ? null : left;
          });
    }
    return true;
  }

  /**
   * Forgets a row that is delivered otherwise than it was: if it changes back, it has to be
   * delivered as it was.
   */
  void supersede(String identity) {
    Set<String> old = byIdentity.remove(identity);
    if (old != null) {
      rows.keySet().removeAll(old);
    }
  }

  /** Forgets the rows of which several share an identity: nobody knows which was delivered last. */
  void forgetAmbiguous() {
    List<String> ambiguous = new ArrayList<>();
    byIdentity.forEach(
        (identity, same) -> {
          if (same.size() > 1) {
            ambiguous.add(identity);
          }
        });
    ambiguous.forEach(this::supersede);
  }

  /** What {@link #add} was given and is left, at most so many. */
  List<String> entries(int most) {
    List<String> entries = new ArrayList<>();
    rows.forEach(
        (row, known) -> {
          String entry =
              known.identity() == null ? row : row + RowDigests.IDENTITY + known.identity();
          for (int i = 0; i < known.times() && entries.size() < most; i++) {
            entries.add(entry);
          }
        });
    return entries;
  }
}
