package dev.mokha.engine.runtime;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.MountEntry;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Namespaces;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a runtime is shown of the machine's mounts. crun takes cgroups of v1 or of v2, and refuses a
 * v2 hierarchy that is mounted beside v1 ones and has controllers; so there it runs in a mount
 * namespace in which that hierarchy is not. All else is the same, and nothing changes for anybody
 * but the runtime: containers get mount namespaces of their own anyway, and conmon stays outside.
 *
 * <pre>{@code
 * try (RuntimeView.Shown shown = view.now()) {
 *   run(shown.enter(), "crun", "create", ...);
 * }
 * }</pre>
 *
 * <p>A mount namespace keeps in use what the host unmounts meanwhile. Hence two kinds: {@link #now}
 * has every mount there is, for making a container, and ends with that. {@link #lasting} is for all
 * else, which may run as long as it likes: it has only what no machine unmounts.
 */
public final class RuntimeView implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RuntimeView.class);
  private static final List<Namespaces.Kind> MNT = List.of(Namespaces.Kind.MNT);
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  /** What a runtime needs besides its own directory, and no machine takes away. */
  private static final List<Path> SYSTEM =
      List.of(Path.of("/proc"), Path.of("/sys"), Path.of("/dev"), Path.of("/usr"));

  private final Path nsenter;
  private final Path hidden;
  private final Path runDir;
  private FileDescriptor lasting;

  private RuntimeView(Path nsenter, Path hidden, Path runDir) {
    this.nsenter = nsenter;
    this.hidden = hidden;
    this.runDir = runDir;
  }

  /** The machine as it is. */
  static RuntimeView plain() {
    return new RuntimeView(null, null, null);
  }

  /**
   * The machine without its v2 hierarchy; empty when it has not both kinds, or when nsenter(1) is
   * missing.
   *
   * @param runDir the engine's, where the runtime has its books
   */
  static Optional<RuntimeView> withoutUnified(Cgroups cgroups, Path runDir) {
    return cgroups
        .unifiedBesideOthers()
        .flatMap(
            unified ->
                OciRuntime.onPath("nsenter")
                    .map(nsenter -> new RuntimeView(nsenter, unified, requireNonNull(runDir))));
  }

  /** Whether it differs from the machine. */
  boolean differs() {
    return nsenter != null;
  }

  /** A way into a view, for as long as it is open. */
  public static final class Shown implements AutoCloseable {
    private final Path nsenter;
    private final FileDescriptor namespace;

    private Shown(Path nsenter, FileDescriptor namespace) {
      this.nsenter = nsenter;
      this.namespace = namespace;
    }

    /** The words to put before a command line; none when there is nothing to enter. */
    public List<String> enter() {
      return namespace == null ? List.of() : words(nsenter, namespace);
    }

    @Override
    public void close() {
      if (namespace != null) {
        namespace.close();
      }
    }
  }

  /** The machine's mounts as they are at this moment. */
  public Shown now() {
    return new Shown(nsenter, nsenter == null ? null : Namespaces.callInNew(MNT, this::hide));
  }

  /** The words to put before a command line that needs no container's or volume's mount. */
  synchronized List<String> lasting() {
    if (nsenter == null) {
      return List.of();
    }
    if (lasting == null) {
      lasting = Namespaces.callInNew(MNT, this::reduce);
    }
    return words(nsenter, lasting);
  }

  private static List<String> words(Path nsenter, FileDescriptor namespace) {
    String path = "/proc/" + ProcessHandle.current().pid() + "/fd/" + namespace.number();
    return List.of(nsenter.toString(), "--mount=" + path, "--");
  }

  /** On a thread in a mount namespace of its own, which is returned. */
  private FileDescriptor hide() {
    // What is unmounted here must stay on the host: this one place no longer passes it on.
    Mounts.setPropagation(CGROUPS, MountFlag.PRIVATE, false);
    Mounts.unmount(hidden);
    return FileDescriptor.open(Path.of("/proc/thread-self/ns/mnt"), FileDescriptor.READ_ONLY);
  }

  private FileDescriptor reduce() {
    Mounts.setPropagation(Path.of("/"), MountFlag.PRIVATE, true);
    for (MountEntry entry : Mounts.list().reversed()) {
      Path place = entry.target();
      if (!runDir.startsWith(place) && SYSTEM.stream().noneMatch(place::startsWith)) {
        try {
          Mounts.unmount(place);
        } catch (LinuxException e) {
          log.debug("{} stays in the runtime's view", place, e);
        }
      }
    }
    return hide();
  }

  @Override
  public synchronized void close() {
    if (lasting != null) {
      lasting.close();
      lasting = null;
    }
  }
}
