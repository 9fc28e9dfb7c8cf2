package dev.bobbin.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.check.CheckReport;
import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import java.util.List;

/** What tests of checks look for among the findings. */
public final class Findings {

  private Findings() {}

  /** The one failure, which is the last thing that is told. */
  public static Finding failure(CheckReport report, Subject... passed) {
    List<Finding> findings = report.findings();
    assertThat(findings.subList(0, findings.size() - 1))
        .as(report.describe())
        .extracting(Finding::subject)
        .containsExactly(passed);
    assertThat(report.failures()).containsExactly(findings.get(findings.size() - 1));
    return report.failures().get(0);
  }

  /** The one finding about that. */
  public static Finding one(CheckReport report, Subject subject) {
    List<Finding> findings =
        report.findings().stream().filter(f -> f.subject() == subject).toList();
    assertThat(findings).as(report.describe()).hasSize(1);
    return findings.get(0);
  }

  public static void assertFinding(Finding finding, Subject subject, String seen, String remedy) {
    assertThat(finding.subject()).as("%s", finding).isEqualTo(subject);
    assertThat(finding.seen()).contains(seen);
    assertThat(finding.remedy()).contains(remedy);
  }
}
