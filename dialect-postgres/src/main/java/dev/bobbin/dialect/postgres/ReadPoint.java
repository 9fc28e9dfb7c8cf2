package dev.bobbin.dialect.postgres;

import dev.bobbin.dialect.jdbc.PositionText;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When a table was read: in which history of which server, and with which snapshot.
 *
 * <p>What was read at one point can be built upon at a later one only if the later one lies in the
 * same history, behind the earlier.
 *
 * @param system the system identifier, which initdb makes up and copies share
 * @param line which of the histories of that system: of a primary its timeline, which each
 *     promotion and each restore ends; of a standby the moment at which it was started, since while
 *     it runs what it has replayed stays, and its control file can lag behind the timeline that it
 *     follows
 * @param kept the moment, in microseconds, since which the server has kept statistics, which a
 *     crash ends
 * @param logged whether all that had ended is known to have been in the log on disk. If not, a
 *     crash can make the server give out a transaction's number again that had left nothing there,
 *     such as that of one that was rolled back
 * @param replayed up to which byte of the log a standby had replayed at least, when the snapshot
 *     had been taken; -1 on a primary
 * @param database the database's oid
 * @param table the table's oid
 * @param snapshot what was seen
 */
record ReadPoint(
    String system,
    String line,
    long kept,
    boolean logged,
    long replayed,
    long database,
    long table,
    TransactionSnapshot snapshot) {

  private static final Pattern SYSTEM = Pattern.compile("-?\\d{1,20}");
  private static final Pattern LINE = Pattern.compile("timeline-[0-9A-F]{8}|standby-\\d{1,18}");
  private static final Pattern KEPT = Pattern.compile("\\d{1,18}");
  private static final Pattern LOGGED = Pattern.compile("yes|no");
  private static final Pattern REPLAYED = Pattern.compile("-1|\\d{1,19}");
  private static final Pattern OID = Pattern.compile("\\d{1,10}");

  /** Adds its values to a position. */
  void write(StringBuilder text) {
    text.append(";system=").append(system);
    text.append(";line=").append(line);
    text.append(";kept=").append(kept);
    text.append(";logged=").append(logged ? "yes" : "no");
    text.append(";replayed=").append(replayed);
    text.append(";database=").append(database);
    text.append(";table=").append(table);
    text.append(";snapshot=").append(snapshot);
  }

  /** Reads its values from a position. */
  static ReadPoint read(PositionText text) {
    String system = text.next("system", SYSTEM).group();
    String line = text.next("line", LINE).group();
    long kept = text.number(text.next("kept", KEPT).group());
    boolean logged = text.next("logged", LOGGED).group().equals("yes");
    long replayed = text.number(text.next("replayed", REPLAYED).group());
    long database = text.number(text.next("database", OID).group());
    long table = text.number(text.next("table", OID).group());
    Matcher snapshot = text.next("snapshot", TransactionSnapshot.FORM);
    try {
      return new ReadPoint(
          system, line, kept, logged, replayed, database, table, TransactionSnapshot.of(snapshot));
    } catch (IllegalArgumentException e) {
      throw text.damaged("its snapshot is none");
    }
  }

  /** Whether it was read on a standby. */
  boolean onStandby() {
    return line.startsWith("standby-");
  }

  /** Whether a read at the other point saw the very same rows. */
  boolean sawTheSameAs(ReadPoint other) {
    // A standby's snapshots can be equal although they are not: they tell none that is running.
    return !onStandby() && equals(other);
  }

  /**
   * Why what was read at an earlier point cannot be built upon at this one, as a clause; empty
   * where it can.
   *
   * @param earlier as it was saved
   * @param replayedBefore up to which byte of the log this standby had replayed before the snapshot
   *     of this point was taken; of no meaning on a primary
   */
  Optional<String> doubtAbout(ReadPoint earlier, long replayedBefore) {
    String doubt = null;
    if (!system.equals(earlier.system)) {
      doubt = "it is another server now";
    } else if (!line.equals(earlier.line)) {
      doubt =
          onStandby() || earlier.onStandby()
              ? "the standby has been started anew or promoted, or it is another server now"
              : "the server has been promoted or restored since";
    } else if (!earlier.logged && kept != earlier.kept) {
      doubt = "the server has crashed since";
    } else if (database != earlier.database) {
      doubt = "the database has been made anew";
    } else if (table != earlier.table) {
      doubt = "the table has been made anew";
    } else if (snapshot.isFarFrom(earlier.snapshot)) {
      doubt = "more than a billion transactions have been begun since";
    } else if (onStandby()
        ? replayedBefore < earlier.replayed && snapshot.xmin() < earlier.snapshot.xmax()
        : !snapshot.includes(earlier.snapshot)) {
      doubt = "the server stands at an earlier time than it did then";
    }
    return Optional.ofNullable(doubt);
  }
}
