package dev.bobbin.ssh;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/**
 * What is sent through a forwarded channel, as a stream without a buffer. Closing it closes the
 * channel.
 */
final class ForwardedChannelOutput extends OutputStream {
  private final ForwardedChannel channel;

  ForwardedChannelOutput(ForwardedChannel channel) {
    this.channel = channel;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, from.length);
    channel.write(from, offset, length);
  }

  @Override
  public void close() {
    channel.close();
  }
}
