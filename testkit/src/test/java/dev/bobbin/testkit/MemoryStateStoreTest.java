package dev.bobbin.testkit;

import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.state.StateStore;

class MemoryStateStoreTest extends StateStoreContract {

  private final MemoryStateStore store = new MemoryStateStore();

  @Override
  protected StateStore store() {
    return store;
  }
}
