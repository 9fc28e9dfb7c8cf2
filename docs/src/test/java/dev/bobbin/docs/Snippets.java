package dev.bobbin.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Regions of compiled examples: what stands between the lines {@code // docs:begin name} and {@code
 * // docs:end name} (in SQL with {@code --}), shifted to the left. Other such lines within are left
 * out.
 */
final class Snippets {

  private Snippets() {}

  static List<String> region(Path file, String name) {
    List<String> region = new ArrayList<>();
    boolean within = false;
    boolean ended = false;
    for (String line : Repository.read(file).split("\n", -1)) {
      String text = line.strip().replaceFirst("^(--|#) docs:", "// docs:");
      if (text.equals("// docs:begin " + name)) {
        within = true;
      } else if (text.equals("// docs:end " + name)) {
        within = false;
        ended = true;
      } else if (within && !text.startsWith("// docs:")) {
        region.add(line.stripTrailing());
      }
    }
    if (!ended || within || region.isEmpty()) {
      throw new AssertionError(file + " has no whole region " + name);
    }
    return shifted(region);
  }

  private static List<String> shifted(List<String> lines) {
    int indent =
        lines.stream()
            .filter(l -> !l.isBlank())
            .mapToInt(l -> l.length() - l.stripLeading().length())
            .min()
            .orElse(0);
    return lines.stream().map(l -> l.isBlank() ? "" : l.substring(indent)).toList();
  }
}
