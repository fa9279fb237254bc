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
    int stopSignal) {

  /** The same with another id. */
  public ContainerSpec withId(String newId) {
    return new ContainerSpec(
        newId,
        owner,
        labels,
        image,
        rootfs,
        args,
        env,
        workingDir,
        user,
        hostname,
        namespaces,
        mounts,
        devices,
        resources,
        cgroupParent,
        security,
        sysctls,
        rlimits,
        tty,
        stdin,
        stdinOnce,
        logPath,
        logMaxBytes,
        logMaxFiles,
        stopSignal);
  }

  /**
   * A user, resolved against the image's /etc/passwd and /etc/group.
   *
   * @param name {@code user[:group]} by name or number; empty for root
   * @param additionalGids more groups
   */
  public record User(String name, List<Long> additionalGids) {
    /** Root. */
    public static final User ROOT = new User("", List.of());
  }

  /**
   * For each kind of namespace what to join: a path ({@code /proc/1/ns/net}, a bind mount), {@code
   * host} for the host's, empty for a new one.
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
   * @param propagation {@code private}, {@code rslave} or {@code rshared}
   * @param options more options, such as {@code size=64m}
   */
  public record Mount(
      String source,
      String destination,
      String type,
      boolean readOnly,
      boolean recursiveReadOnly,
      String propagation,
      List<String> options) {
    /** A private bind mount. */
    public static Mount bind(Path source, String destination, boolean readOnly) {
      return new Mount(
          source.toString(), destination, "bind", readOnly, false, "private", List.of());
    }
  }

  /**
   * A device node.
   *
   * @param hostPath on the host
   * @param containerPath inside
   * @param access any of {@code rwm}
   */
  public record Device(String hostPath, String containerPath, String access) {}

  /** A limit of a process. */
  public record Rlimit(long soft, long hard) {}

  /**
   * What a container may do. The defaults are Docker's.
   *
   * @param privileged everything the daemon itself may
   * @param addCapabilities such as {@code NET_ADMIN}; {@code ALL} for all
   * @param dropCapabilities the same; drops come after {@code ALL} was added and before single adds
   * @param noNewPrivileges whether setuid has no effect
   * @param readOnlyRoot whether its root can't be written
   * @param seccomp {@code default}, {@code unconfined} or the path of a profile
   * @param maskedPaths hidden; null for the default ones
   * @param readonlyPaths not writable; null for the default ones
   * @param apparmor profile name; empty for none
   * @param selinuxLabel process label; empty for none
   */
  public record Security(
      boolean privileged,
      List<String> addCapabilities,
      List<String> dropCapabilities,
      boolean noNewPrivileges,
      boolean readOnlyRoot,
      String seccomp,
      List<String> maskedPaths,
      List<String> readonlyPaths,
      String apparmor,
      String selinuxLabel) {
    /** Docker's defaults. */
    public static final Security DEFAULT =
        new Security(false, List.of(), List.of(), false, false, "default", null, null, "", "");
  }
}
