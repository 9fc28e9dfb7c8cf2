package dev.bobbin.docs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bobbin.catalog.Catalog;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import dev.bobbin.plan.TableScan;
import dev.bobbin.record.BatchBuilder;
import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceBatch;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Stream;

// docs:begin dialect
/** A folder of files {@code table.csv}: names in the first line, no quotes, every value a text. */
final class CsvFolder implements SourceDialect {

  private final Path folder;

  CsvFolder(Path folder) {
    this.folder = folder;
  }

  @Override
  public SourceSession connect(SourceSettings settings) {
    if (!Files.isDirectory(folder)) {
      throw failure("There is no folder " + folder + ".", "Give one that exists.", null);
    }
    return new CsvSession(folder, settings);
  }

  @Override
  public String describe() {
    return "the CSV files in " + folder;
  }

  static SourceException failure(String problem, String remedy, IOException cause) {
    return new SourceException(Kind.PERMANENT, problem, remedy, cause);
  }
}

// docs:end dialect

// docs:begin session
final class CsvSession implements SourceSession {

  private final Path folder;
  private final SourceSettings settings;

  CsvSession(Path folder, SourceSettings settings) {
    this.folder = folder;
    this.settings = settings;
  }

  @Override
  public Catalog discover(Predicate<String> databases) {
    List<Table> tables = new ArrayList<>();
    if (databases.test("files")) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".csv")).toList()) {
          tables.add(describe(file));
        }
      } catch (IOException e) {
        throw CsvFolder.failure("Reading " + folder + " failed.", "See the cause.", e);
      }
    }
    return new Catalog("CSV", defaultNamespace(), List.of("files"), tables, List.of());
  }

  private static Table describe(Path file) throws IOException {
    String name = file.getFileName().toString().replaceFirst("\\.csv$", "");
    Table.Builder table = Table.named(TableId.of("files", name));
    try (BufferedReader lines = Files.newBufferedReader(file, UTF_8)) {
      String header = lines.readLine();
      for (String column : header == null ? new String[0] : header.split(",", -1)) {
        table.column(
            new Column(
                column,
                new DataType.Text(),
                "text",
                true,
                true,
                Column.Generation.NONE,
                Column.KeySupport.UNORDERED, // so the planner refuses it as a replication key
                ""));
      }
    }
    return table.build();
  }

  @Override
  public List<String> defaultNamespace() {
    return List.of("files");
  }

  @Override
  public List<OptionalDouble> estimateNullKeys(List<TableKey> keys) {
    return keys.stream().map(key -> OptionalDouble.empty()).toList();
  }

  @Override
  public BatchReader open(TableScan scan) {
    Path file = folder.resolve(scan.table().id().name() + ".csv");
    try {
      return new CsvReader(scan, settings, Files.newBufferedReader(file, UTF_8));
    } catch (IOException e) {
      throw CsvFolder.failure("Opening " + file + " failed.", "See the cause.", e);
    }
  }

  @Override
  public void close() {}
}

// docs:end session

// docs:begin reader
final class CsvReader implements BatchReader {

  private final TableScan scan;
  private final BufferedReader lines;
  private final BatchBuilder batch;
  private final List<Integer> places = new ArrayList<>();
  private final AtomicLong received = new AtomicLong();
  private volatile boolean cancelled;

  CsvReader(TableScan scan, SourceSettings settings, BufferedReader lines) throws IOException {
    this.scan = scan;
    this.lines = lines;
    this.batch =
        new BatchBuilder(
            scan.table().id(),
            scan.table().columns(),
            1, // ticks per second: there are no times here
            settings.batchBytes(),
            settings.batchRows());
    List<String> header = List.of(String.valueOf(lines.readLine()).split(",", -1));
    for (Column column : scan.table().columns()) {
      int place = header.indexOf(column.name());
      if (place < 0) {
        lines.close();
        throw new SourceException(
            Kind.STRUCTURE_CHANGED,
            "Column " + column.name() + " of " + scan.table().id() + " is gone.",
            "The table is discovered again and planned anew.",
            null);
      }
      places.add(place);
    }
  }

  @Override
  public Optional<SourceBatch> next() {
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (cancelled) {
          throw CsvFolder.failure("The scan of " + scan.table().id() + " was cancelled.", "", null);
        }
        append(line.split(",", -1));
        received.addAndGet(line.length() + 1);
        batch.endRow(line.length());
        if (batch.isFull()) {
          break;
        }
      }
    } catch (IOException e) {
      throw CsvFolder.failure("Reading " + scan.table().id() + " failed.", "See the cause.", e);
    }
    // Only the end of the file leads here without a row: the end is said, never guessed.
    return batch.rows() == 0 ? Optional.empty() : Optional.of(SourceBatch.of(batch.finish()));
  }

  private void append(String[] values) {
    for (int i = 0; i < places.size(); i++) {
      byte[] text = values[places.get(i)].getBytes(UTF_8);
      batch.column(i).appendBytes(text, 0, text.length);
    }
  }

  @Override
  public long received() {
    return received.get();
  }

  @Override
  public void cancel() {
    cancelled = true;
  }

  @Override
  public void close() {
    try {
      lines.close();
    } catch (IOException e) {
      throw CsvFolder.failure("Closing " + scan.table().id() + " failed.", "", e);
    }
  }
}
// docs:end reader
