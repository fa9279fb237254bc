package dev.mokha.engine.containers;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Everything a container is made from. Written to disk at creation, so that adoption needs no one's
 * memory.
 *
 * @param id 64 hexadecimal digits; empty to have one made
 * @param owner who may change it: {@code pod/UID}, {@code docker}, {@code build}, {@code machine}
 * @param labels the owner's own notes
 * @param image reference or id of an image in this engine; empty when {@code rootfs} is set
 * @param rootfs a directory to use as the root as it is; null when {@code image} is set
 * @param args the whole command line
 * @param env {@code KEY=value}, complete: nothing is added from the image
 * @param workingDir created when missing; empty for /
 * @param user who its process is
 * @param hostname empty to keep the UTS namespace's
 * @param namespaces which namespaces it joins
 * @param mounts bind mounts and tmpfs, in the order they are made
 * @param devices device nodes of the host it may use
 * @param resources its limits
 * @param cgroupParent such as {@code /mokha/default/pods/burstable/podUID}; empty for the engine's
 *     root
 * @param security what it may do
 * @param sysctls for namespaces of its own
 * @param rlimits such as {@code RLIMIT_NOFILE}
 * @param tty whether it gets a terminal
 * @param stdin whether an input is kept for attach
 * @param stdinOnce whether the input closes after the first attach
 * @param logPath CRI-format log file; null for none
 * @param logMaxBytes size at which the log is rotated; 0 for never
 * @param logMaxFiles rotated files kept, the current one included
 * @param stopSignal number; 0 for SIGTERM
 * @param domainname NIS domain of its own UTS namespace; empty for none
 * @param init whether a small init runs as process 1, passes signals on and reaps
 * @param deviceRules more devices it may use, such as {@code c 10:200 rwm}
 * @param shmBytes size of /dev/shm of its own; 0 for 64 MiB
 * @param users how its ids are mapped to the host's
 * @param supervision when it is restarted and how its health is checked
 * @param annotations handed to the OCI runtime, except those crun takes for orders (run.oci.)
 * @param ephemeral whether it is removed at its end, so that nothing of it need survive a power
 *     cut: that spares the disk and makes it quick
 * @param terminalColumns width its terminal has from the beginning; 0 for the kernel's own
 * @param terminalRows height of the same
 */
public record ContainerSpec(
    String id,
    String owner,
    Map<String, String> labels,
    String image,
    Path rootfs,
    List<String> args,
    List<String> env,
    String workingDir,
    User user,
    String hostname,
    Namespaces namespaces,
    List<Mount> mounts,
    List<Device> devices,
    Resources resources,
    String cgroupParent,
    Security security,
    Map<String, String> sysctls,
    Map<String, Rlimit> rlimits,
    boolean tty,
    boolean stdin,
    boolean stdinOnce,
    Path logPath,
    long logMaxBytes,
    int logMaxFiles,
    int stopSignal,
    String domainname,
    boolean init,
    List<String> deviceRules,
    long shmBytes,
    UserMapping users,
    Supervision supervision,
    Map<String, String> annotations,
    boolean ephemeral,
    int terminalColumns,
    int terminalRows) {

  /** Fills what a definition written by an earlier version lacks, and copies the collections. */
  public ContainerSpec {
    labels = labels == null ? Map.of() : Map.copyOf(labels);
    domainname = domainname == null ? "" : domainname;
    deviceRules = deviceRules == null ? List.of() : List.copyOf(deviceRules);
    users = users == null ? UserMapping.HOST : users;
    supervision = supervision == null ? Supervision.NONE : supervision;
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }

  /** An empty one: Docker's defaults, no image, no command. */
  public static ContainerSpecBuilder builder() {
    return new ContainerSpecBuilder();
  }

  /** To make one that differs in a few things. */
  public ContainerSpecBuilder toBuilder() {
    return new ContainerSpecBuilder(this);
  }

  /** The same with another id. */
  public ContainerSpec withId(String newId) {
    return toBuilder().id(newId).build();
  }

  /**
   * A user, resolved against the image's /etc/passwd and /etc/group.
   *
   * @param name {@code user[:group]} by name or number; empty for root
   * @param additionalGids more groups
   * @param groups more groups, by names of the image's /etc/group or as numbers
   */
  public record User(String name, List<Long> additionalGids, List<String> groups) {
    /** Root. */
    public static final User ROOT = new User("", List.of());

    /** Fills what a definition written by an earlier version lacks. */
    public User {
      groups = groups == null ? List.of() : List.copyOf(groups);
    }

    /** With more groups by number alone. */
    public User(String name, List<Long> additionalGids) {
      this(name, additionalGids, List.of());
    }
  }

  /**
   * For each kind of namespace what to join: a path ({@code /proc/1/ns/net}, a bind mount), {@code
   * host} for the host's, empty for a new one. {@code none} as IPC: a new one without /dev/shm.
   */
  public record Namespaces(String network, String ipc, String uts, String pid, String cgroup) {
    /** All new. */
    public static final Namespaces PRIVATE = new Namespaces("", "", "", "", "");
  }

  /**
   * A mount.
   *
   * @param source host path; empty for tmpfs
   * @param destination path inside
   * @param type {@code bind} or {@code tmpfs}
   * @param readOnly whether it can't be written
   * @param recursiveReadOnly whether mounts below it can't either
   * @param propagation {@code private}, {@code slave}, {@code shared}, or with a leading {@code r}
   *     for all mounts below too; {@code private} and empty are {@code rprivate}
   * @param options more options, such as {@code size=64m}
   * @param nonRecursive whether a bind mount leaves out what is mounted below its source
   */
  public record Mount(
      String source,
      String destination,
      String type,
      boolean readOnly,
      boolean recursiveReadOnly,
      String propagation,
      List<String> options,
      boolean nonRecursive) {
    /** One that takes along what is mounted below its source. */
    public Mount(
        String source,
        String destination,
        String type,
        boolean readOnly,
        boolean recursiveReadOnly,
        String propagation,
        List<String> options) {
      this(source, destination, type, readOnly, recursiveReadOnly, propagation, options, false);
    }

    /** A private bind mount. */
    public static Mount bind(Path source, String destination, boolean readOnly) {
      return new Mount(
          source.toString(), destination, "bind", readOnly, false, "private", List.of());
    }
  }

  /**
   * A device node.
   *
   * @param hostPath on the host; of a directory, all devices below it
   * @param containerPath inside
   * @param access any of {@code rwm}
   */
  public record Device(String hostPath, String containerPath, String access) {}

  /** A limit of a process. */
  public record Rlimit(long soft, long hard) {}
}
