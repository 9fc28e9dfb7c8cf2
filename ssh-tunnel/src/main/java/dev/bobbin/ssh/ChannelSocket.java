package dev.bobbin.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import net.schmizz.sshj.connection.channel.direct.DirectConnection;

/** A socket over a forwarded channel. */
final class ChannelSocket extends Socket {

  private final DirectConnection channel;
  private volatile boolean closed;

  ChannelSocket(DirectConnection channel) {
    this.channel = channel;
  }

  @Override
  public InputStream getInputStream() {
    return channel.getInputStream();
  }

  @Override
  public OutputStream getOutputStream() {
    return channel.getOutputStream();
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    channel.close();
  }

  @Override
  public void setSoTimeout(int millis) {}
}
