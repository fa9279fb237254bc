package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A connected Unix socket that keeps the bounds of messages (SOCK_SEQPACKET), which Java has not.
 * One thread may receive while another sends; receiving blocks, so it belongs on a platform thread.
 */
public final class SeqpacketSocket implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SHUT_WR = 1;
  private static final int SHUT_RDWR = 2;
  private static final int ADDRESS_BYTES = 110;

  private static final NativeFunction SOCKET = NativeFunction.ofInt("socket", 3);
  private static final NativeFunction CONNECT = NativeFunction.ofInt("connect", 3);
  private static final NativeFunction RECV = NativeFunction.ofLong("recv", 4);
  private static final NativeFunction SEND = NativeFunction.ofLong("send", 4);
  private static final NativeFunction SHUTDOWN = NativeFunction.ofInt("shutdown", 2);

  private final FileDescriptor descriptor;

  private SeqpacketSocket(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /** Connects to a listening socket; its path may be of any length. */
  public static SeqpacketSocket connect(Path path) {
    FileDescriptor socket =
        new FileDescriptor(SOCKET.call("make a socket", AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    // An address has room for 107 bytes; by way of the directory's descriptor any path fits.
    try (Arena arena = Arena.ofConfined();
        FileDescriptor directory = FileDescriptor.open(path.getParent(), FileDescriptor.PATH)) {
      byte[] name =
          ("/proc/self/fd/" + directory.number() + "/" + path.getFileName())
              .getBytes(StandardCharsets.UTF_8);
      if (name.length > ADDRESS_BYTES - 3) {
        throw new LinuxException("connect to " + path, Errno.ENAMETOOLONG);
      }
      MemorySegment address = arena.allocate(ADDRESS_BYTES, 2);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
      CONNECT.call("connect to " + path, socket.number(), address.address(), ADDRESS_BYTES);
      return new SeqpacketSocket(socket);
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** Its descriptor, for those who ask the kernel about it. */
  public int number() {
    return descriptor.number();
  }

  /**
   * Receives a message into a buffer.
   *
   * @return its length; 0 when the other side has ended
   */
  public int receive(MemorySegment buffer) {
    while (true) {
      long n = RECV.tryCall(descriptor.number(), buffer.address(), buffer.byteSize(), 0);
      if (n >= 0) {
        return (int) n;
      }
      if (n == -Errno.ECONNRESET.number()) {
        return 0;
      }
      if (n != -Errno.EINTR.number()) {
        throw new LinuxException("receive", Errno.of((int) -n));
      }
    }
  }

  /** Sends one message; waits while the other side's buffer is full. */
  public void send(byte[] bytes, int offset, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.max(1, length));
      MemorySegment.copy(bytes, offset, buffer, ValueLayout.JAVA_BYTE, 0, length);
      long n;
      do {
        n = SEND.tryCall(descriptor.number(), buffer.address(), length, MSG_NOSIGNAL);
      } while (n == -Errno.EINTR.number());
      if (n < 0) {
        throw new LinuxException("send", Errno.of((int) -n));
      }
    }
  }

  /** Tells the other side that no more comes. */
  public void shutdownOutput() {
    SHUTDOWN.tryCall(descriptor.number(), SHUT_WR);
  }

  /** Ends both directions: a thread that receives is let go. */
  public void shutdown() {
    SHUTDOWN.tryCall(descriptor.number(), SHUT_RDWR);
  }

  /** Gives the socket back; call {@link #shutdown} first where a thread may be receiving. */
  @Override
  public void close() {
    descriptor.close();
  }
}
