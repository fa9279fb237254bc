package dev.mokha.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A Unix socket at which an OCI runtime hands over the master's side of a terminal it has made (its
 * option --console-socket): a message with the descriptor (SCM_RIGHTS, unix(7)). The file is the
 * caller's to remove.
 */
public final class ConsoleSocket implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final short POLLIN = 1;
  private static final int POLL_MILLIS = 20;

  /** Of an address: two for the family, then the path and a zero. */
  private static final int ADDRESS_BYTES = 110;

  /** Of struct msghdr, and of a struct cmsghdr with one descriptor, on 64 bits. */
  private static final int MESSAGE_BYTES = 56;

  private static final int CONTROL_BYTES = 24;
  private static final int NAME_BYTES = 4096;

  private static final NativeFunction SOCKET = NativeFunction.ofInt("socket", 3);
  private static final NativeFunction BIND = NativeFunction.ofInt("bind", 3);
  private static final NativeFunction LISTEN = NativeFunction.ofInt("listen", 2);
  private static final NativeFunction ACCEPT = NativeFunction.ofInt("accept4", 4);
  private static final NativeFunction POLL = NativeFunction.ofInt("poll", 3);
  private static final NativeFunction RECEIVE = NativeFunction.ofLong("recvmsg", 3);

  private final FileDescriptor socket;

  private ConsoleSocket(FileDescriptor socket) {
    this.socket = socket;
  }

  /**
   * Listens.
   *
   * @param path of at most 107 bytes; nothing is there yet
   */
  public static ConsoleSocket listen(Path path) {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    if (name.length > ADDRESS_BYTES - 3) {
      throw new LinuxException("listen at " + path, Errno.ENAMETOOLONG);
    }
    FileDescriptor socket =
        new FileDescriptor(SOCKET.call("make a socket", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS_BYTES, 2);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
      BIND.call("listen at " + path, socket.number(), address.address(), ADDRESS_BYTES);
      LISTEN.call("listen at " + path, socket.number(), 1);
      return new ConsoleSocket(socket);
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Waits for the terminal.
   *
   * @param mayCome asked now and then; false when nobody is left who could send it
   */
  public Optional<PseudoTerminal> accept(BooleanSupplier mayCome) {
    if (!readable(socket, mayCome)) {
      return Optional.empty();
    }
    try (FileDescriptor sender =
        new FileDescriptor(ACCEPT.call("accept a terminal", socket.number(), 0, 0, SOCK_CLOEXEC))) {
      return readable(sender, mayCome) ? received(sender) : Optional.empty();
    }
  }

  private static boolean readable(FileDescriptor descriptor, BooleanSupplier mayCome) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(8, 4);
      boolean last = false;
      while (true) {
        request.set(ValueLayout.JAVA_INT, 0, descriptor.number());
        request.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
        if (POLL.tryCall(request.address(), 1, POLL_MILLIS) > 0) {
          return true;
        }
        if (last) {
          return false;
        }
        last = !mayCome.getAsBoolean(); // it may have come just before
      }
    }
  }

  private static Optional<PseudoTerminal> received(FileDescriptor sender) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(NAME_BYTES);
      MemorySegment vector = arena.allocate(16, 8);
      vector.set(ValueLayout.JAVA_LONG, 0, name.address());
      vector.set(ValueLayout.JAVA_LONG, 8, NAME_BYTES);
      MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
      MemorySegment message = arena.allocate(MESSAGE_BYTES, 8);
      message.set(ValueLayout.JAVA_LONG, 16, vector.address());
      message.set(ValueLayout.JAVA_LONG, 24, 1);
      message.set(ValueLayout.JAVA_LONG, 32, control.address());
      message.set(ValueLayout.JAVA_LONG, 40, CONTROL_BYTES);
      RECEIVE.call("receive a terminal", sender.number(), message.address(), MSG_CMSG_CLOEXEC);
      boolean sent =
          message.get(ValueLayout.JAVA_LONG, 40) >= 20
              && control.get(ValueLayout.JAVA_INT, 8) == SOL_SOCKET
              && control.get(ValueLayout.JAVA_INT, 12) == SCM_RIGHTS;
      return sent
          ? Optional.of(
              PseudoTerminal.of(new FileDescriptor(control.get(ValueLayout.JAVA_INT, 16))))
          : Optional.empty();
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
