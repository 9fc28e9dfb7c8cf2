package dev.bobbin.dialect.mysql;

import java.util.List;
import java.util.Objects;

/**
 * A statement and the values of its parameters: values from outside are never part of the text.
 *
 * @param text with a {@code ?} for each parameter
 * @param parameters each a {@link String}, {@link Long}, {@link Double}, {@link
 *     java.math.BigDecimal} or {@code byte[]}
 */
record SqlText(String text, List<Object> parameters) {

  SqlText {
    Objects.requireNonNull(text);
    parameters = List.copyOf(parameters);
  }
}
