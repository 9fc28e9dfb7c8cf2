package dev.bobbin.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What stands in the JSON Lines file of a table; read with no help of the library. */
final class CopiedTable {

  private static final JsonFactory JSON = new JsonFactory();

  /**
   * A column that is compared.
   *
   * @param name its name in the file
   * @param sql an expression for the database that gives the same text
   * @param isInstant whether the file has it in ISO 8601 and the database gives microseconds
   */
  record Field(String name, String sql, boolean isInstant) {

    /** A column whose text is the same in both. */
    static Field of(String name) {
      return new Field(name, name, false);
    }

    /** A timestamptz column. */
    static Field instant(String name) {
      return new Field(name, "(extract(epoch FROM " + name + ") * 1000000)::bigint", true);
    }

    private String textOf(String fromJson) {
      return isInstant && !fromJson.isEmpty()
          ? Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(fromJson)))
          : fromJson;
    }
  }

  private final Path folder;

  /**
   * A table.
   *
   * @param folder the table's folder
   */
  CopiedTable(Path folder) {
    this.folder = folder;
  }

  /** The files of all loads, the newest last. */
  List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".jsonl"))
          .sorted((a, b) -> Long.compare(loadOf(a), loadOf(b)))
          .toList();
    }
  }

  private static long loadOf(Path file) {
    return Long.parseLong(file.getFileName().toString().replaceAll("\\D", ""));
  }

  /** The file of the newest load. */
  Path newest() throws IOException {
    List<Path> files = files();
    return files.get(files.size() - 1);
  }

  /** How many lines the newest file has: one for each row that was delivered. */
  long lines() throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(newest())) {
      return reader.lines().count();
    }
  }

  /** The first lines of the newest file. */
  List<String> head(int lines) throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(newest())) {
      return reader.lines().limit(lines).toList();
    }
  }

  /**
   * The sum over the rows as they stand now: of an identity that came several times, the last line
   * is the valid one. It equals {@link Shop#sum} where the copy is true.
   *
   * @param fields the columns; the first is the identity, a whole number
   */
  TableSum sum(List<Field> fields) throws IOException {
    Map<Long, Long> digests = new HashMap<>();
    MessageDigest md5 = md5();
    forEachRow(
        row -> {
          StringJoiner text = new StringJoiner("|");
          for (Field field : fields) {
            String value = row.get(field.name());
            text.add(value == null ? "" : field.textOf(value));
          }
          byte[] digest = md5.digest(text.toString().getBytes(StandardCharsets.UTF_8));
          long id = Long.parseLong(row.getOrDefault(fields.get(0).name(), "no such column"));
          digests.put(id, ByteBuffer.wrap(digest).getLong() >>> 4);
        });
    BigInteger sum = BigInteger.ZERO;
    for (long digest : digests.values()) {
      sum = sum.add(BigInteger.valueOf(digest));
    }
    return new TableSum(digests.size(), digests.size(), sum);
  }

  private interface RowVisitor {
    void visit(Map<String, @Nullable String> row);
  }

  private void forEachRow(RowVisitor visitor) throws IOException {
    Map<String, @Nullable String> row = new HashMap<>();
    try (JsonParser json = JSON.createParser(newest().toFile())) {
      while (json.nextToken() == JsonToken.START_OBJECT) {
        row.clear();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String name = json.currentName();
          JsonToken value = json.nextToken();
          if (value.isStructStart()) {
            json.skipChildren();
          } else {
            row.put(name, value == JsonToken.VALUE_NULL ? null : json.getText());
          }
        }
        visitor.visit(row);
      }
    }
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has MD5", e);
    }
  }
}
