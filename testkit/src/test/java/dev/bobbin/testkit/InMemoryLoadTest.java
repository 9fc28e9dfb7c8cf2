package dev.bobbin.testkit;

/** The in-memory source that keeps versions keeps the contract of loads. */
class InMemoryLoadTest extends SourceLoadContract {

  @Override
  protected SourceFixture fixture() {
    return new InMemoryFixture(InMemorySource.named("shop").versioned());
  }
}
