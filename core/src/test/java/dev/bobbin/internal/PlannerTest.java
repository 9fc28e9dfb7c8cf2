package dev.bobbin.internal;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Column.Generation;
import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.StateException;
import dev.bobbin.plan.Plan;
import dev.bobbin.plan.TablePlan;
import dev.bobbin.plan.TableScan;
import dev.bobbin.select.Selection;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.TableAbilities;
import dev.bobbin.state.Bookmark;
import dev.bobbin.state.Checkpoint;
import dev.bobbin.state.MemoryStateStore;
import dev.bobbin.state.StateLease;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class PlannerTest {

  private static final DataType INT = new DataType.Int(64, true);
  private static final DataType TEXT = new DataType.Text();
  private static final DataType INSTANT = new DataType.Instant();

  private static final Table ORDERS =
      Table.named(TableId.of("shop", "public", "orders"))
          .column(Column.of("id", INT, "bigint").notNull())
          .column(Column.of("updated_at", INSTANT, "timestamp with time zone"))
          .column(Column.of("card_number", TEXT, "text"))
          .column(
              new Column(
                  "secret", TEXT, "text", true, false, Generation.NONE, KeySupport.EXACT, ""))
          .column(
              new Column(
                  "doc",
                  new DataType.Json(),
                  "json",
                  true,
                  true,
                  Generation.NONE,
                  KeySupport.UNORDERED,
                  ""))
          .column(Column.of("path", new DataType.Other("ltree"), "ltree"))
          .primaryKey("id")
          .estimatedRows(1000)
          .build();
  private static final Table CUSTOMERS =
      Table.named(TableId.of("shop", "public", "customers"))
          .column(Column.of("id", INT, "bigint").notNull())
          .primaryKey("id")
          .rowSecurity(true)
          .children(2)
          .build();
  private static final Table CHILD =
      Table.named(TableId.of("shop", "public", "customers_2024"))
          .column(Column.of("id", INT, "bigint").notNull())
          .parent(CUSTOMERS.id())
          .build();
  private static final Table HIDDEN =
      Table.named(TableId.of("shop", "public", "hidden"))
          .column(
              new Column("id", INT, "bigint", true, false, Generation.NONE, KeySupport.EXACT, ""))
          .readable(false)
          .build();
  private static final Catalog CATALOG =
      new Catalog(
          "PostgreSQL 18.0",
          List.of("shop", "public"),
          List.of("shop"),
          List.of(ORDERS, CUSTOMERS, CHILD, HIDDEN),
          List.of());

  private static final TableAbilities CUTS = new TableAbilities(null, null, null, true);

  private final MemoryStateStore store = new MemoryStateStore();
  private TableAbilities abilities = TableAbilities.PLAIN;

  private ReplicatorState state() {
    try (StateLease lease = store.lease("shop")) {
      return ReplicatorState.of("shop", "Shop", store.read("shop"), lease);
    }
  }

  private Plan plan(Selection selection) {
    return plan(selection, false);
  }

  private Plan plan(Selection selection, boolean resetUnfitting) {
    SourceSession session = mock(SourceSession.class);
    when(session.estimateNullKeys(any())).thenReturn(List.of(OptionalDouble.of(0.25)));
    when(session.abilities(any())).thenReturn(abilities);
    return new Planner(state(), resetUnfitting, 2).plan(CATALOG, selection, session);
  }

  private TablePlan planOf(dev.bobbin.select.TableSelection line) {
    return plan(Selection.of(line)).tables().get(0);
  }

  private void refused(Selection selection, String... words) {
    assertThatThrownBy(() -> plan(selection))
        .isInstanceOf(ConfigurationException.class)
        .message()
        .contains(words);
  }

  @Test
  void namesTheNearestTablesWhenANameMatchesNothing() {
    refused(
        Selection.of(table("public.ordres")),
        "names public.ordres, which matches no table",
        "nothing was read",
        "public.orders, public.hidden");
    refused(Selection.of(table("sales.*")), "sales.*");
    refused(Selection.of(table("orders")).exclude("ordesr"), "exclude(…) names ordesr");
  }

  @Test
  void namesTheNearestColumnsWhenOneDoesNotExist() {
    refused(
        Selection.of(table("orders").incrementalBy("update_at")),
        "names the column update_at, which table shop.public.orders does not have",
        "updated_at");
    refused(Selection.of(table("orders").except("cardnumber")), "card_number");
    refused(Selection.of(table("orders").only("id", "x")), "the column x");
    refused(Selection.of(table("orders").identifiedBy("ident")), "the column ident");
  }

  @Test
  void refusesAPartitionAndNamesItsParent() {
    refused(
        Selection.of(table("customers_2024")),
        "partition or inheritance child of shop.public.customers",
        "Select shop.public.customers instead");
  }

  @Test
  void selectsByPatternWithoutChildrenAndWhatCannotBeRead() {
    Plan plan = plan(Selection.of(table("public.*")));
    assertThat(plan.tables())
        .extracting(TablePlan::table)
        .containsExactly(CUSTOMERS.id(), ORDERS.id());
    assertThat(plan.notes()).anyMatch(n -> n.contains("Skipped shop.public.hidden"));
    assertThat(plan.describe()).contains("Row-level security can hide rows", "2 partitions");
  }

  @Test
  void letsTheExactNameWinAndRefusesTwoPatterns() {
    Plan plan = plan(Selection.of(table("*"), table("orders").incrementalBy("id")));
    assertThat(plan.table(ORDERS.id()).orElseThrow().method()).hasToString("incremental by id");
    assertThat(plan.table(CUSTOMERS.id()).orElseThrow().method()).hasToString("full table");
    refused(Selection.of(table("*"), table("ord*")), "matched by * and by ord*");
    refused(Selection.of(table("orders"), table("public.orders")), "neither is more exact");
    refused(Selection.of(table("orders")).exclude("ord*"), "both selected by name and excluded");
    assertThat(plan(Selection.of(table("*")).exclude("ord*")).tables()).hasSize(1);
  }

  @Test
  void tellsOfEveryTableWhatWillHappen() {
    String text =
        planOf(table("orders").incrementalBy("updated_at").except("card_number")).describe();
    assertThat(text)
        .contains("incremental by updated_at", "about 1,000 rows", "bookmark: none yet")
        .contains("key updated_at: NOT indexed", "overlap: none", "No overlap: a transaction")
        .contains("identity: id", "resumable", "columns: 4 of 6")
        .contains("left out: card_number (excluded)", "left out: secret (no SELECT privilege)")
        .contains("delivered as text: path (ltree)")
        .contains("about 250 rows with a NULL key are delivered by every run");
  }

  @Test
  void saysHowManyReadersThereAreAndWhatAnInterruptionCosts() {
    assertThat(planOf(table("orders")).describe())
        .contains("if interrupted: restarts under a new load id", "readers: one")
        .contains("One reader, because this source reads a table in one piece.")
        .contains("An interrupted load begins again, because this source reads a table in one");
    abilities = CUTS;
    assertThat(planOf(table("orders")).describe())
        .contains("if interrupted: resumable", "readers: up to 2\n")
        .doesNotContain("One reader", "begins again");
    String how = "by ranges of id, each in a snapshot of its own";
    abilities = new TableAbilities(null, null, how, false);
    assertThat(planOf(table("orders")).describe()).contains("readers: up to 2, " + how + "\n");
    assertThat(planOf(table("orders")).cutBy()).contains(how);
    abilities = new TableAbilities("it is a view", null, how, false);
    assertThat(planOf(table("orders")).cutBy()).isEmpty();
    assertThat(planOf(table("orders")).describe()).contains("readers: one\n");
    abilities = CUTS;
    assertThat(planOf(table("orders").except("id")).describe())
        .contains("restarts under a new load id", "nothing tells a row from all others")
        .contains("resumeWithoutIdentity()");
    assertThat(planOf(table("orders").except("id").resumeWithoutIdentity()).describe())
        .contains("if interrupted: resumable");
    abilities = new TableAbilities("it is a view", "it is a view", null, false);
    assertThat(planOf(table("orders").incrementalBy("id")).describe())
        .contains("if interrupted: resumable", "One reader, because it is a view.");
  }

  @Test
  void settlesTheUsualOverlapWhereTheSourceCanTellLateRows() {
    abilities = CUTS;
    assertThat(planOf(table("orders").incrementalBy("updated_at")).describe())
        .contains("overlap: 1h")
        .doesNotContain("No overlap");
    assertThat(planOf(table("orders").incrementalBy("id")).describe()).contains("overlap: 10,000");
    assertThat(planOf(table("orders").incrementalBy("id").overlap(7)).describe())
        .contains("overlap: 7");
    assertThat(planOf(table("orders").incrementalBy("id").noOverlap()).describe())
        .contains("overlap: none", "No overlap");
    abilities = TableAbilities.PLAIN;
    assertThat(planOf(table("orders").incrementalBy("id")).describe())
        .contains("overlap: none", "No overlap");
  }

  @Test
  void alwaysCopiesKeyAndIdentity() {
    TablePlan plan = planOf(table("orders").incrementalBy("updated_at").only("card_number"));
    assertThat(plan.delivered().columns())
        .extracting(Column::name)
        .containsExactly("id", "updated_at", "card_number");
    assertThat(plan.identity()).containsExactly("id");
  }

  @Test
  void warnsWhereNothingIdentifiesARow() {
    assertThat(planOf(table("orders").except("id")).describe())
        .contains("identity: none", "identifiedBy(…)");
    assertThat(planOf(table("orders").except("id").identifiedBy("path")).identity())
        .containsExactly("path");
  }

  @Test
  void refusesTheTableWhoseKeyCannotServe() {
    assertThat(planOf(table("orders").incrementalBy("doc")).refusal().orElseThrow())
        .hasMessageContaining("json, which has no order");
    assertThat(planOf(table("orders").incrementalBy("secret")).refusal().orElseThrow())
        .hasMessageContaining("may not read the replication key secret");
    assertThat(
            planOf(table("orders").incrementalBy("updated_at").except("updated_at"))
                .refusal()
                .orElseThrow())
        .hasMessageContaining("is left out");
    assertThat(
            planOf(table("orders").incrementalBy("id").overlap(Duration.ofHours(1)))
                .refusal()
                .orElseThrow())
        .hasMessageContaining("use overlap(Duration) for times".replace("use", "Use"));
    assertThat(planOf(table("orders").incrementalBy("updated_at").overlap(5)).refusal())
        .isPresent();
    assertThat(planOf(table("hidden")).refusal().orElseThrow())
        .hasMessageContaining("Grant it SELECT");
  }

  private void saved(String method, DataType keyType, String column) {
    try (StateLease lease = store.lease("shop")) {
      ReplicatorState state = ReplicatorState.of("shop", "Shop", store.read("shop"), lease);
      Checkpoint checkpoint =
          new Checkpoint(
              ORDERS.id(),
              3,
              TableScan.KEY,
              new Bookmark(column, keyType, keyType.toString(), "7"),
              List.of(),
              true);
      state.save(
          new TableState(
              ORDERS.id(),
              3,
              true,
              false,
              method,
              Map.of(),
              method.equals(TableState.INCREMENTAL)
                  ? Map.of(TableScan.KEY, checkpoint)
                  : Map.of()));
    }
  }

  @Test
  void refusesACheckpointOfAnotherMethodKeyOrKeyTypeAndNamesReset() {
    saved(TableState.INCREMENTAL, new DataType.Uuid(), "id");
    assertThat(planOf(table("orders").incrementalBy("id")).refusal().orElseThrow())
        .isInstanceOf(StateException.class)
        .hasMessageContaining("was made for incremental by id (uuid)")
        .hasMessageContaining("replicator.reset(\"shop.public.orders\")");
    saved(TableState.INCREMENTAL, INT, "other");
    assertThat(planOf(table("orders").incrementalBy("id")).refusal()).isPresent();
    assertThat(planOf(table("orders")).refusal()).isPresent();
    saved(TableState.FULL, INT, "id");
    assertThat(planOf(table("orders").incrementalBy("id")).refusal()).isPresent();
    assertThat(planOf(table("orders")).refusal()).isEmpty();
  }

  @Test
  void acceptsAWidenedKeyAndShowsTheBookmark() {
    saved(TableState.INCREMENTAL, new DataType.Int(32, true), "id");
    TablePlan plan = planOf(table("orders").incrementalBy("id"));
    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.isLoad()).isFalse();
    assertThat(plan.describe()).contains("continues", "bookmark: id = 7");
  }

  @Test
  void neverShowsATextBookmark() {
    saved(TableState.INCREMENTAL, TEXT, "card_number");
    String text = planOf(table("orders").incrementalBy("card_number")).describe();
    assertThat(text).contains("bookmark: card_number = (a text, not shown)", "is text");
  }

  @Test
  void resetsByItselfOnlyWhenAskedTo() {
    saved(TableState.INCREMENTAL, new DataType.Uuid(), "id");
    TablePlan plan = plan(Selection.of(table("orders").incrementalBy("id")), true).tables().get(0);
    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.isLoad()).isTrue();
    assertThat(plan.bookmark()).isEmpty();
    assertThat(plan.describe()).contains("A new load begins");
  }

  @Test
  void makesAnIdOfANameByTheDocumentedRule() {
    assertThat(ReplicatorName.idOf("Stitch RDS")).isEqualTo("stitch_rds");
    assertThat(ReplicatorName.idOf("  Größe -- 9!")).isEqualTo("gr_e_9");
    assertThatThrownBy(() -> ReplicatorName.idOf("💾")).isInstanceOf(ConfigurationException.class);
  }

  @Test
  void refusesAnotherNameOverTheSameState() {
    ReplicatorState unused = state();
    assertThatThrownBy(() -> ReplicatorState.of("shop", "SHOP", store.read("shop"), null))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("belongs to the replicator named \"Shop\"");
    assertThat(unused.known()).isEmpty();
  }
}
