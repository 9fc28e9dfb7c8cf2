package dev.bobbin.testkit;

/**
 * The in-memory source whose scans each see a snapshot of their own keeps the contract of a
 * dialect.
 */
class OwnSnapshotsDialectTest extends SourceDialectContract {

  @Override
  protected SourceFixture fixture() {
    return InMemoryFixture.ownSnapshots();
  }
}
