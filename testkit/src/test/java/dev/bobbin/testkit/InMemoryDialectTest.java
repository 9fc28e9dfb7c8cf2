package dev.bobbin.testkit;

/** The in-memory source keeps the contract of a dialect. */
class InMemoryDialectTest extends SourceDialectContract {

  @Override
  protected SourceFixture fixture() {
    return new InMemoryFixture();
  }
}
