package dev.bobbin.testkit;

/** The in-memory source that keeps versions keeps the contract of a dialect. */
class VersionedDialectTest extends SourceDialectContract {

  @Override
  protected SourceFixture fixture() {
    return new InMemoryFixture(InMemorySource.named("shop").versioned());
  }
}
