package dev.bobbin.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataTypeTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bool",
        "int(16)",
        "uint(64)",
        "decimal",
        "decimal(12,2)",
        "decimal(5,-3)",
        "float(32)",
        "text",
        "bytes",
        "date",
        "time",
        "offset_time",
        "timestamp",
        "instant",
        "offset_timestamp",
        "interval",
        "uuid",
        "json",
        "array(array(decimal(3,1)))",
        "document",
        "other(bit varying(3))",
        "array(other(public.\"my type\"))"
      })
  void readsBackItsOwnText(String text) {
    assertThat(DataType.parse(text)).hasToString(text);
  }
}
