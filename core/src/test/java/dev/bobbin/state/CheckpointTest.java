package dev.bobbin.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.StateException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

  private static final TableId ORDERS = TableId.of("shop", "public", "orders");

  static Stream<Checkpoint> checkpoints() {
    return Stream.concat(
        Stream.of(
            new Checkpoint(ORDERS, 1, "main", null, List.of(), false),
            new Checkpoint(ORDERS, Long.MAX_VALUE, "", null, List.of(), true),
            new Checkpoint(
                TableId.of("a.b", "\"; drop table x", "\u8868 \ud83e\uddf5"),
                7,
                "scan \"1\"",
                new Bookmark(
                    "updated \"at\"", new DataType.Timestamp(), "timestamp(6)", "2026-01-01"),
                List.of("AAAA", "AAAA", "BBBB"),
                false)),
        Stream.of(
                "",
                "a",
                "a\"b",
                "\\u0000",
                "nul \0 nul",
                "line\r\n\t\u2028\ufeff",
                "\u00e9 e\u0301 \u8868 \ud83e\uddf5",
                "half a pair \ud83e",
                "null",
                "}",
                "x".repeat(100_000))
            .map(
                text ->
                    new Checkpoint(
                        ORDERS,
                        2,
                        "main",
                        new Bookmark(text, new DataType.Text(), text, text),
                        List.of(text),
                        true)));
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void readsWhatItWrote(Checkpoint checkpoint) {
    String json = checkpoint.toJson();
    assertThat(Checkpoint.fromJson(json)).isEqualTo(checkpoint).hasSameHashCodeAs(checkpoint);
    assertThat(Checkpoint.fromJson(json).toJson()).isEqualTo(json);
  }

  /** So that it survives databases and files of any encoding. */
  @ParameterizedTest
  @MethodSource("checkpoints")
  void isOneLineOfPrintableAscii(Checkpoint checkpoint) {
    assertThat(checkpoint.toJson()).matches("[\\x20-\\x7e]+");
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void survivesJavaSerialization(Checkpoint checkpoint) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(checkpoint);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(checkpoint);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bool",
        "int(32)",
        "uint(64)",
        "decimal",
        "decimal(10,-2)",
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
        "array(array(int(8)))",
        "document",
        "other(odd (type))"
      })
  void keepsTheTypeOfTheKey(String type) {
    Checkpoint checkpoint =
        new Checkpoint(
            ORDERS,
            1,
            "main",
            new Bookmark("k", DataType.parse(type), "native", "v"),
            List.of(),
            false);
    assertThat(Checkpoint.fromJson(checkpoint.toJson())).isEqualTo(checkpoint);
  }

  @Test
  void refusesANewerFormatWhateverElseItHolds() {
    assertThatThrownBy(
            () ->
                Checkpoint.fromJson(
                    "{\"format\":2,\"table\":{\"canary\":[1,{}]},\"seen\":[[1],{\"a\":[]}]}"))
        .isInstanceOf(StateException.class)
        .hasMessageContainingAll("format 2", "newer")
        .hasMessageNotContaining("canary");
  }

  @Test
  void ignoresFieldsThatItDoesNotKnow() {
    Checkpoint checkpoint = new Checkpoint(ORDERS, 1, "main", null, List.of("AAAA"), false);
    String json =
        checkpoint.toJson().replaceFirst(",", ",\"more\":{\"seen\":[\"x\"]},\"and\":[[1],{}],");
    assertThat(Checkpoint.fromJson(json)).isEqualTo(checkpoint);
  }

  @Test
  void refusesEveryTruncationWithoutEchoingIt() {
    String json =
        new Checkpoint(
                ORDERS,
                1,
                "main",
                new Bookmark("email", new DataType.Text(), "text", "canary"),
                List.of("canary"),
                false)
            .toJson();
    for (int length = 0; length < json.length(); length++) {
      assertRefused(json.substring(0, length));
    }
    assertRefused(json + "x");
    assertRefused(json + json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "canary",
        "null",
        "[]",
        "\"canary\"",
        "{}",
        "{\"format\":\"canary\"}",
        "{\"format\":0,\"table\":\"t\",\"load\":1,\"scan\":\"s\",\"finished\":true,\"seen\":[]}",
        "{\"format\":1,\"table\":\"\",\"load\":1,\"scan\":\"s\",\"finished\":true,\"seen\":[]}",
        "{\"format\":1,\"table\":\"a\\\"canary\",\"load\":1,\"scan\":\"s\",\"finished\":true,"
            + "\"seen\":[]}",
        "{\"format\":1,\"table\":\"t\",\"load\":\"canary\",\"scan\":\"s\",\"finished\":true,"
            + "\"seen\":[]}",
        "{\"format\":1,\"table\":\"t\",\"load\":1,\"scan\":\"s\",\"finished\":\"canary\","
            + "\"seen\":[]}",
        "{\"format\":1,\"table\":\"t\",\"load\":1,\"scan\":\"s\",\"finished\":true}",
        "{\"format\":1,\"table\":\"t\",\"load\":1,\"scan\":\"s\",\"finished\":true,"
            + "\"seen\":[\"a\",1,\"canary\"]}",
        "{\"format\":1,\"table\":\"t\",\"load\":1,\"scan\":null,\"finished\":true,\"seen\":[]}",
        "{\"format\":1,\"table\":\"t\",\"load\":1,\"scan\":\"s\",\"finished\":true,\"seen\":[],"
            + "\"value\":\"canary\"}",
        "{\"format\":1,\"table\":\"t\",\"load\":1,\"scan\":\"s\",\"finished\":true,\"seen\":[],"
            + "\"column\":\"c\",\"type\":\"text\",\"nativeType\":\"text\"}",
        "{\"format\":1,\"table\":\"t\",\"load\":1,\"scan\":\"s\",\"finished\":true,\"seen\":[],"
            + "\"column\":\"c\",\"type\":\"int(canary\",\"nativeType\":\"n\",\"value\":\"canary\"}"
      })
  void refusesDamageWithoutEchoingIt(String json) {
    assertRefused(json);
  }

  private static void assertRefused(String json) {
    assertThatThrownBy(() -> Checkpoint.fromJson(json))
        .as("%s", json.replace("canary", "***"))
        .isInstanceOf(StateException.class)
        .satisfies(
            e -> {
              StringWriter trace = new StringWriter();
              e.printStackTrace(new PrintWriter(trace));
              assertThat(trace.toString()).doesNotContain("canary");
            });
  }

  @Test
  void showsKeysOfNumbersAndTimesAlone() {
    Bookmark text = new Bookmark("email", new DataType.Text(), "text", "canary");
    Bookmark number = new Bookmark("id", new DataType.Int(64, true), "int8", "42");
    assertThat(new Checkpoint(ORDERS, 3, "main", text, List.of("canary"), true).toString())
        .contains("orders", "load 3", "email", "finished")
        .doesNotContain("canary");
    assertThat(new Checkpoint(ORDERS, 3, "main", number, List.of(), false).toString())
        .contains("id = 42")
        .doesNotContain("finished");
    assertThat(new StateDocument("orders", "canary", false).toString()).doesNotContain("canary");
  }
}
