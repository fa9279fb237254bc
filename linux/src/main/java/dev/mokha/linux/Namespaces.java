package dev.mokha.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Namespaces that outlive their threads, pinned by bind mounts of /proc/thread-self/ns/*.
 *
 * <p>A namespace belongs to a thread, and threads started from a thread inherit it, the carriers of
 * virtual threads too. So whatever is to happen in another namespace happens on a platform thread
 * that is made for it and ends with it; <b>what runs there must start no thread, use no virtual
 * thread and no executor</b>, or those would stay in the wrong namespace for good.
 *
 * <pre>{@code
 * Namespaces.create(Map.of(Kind.NET, Path.of("/run/x/net")), () -> null);
 * int links = Namespaces.call(Map.of(Kind.NET, Path.of("/run/x/net")), () -> count());
 * Namespaces.unpin(Path.of("/run/x/net"));
 * }</pre>
 */
public final class Namespaces {
  private static final NativeFunction UNSHARE = NativeFunction.ofInt("unshare", 1);
  private static final NativeFunction SETNS = NativeFunction.ofInt("setns", 2);
  private static final NativeFunction SETHOSTNAME = NativeFunction.ofInt("sethostname", 2);

  private Namespaces() {}

  /** Kinds a thread can change into. */
  public enum Kind {
    /** Links, addresses, routes, sockets, nftables. */
    NET("net", 0x40000000),
    /** System V IPC and POSIX message queues. */
    IPC("ipc", 0x08000000),
    /** Host name. */
    UTS("uts", 0x04000000),
    /** Mounts. */
    MNT("mnt", 0x00020000);

    private final String file;
    private final int flag;

    Kind(String file, int flag) {
      this.file = file;
      this.flag = flag;
    }

    /** Its name in /proc/PID/ns. */
    public String file() {
      return file;
    }
  }

  /**
   * Makes new namespaces, pins each at its path (a file, made when missing) and runs something
   * inside them. When that fails nothing stays pinned.
   */
  public static <T> T create(Map<Kind, Path> pins, Callable<T> inside) {
    return onThrownAwayThread(
        () -> {
          UNSHARE.call("make namespaces", flags(pins.keySet()));
          int done = 0;
          List<Map.Entry<Kind, Path>> entries = List.copyOf(pins.entrySet());
          try {
            for (Map.Entry<Kind, Path> entry : entries) {
              pin(Path.of("/proc/thread-self/ns", entry.getKey().file), entry.getValue());
              done++;
            }
            return inside.call();
          } catch (Exception | Error e) {
            for (Map.Entry<Kind, Path> entry : entries.subList(0, done)) {
              unpin(entry.getValue());
            }
            throw e;
          }
        });
  }

  /** Runs something in new namespaces that end with it. */
  public static <T> T callInNew(Collection<Kind> kinds, Callable<T> inside) {
    return onThrownAwayThread(
        () -> {
          UNSHARE.call("make namespaces", flags(kinds));
          return inside.call();
        });
  }

  /** Runs something in existing namespaces, each given by a pin or a /proc/PID/ns file. */
  public static <T> T call(Map<Kind, Path> namespaces, Callable<T> inside) {
    return onThrownAwayThread(
        () -> {
          for (Map.Entry<Kind, Path> entry : namespaces.entrySet()) {
            try (FileDescriptor descriptor =
                FileDescriptor.open(entry.getValue(), FileDescriptor.READ_ONLY)) {
              SETNS.call(
                  "join namespace " + entry.getValue(), descriptor.number(), entry.getKey().flag);
            }
          }
          return inside.call();
        });
  }

  /** Keeps a namespace alive at a path. */
  public static void pin(Path namespace, Path path) {
    try {
      if (!Files.exists(path)) {
        Files.createDirectories(path.toAbsolutePath().getParent());
        Files.createFile(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't make " + path + " to pin a namespace at", e);
    }
    Mounts.bindOne(namespace, path);
  }

  /** Takes a pin away, file and all; the namespace ends when nothing else uses it. */
  public static void unpin(Path path) {
    Mounts.unmount(path);
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove " + path, e);
    }
  }

  /** Whether a namespace is pinned at that path: the file is one of the kernel's, not its place. */
  public static boolean isPinned(Path path) {
    return Files.isRegularFile(path) && FileSystemStat.of(path).type() == FileSystemStat.NSFS;
  }

  /** The namespace's identity, such as {@code net:[4026531840]}, of the calling thread. */
  public static String current(Kind kind) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/thread-self/ns", kind.file)).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read /proc/thread-self/ns/" + kind.file, e);
    }
  }

  /** Sets the host name of the calling thread's UTS namespace: only inside one of your own. */
  public static void setHostname(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(name, StandardCharsets.UTF_8);
      SETHOSTNAME.call("set host name " + name, text.address(), bytes.length);
    }
  }

  private static int flags(Collection<Kind> kinds) {
    int flags = 0;
    for (Kind kind : kinds) {
      flags |= kind.flag;
    }
    return flags;
  }

  private static <T> T onThrownAwayThread(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread =
        Thread.ofPlatform().name("namespace").inheritInheritableThreadLocals(false).start(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          // Joined, not only waited for: the namespace's last thread is really gone afterwards.
          thread.join();
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          switch (e.getCause()) {
            case RuntimeException cause -> throw cause;
            case Error cause -> throw cause;
            case IOException cause -> throw new UncheckedIOException(cause.getMessage(), cause);
            case Throwable cause -> throw new IllegalStateException(cause.getMessage(), cause);
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
