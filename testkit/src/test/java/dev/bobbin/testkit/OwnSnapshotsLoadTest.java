package dev.bobbin.testkit;

/**
 * The in-memory source whose scans each see a snapshot of their own keeps the contract of loads.
 */
class OwnSnapshotsLoadTest extends SourceLoadContract {

  @Override
  protected SourceFixture fixture() {
    return InMemoryFixture.ownSnapshots();
  }
}
