package dev.bobbin.dialect.mongo;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bson.BsonDocument;

/** What is to be said of the server that reads are done on. */
final class ServerCheck {

  private static final Duration APART = Duration.ofMinutes(1);

  private final Link link;
  private final Clock clock;

  ServerCheck(Link link, Clock clock) {
    this.link = link;
    this.clock = clock;
  }

  List<Finding> findings() {
    Instant before = clock.instant();
    BsonDocument hello = link.hello();
    Instant after = clock.instant();
    return List.of(role(), clock(before, hello, after));
  }

  private Finding role() {
    ServerInfo info = link.info();
    if (info.isRouter()) {
      return Finding.pass(Subject.ROLE, "A router of a sharded cluster.");
    }
    if (!info.isReplicated()) {
      return Finding.pass(
          Subject.ROLE, "A server of its own, in no replica set: reads show all writes.");
    }
    return Finding.pass(
        Subject.ROLE,
        info.isSecondary()
            ? "A secondary of a replica set: reads show what the majority has acknowledged, and do"
                + " not burden the primary."
            : "The primary of a replica set (read preference "
                + link.resolved().readPreference().getName()
                + "): reads show what the majority has acknowledged.");
  }

  private static Finding clock(Instant before, BsonDocument hello, Instant after) {
    Instant theirs = ServerInfo.clock(hello);
    Duration behind = Duration.between(theirs, before);
    Duration ahead = Duration.between(after, theirs);
    Duration apart = behind.compareTo(ahead) > 0 ? behind : ahead;
    return apart.compareTo(APART) > 0
        ? Finding.warning(
            Subject.CLOCK,
            "The server's clock and this machine's are " + apart.toSeconds() + " s apart.",
            "Let both follow a time server; bookmarks go by the server's alone.")
        : Finding.pass(Subject.CLOCK, "The server's clock and this machine's agree.");
  }
}
