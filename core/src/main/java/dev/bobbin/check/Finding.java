package dev.bobbin.check;

import dev.bobbin.error.BobbinException;
import java.util.Objects;

/**
 * One thing that was looked at, what was seen, and what to do about it. Holds no secret and no
 * value of a row.
 *
 * @param subject what was looked at
 * @param result how it stands
 * @param seen what was seen, as a sentence
 * @param remedy what to do; empty where nothing is
 */
public record Finding(Subject subject, Result result, String seen, String remedy) {

  /** What is looked at, in the order in which it is. */
  public enum Subject {
    /** Whether a host's name resolves, and to what: the SSH server's, or the database's. */
    NAME("name"),
    /** Whether the host's port answers. */
    PORT("port"),
    /** Whether the SSH server is the one that it is known as. */
    SSH_HOST_KEY("SSH host key"),
    /** Whether the SSH server lets the user in. */
    SSH_LOGIN("SSH login"),
    /** Whether the SSH server forwards to the database. */
    TUNNEL("tunnel"),
    /** Whether the connection is encrypted, and the server's certificate is the right one. */
    TLS("TLS"),
    /** Whether the database lets the user in. */
    LOGIN("login"),
    /** Whether the server is of a version that Bobbin reads. */
    VERSION("version"),
    /** Whether the database is there. */
    DATABASE("database"),
    /** Whether the server is a primary or a replica. */
    ROLE("role"),
    /** The server's clock and time zone. */
    CLOCK("clock"),
    /** Whether a selected table is there and can be read. */
    TABLE("table"),
    /** Whether the selected columns of a table can be read. */
    COLUMNS("columns"),
    /** Whether a replication key can be read in order without a sort. */
    KEY("key");

    private final String text;

    Subject(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** How it stands. */
  public enum Result {
    /** As it should be. */
    PASS,
    /** Works, but the reader should know. */
    WARNING,
    /** Does not work. */
    FAILURE
  }

  /** Checks that nothing is missing. */
  public Finding {
    Objects.requireNonNull(subject);
    Objects.requireNonNull(result);
    Objects.requireNonNull(seen);
    Objects.requireNonNull(remedy);
  }

  /** Something that is as it should be. */
  public static Finding pass(Subject subject, String seen) {
    return new Finding(subject, Result.PASS, seen, "");
  }

  /** Something that works, but should be known. */
  public static Finding warning(Subject subject, String seen, String remedy) {
    return new Finding(subject, Result.WARNING, seen, remedy);
  }

  /** Something that does not work. */
  public static Finding failure(Subject subject, String seen, String remedy) {
    return new Finding(subject, Result.FAILURE, seen, remedy);
  }

  /** Something that does not work, in the words of its failure. */
  public static Finding failure(Subject subject, BobbinException failure) {
    return failure(subject, failure.problem(), failure.remedy());
  }
}
