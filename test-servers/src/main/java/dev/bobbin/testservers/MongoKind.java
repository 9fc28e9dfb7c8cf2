package dev.bobbin.testservers;

/** What it is that speaks MongoDB's protocol. */
public enum MongoKind {
  /**
   * mongo-java-server, which runs in this JVM and keeps its data in memory. It accepts much that it
   * then ignores: hints, collations, time limits, read concerns. And it compares UUIDs with no
   * other binary, where MongoDB compares all of them by length, subtype and bytes.
   */
  JAVA_SERVER("mongo-java-server"),
  /** FerretDB with SQLite below it. */
  FERRETDB("FerretDB"),
  /** MongoDB itself. */
  MONGODB("MongoDB");

  private final String label;

  MongoKind(String label) {
    this.label = label;
  }

  /** The name as its users say it. */
  @Override
  public String toString() {
    return label;
  }
}
