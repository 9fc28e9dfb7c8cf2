package dev.bobbin.dialect.postgres;

import dev.bobbin.plan.TableScan;

/** The COPY statement of a scan. */
final class CopyQuery {

  private CopyQuery() {}

  static CopyQuery of(TableScan scan) {
    throw new UnsupportedOperationException("on its way");
  }

  /** The statement. */
  String sql() {
    throw new UnsupportedOperationException("on its way");
  }

  /**
   * What the statement needs to be set in its transaction, as SET LOCAL commands; the reader
   * executes it: search_path (pg_catalog and the schema of the key's type), DateStyle,
   * IntervalStyle, TimeZone, extra_float_digits, bytea_output, xmlbinary.
   */
  String settings() {
    throw new UnsupportedOperationException("on its way");
  }
}
