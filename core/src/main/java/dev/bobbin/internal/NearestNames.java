package dev.bobbin.internal;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The names that a mistyped one may have meant. */
final class NearestNames {

  private static final int SHOWN = 3;

  private NearestNames() {}

  /** A sentence that names the nearest ones. */
  static String sentence(String wanted, Collection<String> names) {
    List<String> nearest =
        names.stream()
            .sorted(
                Comparator.comparingInt((String name) -> distance(wanted, name))
                    .thenComparing(Comparator.naturalOrder()))
            .limit(SHOWN)
            .toList();
    return nearest.isEmpty()
        ? "There are none to choose from."
        : "The nearest names are: " + String.join(", ", nearest) + ".";
  }

  private static int distance(String a, String b) {
    String left = a.toLowerCase(Locale.ROOT);
    String right = b.toLowerCase(Locale.ROOT);
    int[] row = new int[right.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int above = row[j];
        int substitution = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(substitution, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[right.length()];
  }
}
