package dev.bobbin.testkit;

import dev.bobbin.catalog.TableId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A moment in the life of an {@link InMemorySource} at which a test lets something happen.
 *
 * @param place where
 * @param table the table; null for any, and where the place has none
 * @param scan the name of the scan; null for any, and where the place has none
 * @param number which batch or row of one reader, from 1; 0 where the place has no number
 */
public record Moment(Place place, @Nullable TableId table, @Nullable String scan, long number) {

  /** Where something can happen. */
  public enum Place {
    /** When a session is asked for. */
    CONNECT,
    /** At structure sync. */
    DISCOVER,
    /** When the share of NULL keys is asked for. */
    ESTIMATE,
    /** When a load begins that is cut into scans, before its snapshot is taken. */
    LOAD,
    /** When a scan begins, before its snapshot is taken; one of a load has the load's. */
    OPEN,
    /** Before a reader makes its n-th batch. */
    BATCH,
    /** When a reader has read its n-th row; a batch in the making is then lost. */
    ROW,
    /** When a reader is about to say that there are no more rows. */
    END
  }

  /** Checks that nothing is missing. */
  public Moment {
    Objects.requireNonNull(place);
  }

  /** When a session is asked for. */
  public static Moment connect() {
    return new Moment(Place.CONNECT, null, null, 0);
  }

  /** At structure sync. */
  public static Moment discover() {
    return new Moment(Place.DISCOVER, null, null, 0);
  }

  /** When the share of NULL keys is asked for. */
  public static Moment estimate() {
    return new Moment(Place.ESTIMATE, null, null, 0);
  }

  /** When a load of the table begins that is cut into scans, before its snapshot is taken. */
  public static Moment beginLoad(TableId table) {
    return new Moment(Place.LOAD, table, null, 0);
  }

  /** When a scan of the table begins, before its snapshot is taken. */
  public static Moment open(TableId table) {
    return new Moment(Place.OPEN, table, null, 0);
  }

  /** Before a reader of the table makes its n-th batch, from 1. */
  public static Moment beforeBatch(TableId table, int n) {
    return new Moment(Place.BATCH, table, null, n);
  }

  /** When a reader of the table has read its n-th row, from 1. */
  public static Moment afterRow(TableId table, long n) {
    return new Moment(Place.ROW, table, null, n);
  }

  /** When a reader of the table is about to say that there are no more rows. */
  public static Moment end(TableId table) {
    return new Moment(Place.END, table, null, 0);
  }

  /** The same moment of one scan alone, such as {@code slice-2}. */
  public Moment of(String scan) {
    return new Moment(place, table, Objects.requireNonNull(scan), number);
  }
}
