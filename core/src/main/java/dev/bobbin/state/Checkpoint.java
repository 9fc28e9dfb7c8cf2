package dev.bobbin.state;

import dev.bobbin.catalog.TableId;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What must be remembered about one scan of one load of one table once its rows are durable, so
 * that the next run goes on from there.
 *
 * <p>A sink that commits it together with the rows keeps {@link #toJson()} and gives {@link
 * #fromJson} of it back from {@code progress}. Immutable.
 */
public final class Checkpoint implements Serializable {

  private static final long serialVersionUID = 1L;

  private final TableId table;
  private final long loadId;
  private final String scan;
  private final @Nullable Bookmark bookmark;
  private final List<String> seen;
  private final boolean finished;

  /**
   * A checkpoint.
   *
   * @param table the table
   * @param loadId the load that it belongs to
   * @param scan the scan within the load
   * @param bookmark how far the scan has come; null where nothing was read or the scan has no key
   * @param seen digests of the rows at (or, with an overlap, just below) the bookmark as last read,
   *     each as often as rows have it; base64 without padding
   * @param finished whether the scan reached its end in this load at least once
   */
  public Checkpoint(
      TableId table,
      long loadId,
      String scan,
      @Nullable Bookmark bookmark,
      List<String> seen,
      boolean finished) {
    this.table = Objects.requireNonNull(table);
    this.loadId = loadId;
    this.scan = Objects.requireNonNull(scan);
    this.bookmark = bookmark;
    this.seen = List.copyOf(seen);
    this.finished = finished;
  }

  /** The table. */
  public TableId table() {
    return table;
  }

  /** The load that it belongs to; greater for a later load. */
  public long loadId() {
    return loadId;
  }

  /** The scan within the load. */
  public String scan() {
    return scan;
  }

  /** How far the scan has come; empty where nothing was read or the scan has no key. */
  public Optional<Bookmark> bookmark() {
    return Optional.ofNullable(bookmark);
  }

  /**
   * Digests (HMAC) of the rows at the bookmark as last read, so that the next run does not deliver
   * again what has not changed.
   */
  public List<String> seen() {
    return seen;
  }

  /** Whether the scan reached its end in this load at least once. */
  public boolean finished() {
    return finished;
  }

  /** The same, for a scan that has reached its end. */
  public Checkpoint asFinished() {
    return new Checkpoint(table, loadId, scan, bookmark, seen, true);
  }

  /** This checkpoint as one line of JSON in ASCII, which {@link #fromJson} reads. */
  public String toJson() {
    return CheckpointJson.write(this);
  }

  /**
   * Reads what {@link #toJson()} wrote.
   *
   * @throws dev.bobbin.error.StateException if the text is damaged or of a newer format; it does
   *     not hold the text
   */
  public static Checkpoint fromJson(String json) {
    return CheckpointJson.read(json);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Checkpoint that
        && table.equals(that.table)
        && loadId == that.loadId
        && scan.equals(that.scan)
        && Objects.equals(bookmark, that.bookmark)
        && seen.equals(that.seen)
        && finished == that.finished;
  }

  @Override
  public int hashCode() {
    return Objects.hash(table, loadId, scan, bookmark);
  }

  /** Table, load, scan and bookmark; a text bookmark is not shown. */
  @Override
  public String toString() {
    return table
        + " load "
        + loadId
        + " scan "
        + scan
        + (bookmark == null ? "" : " at " + bookmark)
        + (finished ? " finished" : "");
  }
}
