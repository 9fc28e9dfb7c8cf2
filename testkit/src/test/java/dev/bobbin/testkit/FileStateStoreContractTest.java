package dev.bobbin.testkit;

import dev.bobbin.state.FileStateStore;
import dev.bobbin.state.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FileStateStoreContractTest extends StateStoreContract {

  @TempDir Path dir;

  @Override
  protected StateStore store() {
    return FileStateStore.at(dir.resolve("state"));
  }

  @Override
  protected void loseLease(String replicator) throws IOException {
    Path folder = dir.resolve("state").resolve(replicator);
    Files.delete(folder.resolve("lock"));
    Files.delete(folder.resolve("holder"));
  }
}
