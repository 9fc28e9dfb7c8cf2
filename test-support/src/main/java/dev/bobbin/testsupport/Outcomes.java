package dev.bobbin.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.RunReport;
import dev.bobbin.RunReport.Status;
import dev.bobbin.RunReport.TableReport;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;

/** How a run ended. */
public final class Outcomes {

  private Outcomes() {}

  /** Why that table failed, which it must have. */
  public static BobbinException failureOf(RunReport report, TableId table) {
    TableReport of = report.table(table).orElseThrow();
    assertThat(of.status()).as(report.describe()).isEqualTo(Status.FAILED);
    return of.failure().orElseThrow();
  }

  public static void assertCancelled(RunReport report) {
    assertThat(report.tables())
        .as(report.describe())
        .extracting(TableReport::status)
        .containsOnly(Status.CANCELLED);
  }
}
