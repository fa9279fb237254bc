package dev.mokha.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A user namespace that lasts as long as it is held here, pinned, or used by a mount.
 *
 * <p>A process with several threads can't enter one (setns(2)), so each is made by a short-lived
 * child: util-linux's {@code unshare} around a {@code cat} that waits for the end of its input.
 *
 * <pre>{@code
 * try (UserNamespace users = UserNamespace.create(map)) {
 *   IdMappedMounts.mount(source, target, true, users);
 *   users.pin(Path.of("/run/x/user"));
 *   UserNamespace.createIn(Path.of("/run/x/user"), Map.of(Namespaces.Kind.NET, Path.of("/run/x/net")));
 * }
 * }</pre>
 */
public final class UserNamespace implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 10;

  private final FileDescriptor descriptor;

  private UserNamespace(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Makes one.
   *
   * @throws LinuxException when the kernel makes none (user.max_user_namespaces) or refuses the map
   */
  public static UserNamespace create(IdMap map) {
    try (Child child = Child.start(List.of("unshare", "--user"))) {
      child.write("uid_map", IdMap.text(map.uids()));
      child.write("gid_map", IdMap.text(map.gids()));
      return new UserNamespace(
          FileDescriptor.open(child.namespace("user"), FileDescriptor.READ_ONLY));
    }
  }

  /** Holds one that is pinned, or a process's. */
  public static UserNamespace open(Path path) {
    return new UserNamespace(FileDescriptor.open(path, FileDescriptor.READ_ONLY));
  }

  /** Keeps it alive at a path; {@link Namespaces#unpin} takes that away. */
  public void pin(Path path) {
    Namespaces.pin(Path.of("/proc/self/fd", Integer.toString(descriptor.number())), path);
  }

  /**
   * Makes namespaces that belong to a user namespace, so that its root rules in them, and pins each
   * at its path. When that fails nothing stays pinned.
   *
   * @param users a pinned user namespace
   */
  public static void createIn(Path users, Map<Namespaces.Kind, Path> pins) {
    List<String> words = new ArrayList<>(List.of("nsenter", "--user=" + users, "unshare"));
    pins.keySet().forEach(kind -> words.add("--" + kind.file()));
    Map<Namespaces.Kind, Path> done = new EnumMap<>(Namespaces.Kind.class);
    try (Child child = Child.start(words)) {
      pins.forEach(
          (kind, path) -> {
            Namespaces.pin(child.namespace(kind.file()), path);
            done.put(kind, path);
          });
    } catch (RuntimeException e) {
      done.values().forEach(Namespaces::unpin);
      throw e;
    }
  }

  int descriptor() {
    return descriptor.number();
  }

  @Override
  public void close() {
    descriptor.close();
  }

  /** A process that is there until this is closed. */
  private record Child(Process process) implements AutoCloseable {
    /** Starts one below a command that changes namespaces, and waits until it has. */
    static Child start(List<String> command) {
      List<String> words = new ArrayList<>(command);
      words.addAll(List.of("--", "sh", "-c", "echo ready; exec cat >/dev/null"));
      if (command.getFirst().equals("nsenter")) {
        words.add(2, "--");
      }
      ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
      builder
          .environment()
          .put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
      Process process;
      try {
        process = builder.start();
      } catch (IOException e) {
        throw new LinuxException(
            "make a user namespace: util-linux's unshare can't be run: " + e.getMessage(),
            Errno.ENOENT);
      }
      Child child = new Child(process);
      try {
        String line = process.inputReader(StandardCharsets.UTF_8).readLine();
        if ("ready".equals(line)) {
          return child;
        }
        child.close();
        throw new LinuxException(
            "make a user namespace (see user.max_user_namespaces): " + line, Errno.EPERM);
      } catch (IOException e) {
        child.close();
        throw new LinuxException("make a user namespace: " + e.getMessage(), Errno.EIO);
      }
    }

    Path namespace(String kind) {
      return Path.of("/proc", Long.toString(process.pid()), "ns", kind);
    }

    void write(String file, String text) {
      try {
        // In one write: the kernel takes a second one for an attempt to change it.
        Files.write(
            Path.of("/proc", Long.toString(process.pid()), file),
            text.getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        throw new LinuxException(
            "write " + file + " of a user namespace: " + e.getMessage(), Errno.EINVAL);
      }
    }

    @Override
    public void close() {
      boolean interrupted = Thread.interrupted();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (IOException e) {
        process.destroyForcibly();
      } catch (InterruptedException e) {
        process.destroyForcibly();
        interrupted = true;
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
