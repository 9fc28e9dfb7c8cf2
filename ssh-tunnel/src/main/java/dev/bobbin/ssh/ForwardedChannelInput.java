package dev.bobbin.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.function.IntSupplier;

/** What a forwarded channel receives, as a stream. Closing it closes the channel. */
final class ForwardedChannelInput extends InputStream {
  private final ForwardedChannel channel;
  private final IntSupplier timeoutMillis;

  ForwardedChannelInput(ForwardedChannel channel, IntSupplier timeoutMillis) {
    this.channel = channel;
    this.timeoutMillis = timeoutMillis;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, to.length);
    return channel.read(to, offset, length, timeoutMillis.getAsInt());
  }

  @Override
  public int available() throws IOException {
    return channel.available();
  }

  @Override
  public void close() {
    channel.close();
  }
}
