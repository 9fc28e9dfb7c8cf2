package dev.bobbin.dialect.postgres;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a row lies.
 *
 * @param leaf the oid of the leaf
 * @param block the block
 * @param offset the number of the row's pointer in the block
 */
record RowPlace(long leaf, long block, int offset) {

  /** The form of its text. */
  static final Pattern FORM = Pattern.compile("(\\d{1,10})\\.(\\d{1,10})\\.(\\d{1,5})");

  /** Of a text that matched {@link #FORM}. */
  static RowPlace of(Matcher text) {
    return new RowPlace(
        Long.parseLong(text.group(1)),
        Long.parseLong(text.group(2)),
        Integer.parseInt(text.group(3)));
  }

  /** The place within its leaf as a constant. */
  String literal() {
    return "'(" + block + ',' + offset + ")'::tid";
  }

  @Override
  public String toString() {
    return leaf + "." + block + '.' + offset;
  }
}
