package dev.bobbin.sink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SinkException;
import dev.bobbin.record.ColumnVector;
import dev.bobbin.record.RecordBatch;
import dev.bobbin.state.Checkpoint;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON Lines: a folder for each table, in it a file for each load, one JSON object in a line
 * for each row.
 *
 * <pre>{@code
 * out/shop/public/orders/load-1.jsonl
 * }</pre>
 *
 * <p>Each row is there exactly once, whatever crashes: beside each file stands a small {@code
 * .progress} file with the checkpoints of what the file holds and its length; what a crash left
 * behind it is cut off. When a new load is whole, the files of older ones are deleted. An
 * incremental table's changed rows are appended, so the last line of a key is the valid one.
 *
 * <p>Values: numbers as JSON numbers with all their digits; text, times (ISO 8601), UUIDs and
 * intervals as strings; bytes as Base64; JSON as it stands, in one line; documents as relaxed
 * MongoDB Extended JSON; arrays as arrays; NaN and infinite floating point numbers as strings. A
 * value that the Java type cannot hold is null, and the source's own text stands in an object
 * {@code "_original"} at the end of the row.
 *
 * <p>Thread-safe, and {@link #concurrent()}. One run at a time may write to a folder.
 */
public final class JsonLinesSink implements RecordSink {

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .build();

  private static final String DATA = ".jsonl";
  private static final String PROGRESS = ".progress";
  private static final String LOAD = "load-";
  private static final int LONGEST_NAME = 180;

  private final Path folder;
  private final Map<TableId, OpenLoad> open = new ConcurrentHashMap<>();

  private JsonLinesSink(Path folder) {
    this.folder = folder;
  }

  /** A load that this run writes to, and what its file holds. */
  private static final class OpenLoad {
    final Path data;
    final Path progress;
    final Map<String, Checkpoint> checkpoints = new LinkedHashMap<>();
    long length;

    OpenLoad(Path tableFolder, long loadId) {
      data = tableFolder.resolve(LOAD + loadId + DATA);
      progress = tableFolder.resolve(LOAD + loadId + PROGRESS);
    }

    void read() throws IOException {
      List<String> lines;
      try {
        lines = Files.readAllLines(progress, StandardCharsets.UTF_8);
      } catch (NoSuchFileException e) {
        return; // nothing was ever written
      }
      try {
        length = Long.parseLong(lines.get(0));
        for (String line : lines.subList(1, lines.size())) {
          Checkpoint checkpoint = Checkpoint.fromJson(line);
          checkpoints.put(checkpoint.scan(), checkpoint);
        }
      } catch (NumberFormatException | IndexOutOfBoundsException e) {
        throw new SinkException(
            "The file " + progress + " is damaged.",
            "Restore it from a backup, or delete the table's folder and reset the table.",
            null);
      }
    }
  }

  /**
   * A sink that writes into that folder, which is made when it does not exist.
   *
   * @param folder where the tables' folders are
   */
  public static JsonLinesSink into(Path folder) {
    return new JsonLinesSink(folder);
  }

  /** The folder that holds a table's files. */
  public Path folderOf(TableId table) {
    Path path = folder;
    for (String part : table.parts()) {
      path = path.resolve(fileName(part));
    }
    return path;
  }

  /** A name that every file system keeps, and that differs where the table's does. */
  private static String fileName(String part) {
    StringBuilder name = new StringBuilder();
    for (byte b : part.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-') {
        name.append(c);
      } else {
        name.append('%').append(String.format("%02x", (int) c));
      }
    }
    return name.length() <= LONGEST_NAME
        ? name.toString()
        : name.substring(0, LONGEST_NAME) + "~" + Integer.toHexString(part.hashCode());
  }

  @Override
  public boolean concurrent() {
    return true;
  }

  @Override
  public Progress progress(TableId table) throws IOException {
    List<Checkpoint> checkpoints = new ArrayList<>();
    for (long id : loads(table)) {
      OpenLoad load = new OpenLoad(folderOf(table), id);
      load.read();
      checkpoints.addAll(load.checkpoints.values());
    }
    return Progress.of(checkpoints);
  }

  private List<Long> loads(TableId table) throws IOException {
    Path tableFolder = folderOf(table);
    if (!Files.isDirectory(tableFolder)) {
      return List.of();
    }
    List<Long> loads = new ArrayList<>();
    try (Stream<Path> files = Files.list(tableFolder)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(LOAD) && name.endsWith(DATA))
          .forEach(
              name ->
                  loads.add(
                      Long.valueOf(name.substring(LOAD.length(), name.length() - DATA.length()))));
    }
    return loads;
  }

  @Override
  public void open(TableLoad load) throws IOException {
    OpenLoad opened = new OpenLoad(folderOf(load.table().id()), load.loadId());
    Files.createDirectories(opened.data.getParent());
    opened.read();
    try (RandomAccessFile file = new RandomAccessFile(opened.data.toFile(), "rw")) {
      if (file.length() < opened.length) {
        throw new SinkException(
            "The file "
                + opened.data
                + " is shorter than what was written to it; nothing was added.",
            "Restore it from a backup, or delete the table's folder and reset the table.",
            null);
      }
      // What stands behind this was written by a run that died before it could remember it.
      file.setLength(opened.length);
      file.getFD().sync();
    }
    open.put(load.table().id(), opened);
  }

  @Override
  public void write(RecordBatch batch) throws IOException {
    OpenLoad load = open.get(batch.table());
    if (load == null) {
      throw new IllegalStateException("write before open for " + batch.table());
    }
    try (RandomAccessFile file = new RandomAccessFile(load.data.toFile(), "rw")) {
      file.setLength(load.length);
      file.seek(load.length);
      OutputStream out = new BufferedOutputStream(new ToFile(file), 1 << 16);
      writeRows(batch, out);
      out.flush();
      file.getFD().sync();
      Map<String, Checkpoint> checkpoints = new HashMap<>(load.checkpoints);
      checkpoints.put(batch.checkpoint().scan(), batch.checkpoint());
      remember(load, file.length(), checkpoints);
    }
  }

  private static void remember(OpenLoad load, long length, Map<String, Checkpoint> checkpoints)
      throws IOException {
    StringBuilder text = new StringBuilder().append(length).append('\n');
    checkpoints.values().forEach(c -> text.append(c.toJson()).append('\n'));
    Path temporary = load.progress.resolveSibling(load.progress.getFileName() + ".tmp");
    try (RandomAccessFile file = new RandomAccessFile(temporary.toFile(), "rw")) {
      file.setLength(0);
      file.write(text.toString().getBytes(StandardCharsets.UTF_8));
      file.getFD().sync();
    }
    Files.move(
        temporary,
        load.progress,
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    load.length = length;
    load.checkpoints.putAll(checkpoints);
  }

  /** Deletes the files of older loads. */
  @Override
  public void complete(TableLoad load) throws IOException {
    TableId table = load.table().id();
    for (long other : loads(table)) {
      if (other != load.loadId()) {
        OpenLoad old = new OpenLoad(folderOf(table), other);
        Files.deleteIfExists(old.progress);
        Files.deleteIfExists(old.data);
      }
    }
  }

  private static void writeRows(RecordBatch batch, OutputStream out) throws IOException {
    List<Column> columns = batch.columns();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.setRootValueSeparator(null);
      for (int row = 0; row < batch.rowCount(); row++) {
        json.writeStartObject();
        Map<String, String> originals = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
          ColumnVector vector = batch.column(i);
          String name = columns.get(i).name();
          json.writeFieldName(name);
          writeValue(json, vector, row);
          Optional<String> original = vector.original(row);
          original.ifPresent(text -> originals.put(name, text));
        }
        if (!originals.isEmpty()) {
          json.writeObjectFieldStart("_original");
          for (Map.Entry<String, String> entry : originals.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
          }
          json.writeEndObject();
        }
        json.writeEndObject();
        json.writeRaw('\n');
      }
    }
  }

  private static void writeValue(JsonGenerator json, ColumnVector vector, int row)
      throws IOException {
    DataType type = vector.column().type();
    if (vector.isNull(row)) {
      json.writeNull();
    } else if (type instanceof DataType.Int number && (number.bits() < 64 || number.signed())) {
      json.writeNumber(vector.getLong(row));
    } else if (type instanceof DataType.Text || type instanceof DataType.Other) {
      json.writeString(vector.getString(row));
    } else if (type instanceof DataType.Document) {
      json.writeRawValue(Objects.requireNonNull(vector.getDocument(row)).toRelaxedJson());
    } else {
      writeObject(json, type, vector.get(row));
    }
  }

  private static void writeObject(JsonGenerator json, DataType type, @Nullable Object value)
      throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof List<?> list) {
      DataType element = type instanceof DataType.Array array ? array.element() : type;
      json.writeStartArray();
      for (Object member : list) {
        writeObject(json, element, member);
      }
      json.writeEndArray();
    } else if (type instanceof DataType.Json) {
      // A line break in JSON is only ever white space between its tokens.
      json.writeRawValue(value.toString().replace('\n', ' ').replace('\r', ' '));
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else if (value instanceof byte[] bytes) {
      json.writeBinary(bytes);
    } else if (value instanceof BigDecimal || value instanceof java.math.BigInteger) {
      json.writeNumber(
          value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString());
    } else if (value instanceof Float number && Float.isFinite(number)) {
      json.writeNumber(number);
    } else if (value instanceof Double number && Double.isFinite(number)) {
      json.writeNumber(number);
    } else if (value instanceof Long number) {
      json.writeNumber(number);
    } else {
      json.writeString(value.toString());
    }
  }

  /** Appends to a file whose end must be forced to the disk afterwards. */
  private static final class ToFile extends OutputStream {
    private final RandomAccessFile file;

    ToFile(RandomAccessFile file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      file.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      file.write(bytes, offset, length);
    }
  }

  @Override
  public String toString() {
    return "JSON Lines in " + folder;
  }
}
