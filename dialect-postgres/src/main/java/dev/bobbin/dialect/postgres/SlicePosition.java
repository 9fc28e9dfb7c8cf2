package dev.bobbin.dialect.postgres;

import dev.bobbin.dialect.jdbc.PositionText;

/**
 * How far a slice of a load has been read, and when.
 *
 * @param point when what has been read of it was read
 * @param slice the slice
 */
record SlicePosition(ReadPoint point, Slice slice) {

  private static final String KIND = "slice";

  /** Reads what {@link #toString} wrote. */
  static SlicePosition parse(String text) {
    PositionText position = PositionText.read(text, KIND);
    ReadPoint point = ReadPoint.read(position);
    Slice slice = position.isNext("key") ? KeySlice.read(position) : BlockSlice.read(position);
    position.end();
    return new SlicePosition(point, slice);
  }

  /** The text that is saved. */
  @Override
  public String toString() {
    StringBuilder text = PositionText.begin(KIND);
    point.write(text);
    slice.write(text);
    return text.toString();
  }
}
