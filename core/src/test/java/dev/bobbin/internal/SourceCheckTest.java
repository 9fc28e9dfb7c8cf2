package dev.bobbin.internal;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyList;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.bobbin.Replicator;
import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Column.Generation;
import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.check.CheckReport;
import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Result;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.error.TunnelException;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.spi.TableAbilities;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The check of sources of any kind, those included whose dialect does not check by itself. */
class SourceCheckTest {

  private static final DataType INT = new DataType.Int(64, true);

  private final SourceSession session = mock(SourceSession.class);

  @BeforeEach
  void answer() {
    when(session.defaultNamespace()).thenReturn(List.of("shop"));
    when(session.abilities(any())).thenReturn(TableAbilities.PLAIN);
    when(session.grant(any(), anyList()))
        .thenAnswer(
            call ->
                "GRANT "
                    + call.getArgument(1)
                    + " ON "
                    + ((TableId) call.getArgument(0)).name()
                    + ";");
  }

  private CheckReport check(SourceDialect dialect, Selection selection) {
    try (Replicator replicator = Replicator.from(dialect).named("check").build()) {
      return replicator.check(selection);
    }
  }

  private CheckReport check(Selection selection, Table... tables) {
    when(session.discover(any()))
        .thenReturn(
            new Catalog("Mock 1", List.of("shop"), List.of("shop"), List.of(tables), List.of()));
    return check(connectsTo(() -> session), selection);
  }

  private interface Connects {
    SourceSession connect();
  }

  private static SourceDialect connectsTo(Connects connects) {
    return new SourceDialect() {
      @Override
      public SourceSession connect(SourceSettings settings) {
        return connects.connect();
      }

      @Override
      public String describe() {
        return "the mock";
      }
    };
  }

  private static Column column(String name, boolean readable) {
    return new Column(name, INT, "int", false, readable, Generation.NONE, KeySupport.EXACT, "");
  }

  private static Table readable(String name) {
    return Table.named(TableId.of("shop", name))
        .column(column("id", true))
        .primaryKey("id")
        .build();
  }

  private static Table hidden(String name) {
    return Table.named(TableId.of("shop", name))
        .column(column("id", false))
        .readable(false)
        .build();
  }

  private static SourceException failure(String problem) {
    return new SourceException(Kind.PERMANENT, problem, "Do something.", null);
  }

  @Test
  void aDialectThatDoesNotCheckTellsOfTheWholeWay() {
    CheckReport report = check(Selection.of());
    assertThat(report.findings())
        .containsExactly(Finding.pass(Subject.LOGIN, "Connected to the mock."));
    verify(session).close();

    CheckReport refused =
        check(
            connectsTo(
                () -> {
                  throw failure("Refused.");
                }),
            Selection.of(table("t")));
    assertThat(refused.findings())
        .containsExactly(Finding.failure(Subject.LOGIN, "Refused.", "Do something."));
    CheckReport broken =
        check(
            connectsTo(
                () -> {
                  throw new TunnelException("No tunnel.", "Dig.", false, null);
                }),
            Selection.of());
    assertThat(broken.failures()).extracting(Finding::subject).containsExactly(Subject.TUNNEL);
  }

  @Test
  void aLookThatFailsIsAFindingAndTheOthersFollow() {
    doThrow(failure("No role.")).when(session).check(any(), any());
    CheckReport report = check(Selection.of(table("t")), readable("t"));
    assertThat(report.failures())
        .containsExactly(Finding.failure(Subject.ROLE, "No role.", "Do something."));
    assertThat(report.findings().get(2).seen())
        .isEqualTo("The table can be read: shop.t (1 column).");

    when(session.discover(any())).thenThrow(failure("No structure."));
    CheckReport none = check(connectsTo(() -> session), Selection.of(table("t")));
    assertThat(none.failures())
        .extracting(Finding::subject)
        .containsExactly(Subject.ROLE, Subject.TABLE);
  }

  @Test
  void whatWasFoundIsToldThoughALaterLookFails() {
    doThrow(failure("The connection broke.")).when(session).grant(any(), anyList());
    CheckReport report =
        check(
            Selection.of(table("nothing.*"), table("t"), table("closed")),
            readable("t"),
            hidden("closed"));
    assertThat(report.failures())
        .extracting(Finding::seen)
        .satisfiesExactly(
            first -> assertThat(first).contains("names nothing.*"),
            second -> assertThat(second).isEqualTo("The connection broke."));
  }

  @Test
  void grantsTakeNoMoreThanTheSelectionCopies() {
    Table closed =
        Table.named(TableId.of("shop", "closed"))
            .column(column("id", false))
            .column(column("total", false))
            .column(column("card", false))
            .primaryKey("id")
            .readable(false)
            .build();
    assertThat(check(Selection.of(table("closed")), closed).failures().get(0).remedy())
        .endsWith("\nGRANT [] ON closed;");
    assertThat(
            check(Selection.of(table("closed").except("card")), closed).failures().get(0).remedy())
        .endsWith("\nGRANT [id, total] ON closed;");
    assertThat(
            check(Selection.of(table("closed").only("total")), closed).failures().get(0).remedy())
        .endsWith("\nGRANT [id, total] ON closed;");
  }

  @Test
  void anExceptionOfAColumnThatIsNotThereIsAFindingOfColumns() {
    Finding finding =
        check(Selection.of(table("t").except("idd")), readable("t")).failures().get(0);
    assertThat(finding.subject()).isEqualTo(Subject.COLUMNS);
    assertThat(finding.remedy()).contains("id").doesNotContain("GRANT");
  }

  @Test
  void manySkippedTablesAreNamedInFewWordsAndFewStatements() {
    List<Table> tables = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      tables.add(hidden("t" + i));
    }
    tables.add(readable("u"));
    CheckReport report = check(Selection.of(table("*")), tables.toArray(Table[]::new));
    Finding skipped = report.warnings().get(0);
    assertThat(skipped.seen()).contains("and 195 more").hasSizeLessThan(200);
    assertThat(skipped.remedy().lines().filter(line -> line.startsWith("GRANT"))).hasSize(50);
    assertThat(skipped.result()).isEqualTo(Result.WARNING);
  }

  @Test
  void closingEndsACheckThatIsUnderWay() {
    Replicator[] replicator = new Replicator[1];
    doAnswer(
            call -> {
              Thread closer = new Thread(() -> replicator[0].close());
              closer.start();
              // The request reaches the session before close() waits for this check.
              org.mockito.Mockito.verify(session, org.mockito.Mockito.timeout(10_000)).cancel();
              return null;
            })
        .when(session)
        .check(any(), any());
    replicator[0] = Replicator.from(connectsTo(() -> session)).named("check").build();
    assertThatThrownBy(replicator[0]::check).isInstanceOf(CancellationException.class);
    verify(session).close();
    replicator[0].close();
    assertThatThrownBy(replicator[0]::check).isInstanceOf(IllegalStateException.class);
  }
}
