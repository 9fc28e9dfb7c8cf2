package dev.bobbin.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;
import static org.mockito.Mockito.withSettings;

import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.Table;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.ReadLimits;
import dev.bobbin.error.SourceException;
import dev.bobbin.spi.SourceBatch;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;

/** What the reader makes of messages that a server would not send, and of those it might. */
class CopyReaderFramingTest {

  private static final Table TABLE =
      Table.named(TableId.of("db", "public", "t"))
          .column(Column.of("id", new DataType.Int(32, true), "integer"))
          .column(Column.of("note", new DataType.Text(), "text"))
          .primaryKey("id")
          .build();

  private String end = "open";

  private static byte[] bytes(Object... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Object part : parts) {
      if (part instanceof Short number) {
        out.writeBytes(ByteBuffer.allocate(2).putShort(number).array());
      } else if (part instanceof Integer number) {
        out.writeBytes(ByteBuffer.allocate(4).putInt(number).array());
      } else if (part instanceof String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
      } else {
        out.writeBytes((byte[]) part);
      }
    }
    return out.toByteArray();
  }

  private static byte[] signature() {
    return bytes("PGCOPY\n", new byte[] {(byte) 0xff}, "\r\n", new byte[] {0});
  }

  private static byte[] header() {
    return bytes(signature(), 0, 0);
  }

  private static byte[] row(int id, String note) {
    return bytes((short) 2, 4, id, note.length(), note);
  }

  private static byte[] trailer() {
    return bytes((short) -1);
  }

  private CopyReader reader(ReadLimits limits, Object... messages) throws SQLException {
    CopyOut copy = mock(CopyOut.class);
    List<Object> left = new ArrayList<>(List.of(messages));
    when(copy.readFromCopy())
        .then(
            call -> {
              if (left.isEmpty()) {
                return null;
              }
              Object next = left.remove(0);
              if (next instanceof Throwable failure) {
                throw failure;
              }
              return next;
            });
    CopyManager manager = mock(CopyManager.class);
    when(manager.copyOut(anyString())).thenReturn(copy);
    PGConnection pg = mock(PGConnection.class, withSettings().extraInterfaces(Connection.class));
    when(pg.getCopyAPI()).thenReturn(manager);
    when(pg.getParameterStatus("integer_datetimes")).thenReturn("on");
    when(((Connection) pg).createStatement()).thenReturn(mock(Statement.class));
    ScanConnection connection =
        new ScanConnection() {
          @Override
          public PGConnection pg() {
            return pg;
          }

          @Override
          public void finish() {
            end = end.equals("open") ? "finished" : "twice";
          }

          @Override
          public void discard() {
            end = end.equals("open") ? "discarded" : "twice";
          }
        };
    return new CopyReader(
        connection,
        ScanFixture.whole(TABLE),
        CopyQuery.of(ScanFixture.whole(TABLE), false),
        limits,
        false,
        ScanFixture::failure);
  }

  private List<SourceBatch> read(Object... messages) throws SQLException {
    List<SourceBatch> batches = new ArrayList<>();
    try (CopyReader reader = reader(ScanFixture.LIMITS, messages)) {
      for (Optional<SourceBatch> next = reader.next(); next.isPresent(); next = reader.next()) {
        batches.add(next.get());
      }
    }
    return batches;
  }

  private void refuses(String because, Object... messages) throws SQLException {
    CopyReader reader = reader(ScanFixture.LIMITS, messages);
    assertThatThrownBy(
            () -> {
              while (reader.next().isPresent()) {}
            })
        .isInstanceOf(SourceException.class)
        .hasMessageContaining(because);
    assertThatThrownBy(reader::next).isInstanceOf(SourceException.class);
    reader.close();
    reader.close();
    assertThat(end).isEqualTo("discarded");
  }

  @Test
  void readsTheHeaderTogetherWithTheFirstRow() throws Exception {
    List<SourceBatch> batches = read(bytes(header(), row(1, "a")), row(2, "b"), trailer());
    assertThat(batches).hasSize(1);
    assertThat(batches.get(0).rows().column("note").get(1)).isEqualTo("b");
    assertThat(end).isEqualTo("finished");
  }

  @Test
  void readsTheHeaderAloneAndSeveralRowsInOneMessage() throws Exception {
    List<SourceBatch> batches =
        read(header(), bytes(row(1, "a"), row(2, "b"), row(3, "c"), trailer()));
    assertThat(batches.get(0).rows().column("id").get(2)).isEqualTo(3L);
    assertThat(end).isEqualTo("finished");
  }

  @Test
  void skipsTheExtensionOfTheHeader() throws Exception {
    byte[] extended = bytes(signature(), 7, 5, "extra");
    assertThat(read(bytes(extended, row(1, "a")), trailer())).hasSize(1);
  }

  @Test
  void endsWithoutRowsWhenThereAreNone() throws Exception {
    assertThat(read(bytes(header(), trailer()))).isEmpty();
    assertThat(end).isEqualTo("finished");
  }

  @Test
  void closingBeforeTheEndDiscardsTheConnection() throws Exception {
    CopyReader reader = reader(new ReadLimits(1 << 20, 1, 1 << 20), header(), row(1, "a"));
    assertThat(reader.next()).isPresent();
    reader.close();
    reader.close();
    reader.cancel();
    assertThat(end).isEqualTo("discarded");
  }

  @Test
  void doesNotTakeTheEndOfTheCommandForTheEndOfTheData() throws Exception {
    refuses("without its trailer", bytes(header(), row(1, "a")));
    end = "open";
    refuses("without its trailer");
  }

  @Test
  void doesNotTakeTheTrailerForTheEndOfTheCommand() throws Exception {
    refuses("57P01", bytes(header(), row(1, "a")), trailer(), new SQLException("gone", "57P01"));
    end = "open";
    refuses("after the trailer", bytes(header(), row(1, "a")), trailer(), row(2, "b"));
    end = "open";
    refuses("after the trailer", bytes(header(), trailer(), row(2, "b")));
  }

  @Test
  void refusesWhatDoesNotBeginWithTheSignature() throws Exception {
    byte[] wrong = bytes(header(), row(1, "a"));
    wrong[9] = '\r';
    refuses("signature", (Object) wrong);
    end = "open";
    refuses("header is cut off", (Object) bytes("PGCOPY\n"));
    end = "open";
    refuses("flags", (Object) bytes(signature(), 0x0001_0000, 0, row(1, "a")));
    end = "open";
    refuses("extension", (Object) bytes(signature(), 0, 100, row(1, "a")));
    end = "open";
    refuses("extension", (Object) bytes(signature(), 0, -1, row(1, "a")));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 6, 9, 10, 13, 14})
  void refusesARowThatIsCutOff(int length) throws Exception {
    byte[] row = row(1, "a");
    refuses("cannot be read", header(), java.util.Arrays.copyOf(row, length), trailer());
  }

  @Test
  void refusesWrongCountsAndLengths() throws Exception {
    refuses("3 fields", header(), bytes((short) 3, 4, 1, -1, -1));
    end = "open";
    refuses("1 fields", header(), bytes((short) 1, 4, 1));
    end = "open";
    refuses("length of -2", header(), bytes((short) 2, -2, -1));
    end = "open";
    refuses("length of 2147483647", header(), bytes((short) 2, 4, 1, Integer.MAX_VALUE, "a"));
    end = "open";
    refuses("8 bytes is no integer", header(), bytes((short) 2, 8, 0, 1, -1));
  }

  @Test
  void refusesARowThatIsTooLargeAndNamesItsKeyAndSize() throws Exception {
    CopyReader reader =
        reader(new ReadLimits(100, 10, 1000), header(), row(1, "x".repeat(1000)), trailer());
    assertThatThrownBy(reader::next)
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("public.t (key id) is too large: 1014 bytes where 1000")
        .hasMessageNotContaining("xx");
    reader.close();
    assertThat(end).isEqualTo("discarded");
  }

  @Test
  void aRowThatTheHeapCannotHoldFailsTheScanAndNotTheProcess() throws Exception {
    refuses("the heap cannot hold it", header(), new OutOfMemoryError("Java heap space"));
  }

  @Test
  void aRowLargerThanABatchMakesOneOfItsOwn() throws Exception {
    try (CopyReader reader =
        reader(
            new ReadLimits(100, 10, 1000),
            header(),
            row(1, "a"),
            row(2, "x".repeat(200)),
            row(3, "b"),
            trailer())) {
      List<Integer> sizes = new ArrayList<>();
      for (Optional<SourceBatch> next = reader.next(); next.isPresent(); next = reader.next()) {
        sizes.add(next.get().rows().rowCount());
      }
      assertThat(sizes).containsExactly(1, 1, 1);
      assertThat(reader.received()).isEqualTo(19 + 15 + 214 + 15 + 2);
    }
  }
}
