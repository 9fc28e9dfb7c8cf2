package dev.bobbin.dialect.mysql;

import com.mysql.cj.exceptions.ExceptionInterceptor;
import com.mysql.cj.protocol.ResultsetRow;
import com.mysql.cj.protocol.a.AbstractRowFactory;
import com.mysql.cj.protocol.a.NativePacketPayload;
import com.mysql.cj.protocol.a.result.ByteArrayRow;

/**
 * Takes the driver's packets for rows: they are decoded where they are, in the buffer that the
 * driver uses for one after the other.
 */
final class RowPackets extends AbstractRowFactory {

  private final BinaryRow row;
  private final int columns;
  private final ResultsetRow someRow;

  /**
   * A factory.
   *
   * @param row what each row begins
   * @param columns how many values a row has
   */
  RowPackets(BinaryRow row, int columns, ExceptionInterceptor interceptor) {
    this.row = row;
    this.columns = columns;
    this.someRow = new ByteArrayRow(new byte[0][], interceptor);
    this.canReuseRowPacketForBufferRow = true;
  }

  @Override
  public ResultsetRow createFromMessage(NativePacketPayload packet) {
    row.begin(packet.getByteBuffer(), packet.getPayloadLength(), columns);
    return someRow; // null is the end
  }
}
