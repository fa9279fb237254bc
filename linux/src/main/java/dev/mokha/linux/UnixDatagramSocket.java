package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A Unix socket of datagrams (unix(7), SOCK_DGRAM), which Java has not: what a system's loggers
 * listen on. One end is bound and receives, the other is connected and sends.
 */
public final class UnixDatagramSocket implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int ADDRESS_BYTES = 110;

  private static final NativeFunction SOCKET = NativeFunction.ofInt("socket", 3);
  private static final NativeFunction CONNECT = NativeFunction.ofInt("connect", 3);
  private static final NativeFunction BIND = NativeFunction.ofInt("bind", 3);
  private static final NativeFunction RECV = NativeFunction.ofLong("recv", 4);
  private static final NativeFunction SEND = NativeFunction.ofLong("send", 4);

  private final FileDescriptor descriptor;

  private UnixDatagramSocket(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /** One that sends to the socket at a path of at most 107 bytes. */
  public static UnixDatagramSocket connect(Path path) {
    return open(CONNECT, "connect to " + path, path);
  }

  /** One that receives at a path of at most 107 bytes, which it makes and leaves to its owner. */
  public static UnixDatagramSocket bind(Path path) {
    return open(BIND, "bind to " + path, path);
  }

  private static UnixDatagramSocket open(NativeFunction call, String what, Path path) {
    FileDescriptor socket =
        new FileDescriptor(SOCKET.call("make a socket", AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    try (Arena arena = Arena.ofConfined()) {
      byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
      if (name.length > ADDRESS_BYTES - 3) {
        throw new LinuxException(what, Errno.ENAMETOOLONG);
      }
      MemorySegment address = arena.allocate(ADDRESS_BYTES, 2);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
      call.call(what, socket.number(), address.address(), 2 + name.length + 1);
      return new UnixDatagramSocket(socket);
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Sends one datagram, or none.
   *
   * @throws LinuxException EAGAIN when the receiver's queue is full, ECONNREFUSED when it is gone,
   *     EMSGSIZE for more than a datagram holds
   */
  public void send(byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.max(1, bytes.length));
      MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
      long n;
      do {
        // A wait in the kernel would hold the carrier of a virtual thread.
        n =
            SEND.tryCall(
                descriptor.number(), buffer.address(), bytes.length, MSG_NOSIGNAL | MSG_DONTWAIT);
      } while (n == -Errno.EINTR.number());
      if (n < 0) {
        throw new LinuxException("send", Errno.of((int) -n));
      }
    }
  }

  /** Receives one datagram; blocks, so it belongs on a platform thread. */
  public byte[] receive(int most) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(most);
      long n;
      do {
        n = RECV.tryCall(descriptor.number(), buffer.address(), most, 0);
      } while (n == -Errno.EINTR.number());
      if (n < 0) {
        throw new LinuxException("receive", Errno.of((int) -n));
      }
      return buffer.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
