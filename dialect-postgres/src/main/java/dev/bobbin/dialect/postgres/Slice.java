package dev.bobbin.dialect.postgres;

import java.util.List;

/** A part of a table that one scan of a load reads, and how far it has been read. */
sealed interface Slice permits BlockSlice, KeySlice {

  /**
   * The statements that read it.
   *
   * @param reads what makes statements and positions
   * @param again whether what has been read before is to be looked through for rows that the
   *     snapshot of that time may not have shown
   */
  List<CopyPass> passes(SliceReads reads, boolean again);

  /** The same, read to its end. */
  Slice done();

  /** The leaves that its rows are in, each with its file. */
  List<BlockRange> files();

  /** Adds its values to a position. */
  void write(StringBuilder text);
}
