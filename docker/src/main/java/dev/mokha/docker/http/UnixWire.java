package dev.mokha.docker.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/** A connection to a Unix socket; the kernel says who connected (unix(7), SO_PEERCRED). */
final class UnixWire implements Wire {
  private final SocketChannel channel;
  private final Caller caller;

  UnixWire(SocketChannel channel) throws IOException {
    this.channel = channel;
    UnixDomainPrincipal peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED);
    this.caller =
        new Caller(
            Caller.Kind.PEER,
            peer.user().getName(),
            List.of(peer.group().getName()),
            peer.user().equals(root()));
  }

  /** Principals are compared by number. */
  private static UserPrincipal root() throws IOException {
    return FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("root");
  }

  @Override
  public Caller caller() {
    return caller;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    return channel.read(ByteBuffer.wrap(bytes, offset, length));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  @Override
  public void closeOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is given back all the same.
    }
  }
}
