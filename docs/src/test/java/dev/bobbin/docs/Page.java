package dev.bobbin.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Markdown page, taken apart line by line: fenced blocks, prose, headings. */
record Page(Path path, List<String> lines) {

  private static final Pattern MARKER = Pattern.compile("<!-- snippet: ([\\w.-]+)#([\\w-]+) -->");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  static Page of(Path path) {
    return new Page(path, List.of(Repository.read(path).split("\n", -1)));
  }

  /**
   * A fenced block.
   *
   * @param language what stands behind the opening fence
   * @param first the number of its first line within, from 0
   * @param end the number of the line of the closing fence
   * @param marker the line above, where it is a marker
   */
  record Block(String language, int first, int end, Optional<Marker> marker) {}

  /** Which region of which example a block shows. */
  record Marker(String example, String region) {}

  List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("```")) {
        int end = i + 1;
        while (!lines.get(end).equals("```")) {
          end++;
        }
        Optional<Marker> marker = i == 0 ? Optional.empty() : marker(lines.get(i - 1));
        blocks.add(new Block(lines.get(i).substring(3).strip(), i + 1, end, marker));
        i = end;
      }
    }
    return blocks;
  }

  private static Optional<Marker> marker(String line) {
    Matcher matcher = MARKER.matcher(line.strip());
    return matcher.matches()
        ? Optional.of(new Marker(matcher.group(1), matcher.group(2)))
        : Optional.empty();
  }

  /** The number of lines that are, or are meant as, markers. */
  long markerLines() {
    return prose().stream()
        .filter(l -> l.strip().startsWith("<!--") && l.contains("snippet"))
        .count();
  }

  List<String> text(Block block) {
    return lines.subList(block.first(), block.end());
  }

  /** The lines outside of fenced blocks. */
  List<String> prose() {
    List<String> prose = new ArrayList<>();
    boolean within = false;
    for (String line : lines) {
      if (line.startsWith("```")) {
        within = !within;
      } else if (!within) {
        prose.add(line);
      }
    }
    return prose;
  }

  /** The targets of links. */
  List<String> links() {
    List<String> links = new ArrayList<>();
    for (String line : prose()) {
      Matcher matcher = LINK.matcher(CODE.matcher(line).replaceAll("code"));
      while (matcher.find()) {
        links.add(matcher.group(1));
      }
    }
    return links;
  }

  /** What stands between backticks in prose. */
  List<String> inlineCode() {
    List<String> code = new ArrayList<>();
    for (String line : prose()) {
      Matcher matcher = CODE.matcher(line);
      while (matcher.find()) {
        code.add(matcher.group(1));
      }
    }
    return code;
  }

  /** The anchors of headings, as GitHub makes them. */
  List<String> anchors() {
    List<String> anchors = new ArrayList<>();
    Map<String, Integer> times = new HashMap<>();
    for (String line : prose()) {
      if (line.matches("#{1,6} .*")) {
        String anchor =
            line.replaceFirst("#+ ", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
        int before = times.merge(anchor, 1, Integer::sum) - 1;
        anchors.add(before == 0 ? anchor : anchor + "-" + before);
      }
    }
    return anchors;
  }

  /**
   * The first column of every table whose header begins with that word.
   *
   * @param header the text of the first header cell
   */
  List<String> firstCells(String header) {
    List<String> cells = new ArrayList<>();
    boolean within = false;
    for (String line : prose()) {
      if (!line.startsWith("|")) {
        within = false;
      } else {
        String cell = line.substring(1, line.indexOf('|', 1)).strip();
        if (within && !cell.startsWith("---")) {
          cells.add(cell);
        }
        within |= cell.equals(header);
      }
    }
    return cells;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
