package dev.bobbin.dialect.mongo;

import java.time.Instant;
import org.bson.BsonDocument;
import org.bson.BsonNumber;

/**
 * What a server says of itself.
 *
 * @param product for example {@code MongoDB}
 * @param version for example {@code 7.0.5}
 * @param major the first number of the version of MongoDB that it is, or says it is like
 * @param minor the second one
 * @param isReplicated whether it is a member of a replica set, or leads to such
 * @param isSecondary whether it is not the primary of its replica set
 * @param isRouter whether it is a router of a sharded cluster
 * @param hasSessions whether it keeps sessions
 * @param types how it is asked for types
 */
record ServerInfo(
    String product,
    String version,
    int major,
    int minor,
    boolean isReplicated,
    boolean isSecondary,
    boolean isRouter,
    boolean hasSessions,
    TypeQueries types) {

  private static final String MONGODB = "MongoDB";
  private static final String FERRETDB = "FerretDB";

  static ServerInfo of(BsonDocument hello, BsonDocument build) {
    String version = build.containsKey("version") ? build.getString("version").getValue() : "";
    String product = MONGODB;
    String shown = version;
    for (String name : build.keySet()) {
      if (name.toLowerCase(java.util.Locale.ROOT).startsWith("ferretdb")) {
        product = FERRETDB;
        shown = build.get(name).isString() ? build.getString(name).getValue() : shown;
      }
    }
    String[] numbers = version.split("\\.", -1);
    boolean router =
        hello.containsKey("msg")
            && hello.get("msg").isString()
            && hello.getString("msg").getValue().equals("isdbgrid");
    return new ServerInfo(
        product,
        shown,
        number(numbers, 0),
        number(numbers, 1),
        router || hello.containsKey("setName"),
        hello.getBoolean("secondary", org.bson.BsonBoolean.FALSE).getValue(),
        router,
        hello.containsKey("logicalSessionTimeoutMinutes")
            && hello.get("logicalSessionTimeoutMinutes") instanceof BsonNumber minutes
            && minutes.intValue() > 0,
        product.equals(FERRETDB)
            ? TypeQueries.COMMON_TYPES_WITHOUT_NAN
            // Which commit it was built from, nobody else says. Asking with a query would not do:
            // some servers notice what they do not understand when there is a document.
            : build.containsKey("gitVersion") ? TypeQueries.ALL_TYPES : TypeQueries.COMMON_TYPES);
  }

  private static int number(String[] parts, int at) {
    try {
      return at < parts.length ? Integer.parseInt(parts[at].replaceFirst("\\D.*", "")) : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** The server's clock in its answer to {@code hello}; ours where it does not say. */
  static Instant clock(BsonDocument hello) {
    return hello.containsKey("localTime") && hello.get("localTime").isDateTime()
        ? Instant.ofEpochMilli(hello.getDateTime("localTime").getValue())
        : Instant.now();
  }

  /** Whether it is MongoDB's own server, or says so. */
  boolean isMongoDb() {
    return product.equals(MONGODB);
  }

  /** Product and version. */
  String describe() {
    return product + " " + version;
  }

  boolean isOlderThan(int otherMajor, int otherMinor) {
    return major < otherMajor || (major == otherMajor && minor < otherMinor);
  }
}
