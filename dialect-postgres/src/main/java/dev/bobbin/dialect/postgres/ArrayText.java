package dev.bobbin.dialect.postgres;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.record.BatchBuilder;
import dev.bobbin.record.ColumnBuilder;
import dev.bobbin.record.ColumnVector;
import java.util.List;

/** Writes one array as {@code array_out} does, bounds included (arrayfuncs.c). */
final class ArrayText {

  private final BatchBuilder elements;
  private int next;

  ArrayText(DataType element, String nativeType) {
    elements =
        new BatchBuilder(
            TableId.of("array"),
            List.of(Column.of("element", element, nativeType)),
            CopyReader.TICKS_PER_SECOND,
            Long.MAX_VALUE,
            Integer.MAX_VALUE);
  }

  /** Takes the elements. */
  ColumnBuilder builder() {
    return elements.column(0);
  }

  /** The text of the array of the elements taken. */
  String of(int[] sizes, int[] lowers, int count) {
    for (int i = 0; i < count; i++) {
      elements.endRow(0);
    }
    ColumnVector values = elements.finish().column(0);
    StringBuilder text = new StringBuilder();
    boolean plain = true;
    for (int lower : lowers) {
      plain &= lower == 1;
    }
    if (!plain) {
      for (int i = 0; i < sizes.length; i++) {
        text.append('[').append(lowers[i]).append(':').append((long) lowers[i] + sizes[i] - 1);
        text.append(']');
      }
      text.append('=');
    }
    append(text, values, sizes, 0);
    return text.toString();
  }

  private void append(StringBuilder text, ColumnVector values, int[] sizes, int depth) {
    text.append('{');
    for (int i = 0; i < sizes[depth]; i++) {
      if (i > 0) {
        text.append(',');
      }
      if (depth < sizes.length - 1) {
        append(text, values, sizes, depth + 1);
      } else {
        text.append(element(values, next++));
      }
    }
    text.append('}');
  }

  private static String element(ColumnVector values, int row) {
    if (values.isNull(row) && values.original(row).isEmpty()) {
      return "NULL";
    }
    String value = PostgresText.of(values, row);
    boolean plain = !value.isEmpty() && !value.equalsIgnoreCase("NULL");
    for (int i = 0; i < value.length() && plain; i++) {
      plain = "\"\\{},".indexOf(value.charAt(i)) < 0 && !isSpace(value.charAt(i));
    }
    return plain ? value : '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }
}
