package dev.bobbin.state;

import dev.bobbin.catalog.DataType;
import java.io.Serializable;
import java.util.Objects;

/**
 * The value of the replication key that a scan has reached, as the source's own text.
 *
 * <p>{@link #toString()} shows the value only of numbers and times, since a text key can hold what
 * must not be logged.
 *
 * @param column the replication key
 * @param type its type in Bobbin's terms
 * @param nativeType the source's name of its type; the value is compared as this type
 * @param value the value in the source's own text form, exact; never parsed or compared in Java
 */
public record Bookmark(String column, DataType type, String nativeType, String value)
    implements Serializable {

  /** Checks that nothing is missing. */
  public Bookmark {
    Objects.requireNonNull(column);
    Objects.requireNonNull(type);
    Objects.requireNonNull(nativeType);
    Objects.requireNonNull(value);
  }

  @Override
  public String toString() {
    return column + " = " + (type.isNumberOrTime() ? value : "(a " + nativeType + ", not shown)");
  }
}
