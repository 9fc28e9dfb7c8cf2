package dev.bobbin.record;

/** What becomes of a value that the column's Java type cannot hold. */
public enum UnrepresentableValues {
  /**
   * It is NULL with the source's own text beside it ({@link ColumnVector#original}), counted per
   * column in the report and announced once per column and run. The default.
   */
  NULL_WITH_ORIGINAL,
  /** The table fails. */
  FAIL
}
