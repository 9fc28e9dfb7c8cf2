package dev.bobbin.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mysql.cj.MysqlType;
import com.mysql.cj.result.Field;
import dev.bobbin.catalog.Column;
import dev.bobbin.catalog.DataType;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.MalformedDataException;
import dev.bobbin.record.BatchBuilder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of rows that a server would not send, and of types that few servers have. */
class BinaryRowTest {

  private static Field field(int sent) {
    Field field = new Field("", "c", 255, "UTF-8", MysqlType.VARCHAR, 100);
    field.setMysqlTypeId(sent);
    return field;
  }

  private static BatchBuilder batch(DataType type, String nativeType) {
    return new BatchBuilder(
        TableId.of("db", "t"),
        List.of(Column.of("c", type, nativeType)),
        MySqlCursor.TICKS_PER_SECOND,
        1 << 20,
        10);
  }

  private static BinaryRow row(int... bytes) {
    byte[] packet = new byte[bytes.length + 16]; // the driver's buffer is longer than the row
    for (int i = 0; i < bytes.length; i++) {
      packet[i] = (byte) bytes[i];
    }
    Arrays.fill(packet, bytes.length, packet.length, (byte) 1);
    BinaryRow row = new BinaryRow();
    row.begin(packet, bytes.length, 1);
    return row;
  }

  private static void refuses(DataType type, int sent, int... bytes) {
    BatchBuilder batch = batch(type, "type");
    ValueDecoder decoder = ValueDecoder.of(batch.column(0), field(sent));
    assertThatThrownBy(() -> decoder.decode(row(bytes))).isInstanceOf(MalformedDataException.class);
  }

  @Test
  void readsNothingBeyondTheRow() {
    refuses(new DataType.Int(8, true), MysqlType.FIELD_TYPE_TINY, 0, 0);
    refuses(new DataType.Int(16, true), MysqlType.FIELD_TYPE_SHORT, 0, 0, 1);
    refuses(new DataType.Int(32, true), MysqlType.FIELD_TYPE_LONG, 0, 0, 1, 2, 3);
    refuses(new DataType.Int(64, true), MysqlType.FIELD_TYPE_LONGLONG, 0, 0, 1, 2, 3, 4, 5, 6, 7);
    refuses(new DataType.Text(), MysqlType.FIELD_TYPE_VAR_STRING, 0, 0);
    refuses(new DataType.Text(), MysqlType.FIELD_TYPE_VAR_STRING, 0, 0, 2, 'a');
    refuses(new DataType.Text(), MysqlType.FIELD_TYPE_VAR_STRING, 0, 0, 0xfb);
    refuses(new DataType.Text(), MysqlType.FIELD_TYPE_VAR_STRING, 0, 0, 0xff, 'a');
    refuses(new DataType.Text(), MysqlType.FIELD_TYPE_VAR_STRING, 0, 0, 0xfc, 1);
    refuses(new DataType.Text(), MysqlType.FIELD_TYPE_VAR_STRING, 0, 0, 0xfd, 2, 0, 0, 'a');
    refuses(
        new DataType.Text(), MysqlType.FIELD_TYPE_BLOB, 0, 0, 0xfe, 0, 0, 0, 0, 1, 0, 0, 0, 'a');
    refuses(
        new DataType.Text(), MysqlType.FIELD_TYPE_BLOB, 0, 0, 0xfe, 1, 0, 0, 0, 0, 0, 0, 0x80, 'a');
  }

  @Test
  void refusesValuesOfAnotherLength() {
    refuses(new DataType.Date(), MysqlType.FIELD_TYPE_DATE, 0, 0, 3, 1, 1, 1);
    refuses(new DataType.Timestamp(), MysqlType.FIELD_TYPE_DATETIME, 0, 0, 5, 1, 1, 1, 1, 1);
    refuses(new DataType.Time(), MysqlType.FIELD_TYPE_TIME, 0, 0, 4, 1, 1, 1, 1);
    refuses(new DataType.Bool(), MysqlType.FIELD_TYPE_BIT, 0, 0, 2, 1, 1);
    refuses(new DataType.Decimal(9, 2), MysqlType.FIELD_TYPE_NEWDECIMAL, 0, 0, 3, '1', 'e', '2');
    refuses(new DataType.Decimal(9, 2), MysqlType.FIELD_TYPE_NEWDECIMAL, 0, 0, 3, '.', '.', '2');
    refuses(new DataType.Bytes(), MysqlType.FIELD_TYPE_GEOMETRY, 0, 0, 4, 0, 0, 0, 0);
    refuses(new DataType.Uuid(), MysqlType.FIELD_TYPE_STRING, 0, 0, 3, 'a', 'b', 'c');
    refuses(
        new DataType.Array(new DataType.Float(32)),
        MysqlType.FIELD_TYPE_VECTOR,
        0,
        0,
        3,
        'a',
        'b',
        'c');
  }

  @Test
  void refusesWhatIsNoRow() {
    assertThatThrownBy(() -> row(1, 0)).isInstanceOf(MalformedDataException.class);
    assertThatThrownBy(() -> row(0)).isInstanceOf(MalformedDataException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {MysqlType.FIELD_TYPE_TIME, MysqlType.FIELD_TYPE_DOUBLE})
  void refusesAColumnThatIsSentAsAnotherType(int sent) {
    for (DataType type :
        List.of(
            new DataType.Int(32, true),
            new DataType.Bool(),
            new DataType.Float(32),
            new DataType.Decimal(5, 2),
            new DataType.Date(),
            new DataType.Timestamp(),
            new DataType.Text(),
            new DataType.Bytes(),
            new DataType.Json(),
            new DataType.Uuid())) {
      BatchBuilder batch = batch(type, "type");
      assertThatThrownBy(() -> ValueDecoder.of(batch.column(0), field(sent)))
          .as(type.toString())
          .isInstanceOf(MalformedDataException.class)
          .hasMessageContaining("column c");
    }
  }

  @Test
  void aVectorIsItsFloats() {
    BatchBuilder batch = batch(new DataType.Array(new DataType.Float(32)), "vector(2)");
    ValueDecoder decoder = ValueDecoder.of(batch.column(0), field(MysqlType.FIELD_TYPE_VECTOR));
    decoder.decode(row(0, 0, 8, 0, 0, 0x80, 0x3f, 0xcd, 0xcc, 0xcc, 0x3d));
    batch.endRow(1);
    decoder.decode(row(0, 0, 0));
    batch.endRow(1);
    var values = batch.finish().column(0);
    assertThat(values.get(0)).isEqualTo(List.of(1f, 0.1f));
    assertThat(values.get(1)).isEqualTo(List.of());
  }
}
