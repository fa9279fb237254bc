package dev.mokha.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.mokha.linux.Errno;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.NativeFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** A netlink socket, used for one request at a time. */
final class NetlinkSocket implements AutoCloseable {
  /** Links, addresses, routes. */
  static final int ROUTE = 0;

  /** Netfilter's own: tracked connections. */
  static final int NETFILTER = 12;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int BUFFER = 128 * 1024;
  private static final int MESSAGE_ERROR = 2;
  private static final int MESSAGE_DONE = 3;
  private static final int DUMP_INTERRUPTED = 0x10;

  private static final NativeFunction SOCKET = NativeFunction.ofInt("socket", 3);
  private static final NativeFunction BIND = NativeFunction.ofInt("bind", 3);
  private static final NativeFunction SEND = NativeFunction.ofLong("send", 4);
  private static final NativeFunction RECEIVE = NativeFunction.ofLong("recv", 4);

  private final FileDescriptor socket;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(BUFFER, 8);
  private final ReentrantLock lock = new ReentrantLock();
  private int sequence;

  /** Opens a socket in the calling thread's network namespace. */
  NetlinkSocket(int protocol) {
    socket =
        new FileDescriptor(
            SOCKET.call("open netlink socket", AF_NETLINK, SOCK_RAW_CLOEXEC, protocol));
    MemorySegment address = buffer.asSlice(0, 12).fill((byte) 0);
    address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
    BIND.call("bind netlink socket", socket.number(), address.address(), 12);
  }

  /**
   * Sends a request and gathers what is answered: the bodies, from the family's fixed part on.
   *
   * @param what for the exception's message
   */
  List<ByteBuffer> request(String what, NetlinkMessage message) {
    lock.lock();
    try {
      while (true) {
        List<ByteBuffer> answers = new ArrayList<>();
        if (exchange(what, message, answers)) {
          return answers;
        }
        // A dump that changed while it was read is read again (NLM_F_DUMP_INTR).
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean exchange(String what, NetlinkMessage message, List<ByteBuffer> answers) {
    int current = ++sequence;
    ByteBuffer bytes = message.finish(current);
    if (bytes.remaining() > BUFFER) {
      throw new IllegalArgumentException("The request is too long: " + what);
    }
    MemorySegment.copy(
        MemorySegment.ofBuffer(bytes), JAVA_BYTE, 0, buffer, JAVA_BYTE, 0, bytes.remaining());
    SEND.call(what, socket.number(), buffer.address(), bytes.remaining(), 0);
    boolean consistent = true;
    while (true) {
      long length = RECEIVE.tryCall(socket.number(), buffer.address(), BUFFER, 0);
      if (length == -Errno.EINTR.number()) {
        continue;
      }
      if (length < 0) {
        throw new LinuxException(what, Errno.of((int) -length));
      }
      ByteBuffer in =
          ByteBuffer.wrap(buffer.asSlice(0, length).toArray(JAVA_BYTE))
              .order(ByteOrder.nativeOrder());
      int at = 0;
      while (at + 16 <= in.limit()) {
        int size = in.getInt(at);
        int type = Short.toUnsignedInt(in.getShort(at + 4));
        int flags = Short.toUnsignedInt(in.getShort(at + 6));
        boolean mine = in.getInt(at + 8) == current;
        if (size < 16 || at + size > in.limit()) {
          throw new LinuxException(what + ", answer cut off", Errno.EPROTO);
        }
        if (mine && (flags & DUMP_INTERRUPTED) != 0) {
          consistent = false;
        }
        if (mine && (type == MESSAGE_ERROR || type == MESSAGE_DONE)) {
          int error = size >= 20 ? in.getInt(at + 16) : 0;
          if (error < 0) {
            throw new LinuxException(what, Errno.of(-error));
          }
          return consistent;
        }
        if (mine) {
          answers.add(in.slice(at + 16, size - 16).order(ByteOrder.nativeOrder()));
        }
        at += (size + 3) & ~3;
      }
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      socket.close();
      if (arena.scope().isAlive()) {
        arena.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
