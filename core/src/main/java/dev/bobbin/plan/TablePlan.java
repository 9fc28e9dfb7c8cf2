package dev.bobbin.plan;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.select.ReplicationMethod;
import dev.bobbin.select.TableSelection;
import dev.bobbin.state.Bookmark;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a run will do with one table. Immutable. */
public final class TablePlan {

  /** What the next run does after this one was interrupted in the middle of a load. */
  public enum Interrupted {
    /** It goes on where the load stopped. */
    RESUMES,
    /** It begins the table again under a new load id. */
    RESTARTS
  }

  private final TableSelection selection;
  private final ReplicationMethod method;
  private final Table source;
  private final Table delivered;
  private final List<String> identity;
  private final int readers;
  private final @Nullable String cutBy;
  private final Interrupted interrupted;
  private final @Nullable Bookmark bookmark;
  private final boolean firstLoad;
  private final boolean goesOn;
  private final Map<String, String> leftOut;
  private final List<String> notes;
  private final List<String> warnings;
  private final @Nullable TableDifference difference;
  private final @Nullable BobbinException refusal;

  /** Collects what is known; made by the planner. Not thread-safe. */
  public static final class Builder {
    private final TableSelection selection;
    private final Table source;
    private ReplicationMethod method;
    private Table delivered;
    private List<String> identity = List.of();
    private int readers = 1;
    private @Nullable String cutBy;
    private Interrupted interrupted = Interrupted.RESTARTS;
    private @Nullable Bookmark bookmark;
    private boolean firstLoad = true;
    private boolean goesOn;
    private Map<String, String> leftOut = Map.of();
    private final List<String> notes = new java.util.ArrayList<>();
    private final List<String> warnings = new java.util.ArrayList<>();
    private @Nullable TableDifference difference;
    private @Nullable BobbinException refusal;

    /** Begins the plan of a table. */
    public Builder(TableSelection selection, Table source) {
      this.selection = Objects.requireNonNull(selection);
      this.source = Objects.requireNonNull(source);
      this.delivered = source;
      this.method = selection.method();
    }

    /** The replication method with everything settled that the selection leaves open. */
    public Builder method(ReplicationMethod method) {
      this.method = Objects.requireNonNull(method);
      return this;
    }

    /** How many readers can read the table's load at the same time. */
    public Builder readers(int readers) {
      this.readers = readers;
      return this;
    }

    /** How the readers share the table, such as {@code by ranges of id}. */
    public Builder cutBy(String how) {
      this.cutBy = Objects.requireNonNull(how);
      return this;
    }

    /** The table with just the columns that are copied, and why each of the others is not. */
    public Builder delivers(Table table, Map<String, String> leftOut) {
      this.delivered = table;
      this.leftOut = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(leftOut));
      return this;
    }

    /** The columns that tell a row from all others. */
    public Builder identity(List<String> identity) {
      this.identity = List.copyOf(identity);
      return this;
    }

    /** What becomes of an interrupted load. */
    public Builder interrupted(Interrupted interrupted) {
      this.interrupted = interrupted;
      return this;
    }

    /** Where the table stands: the first load, or the bookmark it goes on from. */
    public Builder standsAt(boolean firstLoad, @Nullable Bookmark bookmark) {
      this.firstLoad = firstLoad;
      this.bookmark = bookmark;
      this.goesOn = firstLoad && bookmark != null;
      return this;
    }

    /** The run goes on with a load that was interrupted. */
    public Builder goesOn() {
      this.firstLoad = true;
      this.goesOn = true;
      return this;
    }

    /** Adds a sentence that is good to know. */
    public Builder note(String sentence) {
      notes.add(sentence);
      return this;
    }

    /** Adds a sentence about what can go wrong. */
    public Builder warning(String sentence) {
      warnings.add(sentence);
      return this;
    }

    /** How the structure differs from the last run. */
    public Builder difference(@Nullable TableDifference difference) {
      this.difference = difference;
      return this;
    }

    /** Why the table cannot be copied. */
    public Builder refused(BobbinException refusal) {
      this.refusal = refusal;
      return this;
    }

