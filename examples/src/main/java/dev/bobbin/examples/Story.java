package dev.bobbin.examples;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Tells the quick start in numbered chapters, in lines of at most 100 characters. */
final class Story {

  /** A sentence that the program checked did not hold. */
  static final class CheckFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CheckFailed(String sentence) {
      super(sentence);
    }
  }

  private static final int WIDTH = 98;
  private static final String MARGIN = "   ";

  private final PrintStream out;
  private int chapters;
  private String chapter = "";
  private int checks;
  private boolean blank;

  Story(PrintStream out) {
    this.out = out;
  }

  /** The line above everything. */
  void title(String title) {
    blank();
    print(title);
    print("=".repeat(title.length()));
  }

  /** Begins the next chapter. */
  void chapter(String title) {
    chapters++;
    chapter = chapters + ". " + title;
    blank();
    print(chapter);
    print("-".repeat(chapter.length()));
  }

  /** The chapter that is being told; empty before the first. */
  String chapter() {
    return chapter;
  }

  /** A paragraph; breaks lines where they are too long. */
  void say(String format, Object... values) {
    printWrapped(MARGIN, text(format, values), MARGIN);
  }

  /** Lines that something else made, a little further in; those that are too long are broken. */
  void show(String text) {
    blank();
    for (String line : text.stripTrailing().split("\\R", -1)) {
      String body = line.stripLeading();
      String indent = MARGIN + " " + " ".repeat(line.length() - body.length());
      printWrapped(indent, body.stripTrailing(), indent + "  ");
    }
    blank();
  }

  /** Lines of a file, broken wherever they are too long. */
  void excerpt(List<String> lines) {
    blank();
    for (String line : lines) {
      String indent = MARGIN + " ";
      for (int at = 0; at < line.length(); ) {
        int end = Math.min(line.length(), at + WIDTH - indent.length());
        print(indent + line.substring(at, end));
        at = end;
        indent = MARGIN + "   ";
      }
    }
    blank();
  }

  /** An empty line, unless the one above is empty. */
  private void blank() {
    if (!blank) {
      out.println();
      blank = true;
    }
  }

  private void print(CharSequence line) {
    out.println(line);
    blank = false;
  }

  /**
   * Says that two things that have to be equal are, or ends the program.
   *
   * @param what what is compared, for example {@code rows of orders in the files}
   * @param copied as the library says it, or as the files have it
   * @param source as the database says it
   */
  void check(String what, Object copied, Object source) {
    if (!Objects.equals(copied, source)) {
      throw new CheckFailed(
          what + ": the copy says " + number(copied) + ", the database says " + number(source));
    }
    checks++;
    printWrapped(
        MARGIN + "[ok] ", what + ": " + number(copied) + ", as in the database", MARGIN + "     ");
  }

  /** Says that something holds, or ends the program. */
  void check(String sentence, boolean holds) {
    if (!holds) {
      throw new CheckFailed("This does not hold: " + sentence);
    }
    checks++;
    printWrapped(MARGIN + "[ok] ", sentence, MARGIN + "     ");
  }

  /** How many checks have held. */
  int checks() {
    return checks;
  }

  private static Object number(Object value) {
    return value instanceof Long number ? text("%,d", number) : value;
  }

  private static String text(String format, Object... values) {
    return values.length == 0 ? format : String.format(Locale.ROOT, format, values);
  }

  private void printWrapped(String first, String text, String others) {
    if (first.length() + text.length() <= WIDTH) {
      print(first + text); // spaces that line columns up stay as they are
      return;
    }
    StringBuilder line = new StringBuilder(first);
    int begin = line.length();
    for (String word : text.split(" +", -1)) {
      if (line.length() > begin && line.length() + 1 + word.length() > WIDTH) {
        print(line);
        line = new StringBuilder(others);
        begin = line.length();
      }
      line.append(line.length() > begin ? " " : "").append(word);
    }
    print(line);
  }
}
