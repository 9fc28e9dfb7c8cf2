package dev.bobbin.testkit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.bobbin.catalog.TableId;
import dev.bobbin.sink.JsonLinesSink;
import dev.bobbin.sink.RecordSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesSinkContractTest extends RecordSinkContract {

  @TempDir private Path temporary;
  private int fixtures;

  @Override
  protected SinkFixture fixture() {
    Path folder = temporary.resolve("" + fixtures++);
    return new SinkFixture() {
      @Override
      public boolean supports(Behaviour behaviour) {
        return behaviour != Behaviour.UPSERTS;
      }

      @Override
      public RecordSink sink() {
        return JsonLinesSink.into(folder);
      }

      /** The load with the lowest number: newer ones are not whole yet. */
      @Override
      public List<Map<String, Object>> read(TableId table) {
        Path files = JsonLinesSink.into(folder).folderOf(table);
        for (int load = 1; load < 100; load++) {
          Path file = files.resolve("load-" + load + ".jsonl");
          if (Files.exists(file)) {
            return rows(file);
          }
        }
        return List.of();
      }

      @Override
      public void close() {}
    };
  }

  private static List<Map<String, Object>> rows(Path file) {
    List<Map<String, Object>> rows = new ArrayList<>();
    try (Stream<String> lines = Files.lines(file)) {
      for (String line : (Iterable<String>) lines::iterator) {
        Map<String, Object> row = new LinkedHashMap<>();
        try (JsonParser json = new JsonFactory().createParser(line)) {
          json.nextToken();
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            row.put(
                name,
                value == JsonToken.VALUE_NULL
                    ? null
                    : value.isNumeric() ? (Object) json.getNumberValue() : json.getText());
          }
        }
        rows.add(row);
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
