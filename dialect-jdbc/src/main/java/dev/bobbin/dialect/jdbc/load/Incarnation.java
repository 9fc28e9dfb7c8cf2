package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.dialect.jdbc.PositionText;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What tells a table on a server from one that has taken its place, or that was emptied.
 *
 * <p>The numbers of its files are new after TRUNCATE, DROP and CREATE, and whatever writes the
 * table anew, but not every user may see them. For the others there are the time of creation, which
 * all but TRUNCATE change, and the next number of its rows, which TRUNCATE sets back.
 *
 * <p>None of this says anything on another server, such as the replica that has taken over. There
 * nothing tells that a table was emptied and filled again. Nor does it here where the files cannot
 * be seen, if the database gives its rows no numbers or it has since been filled beyond where it
 * was.
 *
 * @param server which server it is, in its own words
 * @param created when the table was created, by the server's clock
 * @param files the numbers of what holds its rows; empty where they cannot be seen
 * @param next the next number that the database gives a row; 0 for none
 */
public record Incarnation(String server, String created, String files, long next) {

  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,18}");

  /** Reads what {@link #write} wrote. */
  static Incarnation read(PositionText text) {
    String server = text.nextEscaped("server");
    String created = text.nextEscaped("created");
    String files = text.nextEscaped("files");
    return new Incarnation(server, created, files, text.number(text.next("next", NUMBER).group()));
  }

  void write(StringBuilder text) {
    text.append(";server=").append(PositionText.escaped(server));
    text.append(";created=").append(PositionText.escaped(created));
    text.append(";files=").append(PositionText.escaped(files));
    text.append(";next=").append(next);
  }

  /** Why rows that were read of the earlier table may not be those of this one, as a clause. */
  public Optional<String> doubtAbout(Incarnation earlier) {
    if (!server.equals(earlier.server)) {
      return Optional.empty();
    }
    if (!files.isEmpty() && !earlier.files.isEmpty()) {
      return files.equals(earlier.files)
          ? Optional.empty()
          : Optional.of("the table has been emptied or written anew since");
    }
    if (!created.equals(earlier.created)) {
      return Optional.of("the table has been made anew or altered since");
    }
    return next < earlier.next
        ? Optional.of("the table has been emptied since, as the number of its next row went back")
        : Optional.empty();
  }
}