    /** The plan. */
    public TablePlan build() {
      return new TablePlan(this);
    }
  }

  private TablePlan(Builder builder) {
    selection = builder.selection;
    method = builder.method;
    readers = builder.readers;
    cutBy = builder.cutBy;
    source = builder.source;
    delivered = builder.delivered;
    identity = builder.identity;
    interrupted = builder.interrupted;
    bookmark = builder.bookmark;
    firstLoad = builder.firstLoad;
    goesOn = builder.goesOn;
    leftOut = builder.leftOut;
    notes = List.copyOf(builder.notes);
    warnings = List.copyOf(builder.warnings);
    difference = builder.difference;
    refusal = builder.refusal;
  }

  /** The table's full name. */
  public TableId table() {
    return source.id();
  }

  /** The line of the selection that holds for it. */
  public TableSelection selection() {
    return selection;
  }

  /** The table as structure sync found it. */
  public Table source() {
    return source;
  }

  /** The table with just the columns that are copied. */
  public Table delivered() {
    return delivered;
  }

  /** The replication method, with everything settled that the selection leaves open. */
  public ReplicationMethod method() {
    return method;
  }

  /** How many readers can read the table's load at the same time, at most. */
  public int readers() {
    return readers;
  }

  /** How several readers share the table; empty where there is one, or the source does not say. */
  public Optional<String> cutBy() {
    return readers == 1 ? Optional.empty() : Optional.ofNullable(cutBy);
  }

  /** The columns that tell a row from all others; empty where nothing does. */
  public List<String> identity() {
    return identity;
  }

  /** What the next run does after a load was interrupted. */
  public Interrupted interrupted() {
    return interrupted;
  }

  /** The bookmark that the run goes on from; empty for a first load and for full tables. */
  public Optional<Bookmark> bookmark() {
    return Optional.ofNullable(bookmark);
  }

  /** Whether the run begins, or goes on with, a load from the table's beginning. */
  public boolean isLoad() {
    return firstLoad;
  }

  /** The columns that are not copied, each with the reason. */
  public Map<String, String> leftOut() {
    return leftOut;
  }

  /** The columns that are delivered as the source's text for want of a type of their own. */
  public List<Column> deliveredAsText() {
    return delivered.columns().stream()
        .filter(c -> c.type() instanceof dev.bobbin.catalog.DataType.Other)
        .toList();
  }

  /** What is good to know, one sentence each. */
  public List<String> notes() {
    return notes;
  }

  /** What can go wrong, one sentence each. */
  public List<String> warnings() {
    return warnings;
  }

  /** How the structure differs from the last run; empty where it does not. */
  public Optional<TableDifference> difference() {
    return Optional.ofNullable(difference);
  }

  /** Why the table cannot be copied; empty where it can. */
  public Optional<BobbinException> refusal() {
    return Optional.ofNullable(refusal);
  }

  /** Some lines for people. */
  public String describe() {
    StringBuilder text = new StringBuilder(table().toString()).append(": ").append(method());
    if (refusal != null) {
      return text.append("\n    REFUSED: ").append(refusal.getMessage()).append('\n').toString();
    }
    text.append(
        !isLoad()
            ? ", continues"
            : goesOn ? ", goes on with its load" : ", load from the beginning");
    source
        .estimatedRows()
        .ifPresent(n -> text.append(String.format(Locale.ROOT, ", about %,d rows", n)));
    text.append('\n');
    if (method() instanceof ReplicationMethod.Incremental incremental) {
      line(text, "bookmark: " + (bookmark == null ? "none yet" : bookmark));
      line(
          text,
          "key "
              + incremental.key()
              + (source.isIndexed(incremental.key()) ? ": indexed" : ": NOT indexed")
              + "; overlap: "
              + incremental.overlap());
    }
    line(text, identity.isEmpty() ? "identity: none" : "identity: " + String.join(", ", identity));
    line(
        text,
        interrupted == Interrupted.RESUMES
            ? "if interrupted: resumable, goes on at the last checkpoint"
            : "if interrupted: restarts under a new load id");
    if (isLoad()) {
      line(
          text,
          readers == 1
              ? "readers: one"
              : "readers: up to " + readers + cutBy().map(how -> ", " + how).orElse(""));
    }
    line(
        text,
        "columns: "
            + delivered.columns().size()
            + " of "
            + Math.max(delivered.columns().size(), source.structure().columns().size()));
    leftOut.forEach((column, why) -> line(text, "left out: " + column + " (" + why + ")"));
    deliveredAsText()
        .forEach(c -> line(text, "delivered as text: " + c.name() + " (" + c.nativeType() + ")"));
    if (difference != null) {
      line(text, "changed since the last run: " + difference.describe());
    }
    notes.forEach(note -> line(text, "note: " + note));
    warnings.forEach(warning -> line(text, "WARNING: " + warning));
    return text.toString();
  }

  private static void line(StringBuilder text, String line) {
    text.append("    ").append(line).append('\n');
  }

  @Override
  public String toString() {
    return table() + ", " + method();
  }
}
