package dev.bobbin.dialect.mysql.faults;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Fault 1: the host's process is killed with SIGKILL at random moments while others write, in loads
 * and between them, with a full table and incremental ones by timestamp and by number.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledHostTest {

  @TempDir private Path folder;

  @Test
  void losesNothingWhenTheHostIsKilled() throws Exception {
    new KilledHostTrial("MySQL 8.0", 4, folder).run(4);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({"MySQL 8.0,1", "MySQL 5.7,4", "MariaDB 11.4,4"})
  void losesNothingHoweverOftenTheHostIsKilled(String version, int readers) throws Exception {
    new KilledHostTrial(version, readers, folder).run(15);
  }
}
