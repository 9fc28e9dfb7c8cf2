package dev.bobbin.dialect.jdbc.load;

import dev.bobbin.dialect.jdbc.CursorPlan;
import java.util.Objects;

/**
 * The statement of a scan, and what is made of its rows.
 *
 * @param sql the statement
 * @param plan what is made of the rows
 */
public record ScanQuery(SqlText sql, CursorPlan plan) {

  /** Checks that nothing is missing. */
  public ScanQuery {
    Objects.requireNonNull(sql);
    Objects.requireNonNull(plan);
  }
}
