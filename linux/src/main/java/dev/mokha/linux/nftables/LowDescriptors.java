package dev.mokha.linux.nftables;

import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.NativeFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Descriptors with low numbers, kept back for libnftables. It waits for the kernel's answers with
 * select(2), which knows numbers below 1024 only: with a higher one the C library ends the whole
 * process. A daemon with a thousand connections has no such number left when it needs one.
 */
final class LowDescriptors {
  private static final int LIMIT = 1024;

  /** Below this the library's socket is certain to be low, whatever else is opened meanwhile. */
  private static final int PLENTY = LIMIT / 2;

  private static final int KEPT = 32;
  private static final int GIVEN = 8;
  private static final int TRIES = 16;

  private static final int SOL_SOCKET = 1;
  private static final int SO_PROTOCOL = 38;
  private static final int SO_DOMAIN = 39;
  private static final int AF_NETLINK = 16;
  private static final int NETLINK_NETFILTER = 12;
  private static final NativeFunction GETSOCKOPT = NativeFunction.ofInt("getsockopt", 5);

  private static final Path NULL = Path.of("/dev/null");
  private static final Deque<FileDescriptor> kept = new ArrayDeque<>();

  private LowDescriptors() {}

  /**
   * Makes a context whose socket has a low number.
   *
   * @param create makes one, 0 when it can't
   * @param free takes one back
   */
  static synchronized long create(LongSupplier create, LongConsumer free) {
    keep();
    for (int i = 0; i < TRIES; i++) {
      if (lowest() < PLENTY) {
        return create.getAsLong();
      }
      List<Integer> given = give();
      long context = create.getAsLong();
      boolean low = context == 0 || given.stream().anyMatch(LowDescriptors::isNetfilterSocket);
      if (!low) {
        free.accept(context);
      }
      keep();
      if (low) {
        return context;
      }
    }
    throw new NftablesException(
        "libnftables can't be used while so many files are open: all descriptors below "
            + LIMIT
            + " are taken");
  }

  /** To be called when a context was taken back: its number is kept for the next. */
  static synchronized void keep() {
    while (kept.size() < KEPT) {
      FileDescriptor next = FileDescriptor.open(NULL, FileDescriptor.READ_ONLY);
      if (next.number() >= LIMIT) {
        next.close();
        return;
      }
      kept.addLast(next);
    }
  }

  private static List<Integer> give() {
    List<Integer> numbers = new ArrayList<>();
    while (numbers.size() < GIVEN && !kept.isEmpty()) {
      try (FileDescriptor descriptor = kept.removeFirst()) {
        numbers.add(descriptor.number());
      }
    }
    return numbers;
  }

  private static int lowest() {
    try (FileDescriptor probe = FileDescriptor.open(NULL, FileDescriptor.READ_ONLY)) {
      return probe.number();
    }
  }

  private static boolean isNetfilterSocket(int number) {
    return option(number, SO_DOMAIN) == AF_NETLINK
        && option(number, SO_PROTOCOL) == NETLINK_NETFILTER;
  }

  private static int option(int number, int option) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, Integer.BYTES);
      long result =
          GETSOCKOPT.tryCall(number, SOL_SOCKET, option, value.address(), length.address());
      return result < 0 ? -1 : value.get(ValueLayout.JAVA_INT, 0);
    }
  }
}
