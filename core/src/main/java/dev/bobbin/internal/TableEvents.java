package dev.bobbin.internal;

import dev.bobbin.catalog.TableDifference;
import dev.bobbin.error.BobbinException;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.sink.TableLoad;
import java.time.Duration;

/** What happens to a table while it is copied. */
public interface TableEvents {

  /** The sink was told of the table. */
  void opened(TableLoad load);

  /** A batch is with the sink. */
  void delivered(RecordBatch batch, TableTally sofar);

  /** It is tried again after the pause. */
  void retried(TablePlan plan, int attempt, Duration pause, BobbinException cause);

  /** The structure changed in the middle of the run. */
  void changed(TableDifference difference);

  /** Something that a person should know. */
  void warned(TablePlan plan, String sentence);
}
