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
 * @param annotations handed to the OCI runtime as they are
 * @param ephemeral whether it is removed at its end, so that nothing of it need survive a power
 *     cut: that spares the disk and makes it quick
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
    boolean ephemeral) {

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
  public static Builder builder() {
    return new Builder();
  }

  /** To make one that differs in a few things. */
  public Builder toBuilder() {
    return new Builder(this);
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

  /**
   * How the ids of a user namespace of the container's own lie on the host (user_namespaces(7)).
   * Its root and its volumes are mounted so that files show the ids inside (idmapped mounts).
   *
   * @param uids ranges; empty for the host's ids, with no user namespace
   * @param gids the same for groups
   * @param namespace path of a user namespace with these ids to join; empty for a new one
   */
  public record UserMapping(List<IdRange> uids, List<IdRange> gids, String namespace) {
    /** The host's own ids. */
    public static final UserMapping HOST = new UserMapping(List.of(), List.of());

    /** What the kernel shows for ids that are not mapped (kernel.overflowuid). */
    private static final long NOBODY = 65534;

    /** A range that no other container has, found by the engine and kept until it is removed. */
    public static final UserMapping PRIVATE = new UserMapping(List.of(), List.of(), "private");

    /** Copies the collections. */
    public UserMapping {
      uids = List.copyOf(uids);
      gids = List.copyOf(gids);
      namespace = namespace == null ? "" : namespace;
    }

    /** With a user namespace of its own. */
    public UserMapping(List<IdRange> uids, List<IdRange> gids) {
      this(uids, gids, "");
    }

    /** Whether the container has the host's ids. */
    public boolean isHost() {
      return equals(HOST);
    }

    /** Where a user of the container lies on the host. */
    public long hostUid(long inside) {
      return toHost(uids, inside);
    }

    /** Where a group of the container lies on the host. */
    public long hostGid(long inside) {
      return toHost(gids, inside);
    }

    /** Who a user of the host is inside; nobody where he is none. */
    public long insideUid(long host) {
      return toInside(uids, host);
    }

    /** The same for a group. */
    public long insideGid(long host) {
      return toInside(gids, host);
    }

    private long toHost(List<IdRange> ranges, long inside) {
      if (isHost()) {
        return inside;
      }
      for (IdRange range : ranges) {
        if (inside >= range.container() && inside < range.container() + range.size()) {
          return range.host() + inside - range.container();
        }
      }
      return inside == NOBODY ? NOBODY : toHost(ranges, NOBODY);
    }

    private long toInside(List<IdRange> ranges, long host) {
      if (isHost()) {
        return host;
      }
      for (IdRange range : ranges) {
        if (host >= range.host() && host < range.host() + range.size()) {
          return range.container() + host - range.host();
        }
      }
      return NOBODY;
    }

    /** Whether the engine finds the ids. */
    public boolean isPrivate() {
      return equals(PRIVATE);
    }
  }

  /** Ids that follow each other: the first inside, the first on the host, how many. */
  public record IdRange(long container, long host, long size) {}

  /**
   * What the engine does for a container while nobody looks.
   *
   * @param restart when it is started again
   * @param health how its health is checked; null for not at all
   */
  public record Supervision(Restart restart, HealthCheck health) {
    /** Neither restarted nor checked. */
    public static final Supervision NONE = new Supervision(Restart.NEVER, null);
  }

  /**
   * When a container that has exited is started again.
   *
   * @param policy which ends count
   * @param maximumRetries how often in a row for {@code ON_FAILURE}; 0 for ever
   */
  public record Restart(Policy policy, int maximumRetries) {
    /** Never. */
    public static final Restart NEVER = new Restart(Policy.NO, 0);

    /** Docker's policies. */
    public enum Policy {
      /** Never. */
      NO,
      /** After each end but a stop; after a stop too when the daemon starts. */
      ALWAYS,
      /** After each end, unless somebody stopped it. */
      UNLESS_STOPPED,
      /** After an exit code other than 0. */
      ON_FAILURE
    }
  }

  /**
   * How a container's health is checked: a command inside, at intervals.
   *
   * @param command the words
   * @param interval between the end of a check and the next
   * @param timeout after which a check has failed
   * @param startPeriod after the start, in which failures do not count
   * @param startInterval between checks in the start period
   * @param retries failures in a row that make it unhealthy
   */
  public record HealthCheck(
      List<String> command,
      java.time.Duration interval,
      java.time.Duration timeout,
      java.time.Duration startPeriod,
      java.time.Duration startInterval,
      int retries) {
    /** Copies the command. */
    public HealthCheck {
      command = List.copyOf(command);
    }
  }

  /**
   * What a container may do. The defaults are Docker's.
   *
   * @param privileged everything the daemon itself may
   * @param addCapabilities such as {@code NET_ADMIN}; {@code ALL} for all
   * @param dropCapabilities the same; drops come after {@code ALL} was added and before single adds
   * @param noNewPrivileges whether setuid has no effect
   * @param readOnlyRoot whether its root can't be written
   * @param seccomp {@code default}, {@code unconfined}, the path of a profile, or a profile itself
   *     (JSON as Docker has it: {@code archMap}, {@code includes}, {@code excludes})
   * @param maskedPaths hidden; null for the default ones
   * @param readonlyPaths not writable; null for the default ones
   * @param apparmor profile name; {@code unconfined} for none, empty for the default one where the
   *     host has AppArmor
   * @param selinuxLabel process label; {@code disable} for none; empty for one of its own where the
   *     host has SELinux (none for pods)
   * @param selinuxMountLabel label of its root and of what is mounted in it; empty for none
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
      String selinuxLabel,
      String selinuxMountLabel) {
    /** Fills what a definition written by an earlier version lacks. */
    public Security {
      selinuxMountLabel = selinuxMountLabel == null ? "" : selinuxMountLabel;
    }

    /** Without a mount label. */
    public Security(
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
      this(
          privileged,
          addCapabilities,
          dropCapabilities,
          noNewPrivileges,
          readOnlyRoot,
          seccomp,
          maskedPaths,
          readonlyPaths,
          apparmor,
          selinuxLabel,
          "");
    }

    /** Docker's defaults. */
    public static final Security DEFAULT =
        new Security(false, List.of(), List.of(), false, false, "default", null, null, "", "");
  }

  /** Makes a specification; every setting has Docker's default. */
  public static final class Builder {
    private String id = "";
    private String owner = "";
    private Map<String, String> labels = Map.of();
    private String image = "";
    private Path rootfs;
    private List<String> args = List.of();
    private List<String> env = List.of();
    private String workingDir = "";
    private User user = User.ROOT;
    private String hostname = "";
    private Namespaces namespaces = Namespaces.PRIVATE;
    private List<Mount> mounts = List.of();
    private List<Device> devices = List.of();
    private Resources resources = Resources.NONE;
    private String cgroupParent = "";
    private Security security = Security.DEFAULT;
    private Map<String, String> sysctls = Map.of();
    private Map<String, Rlimit> rlimits = Map.of();
    private boolean tty;
    private boolean stdin;
    private boolean stdinOnce;
    private Path logPath;
    private long logMaxBytes;
    private int logMaxFiles;
    private int stopSignal;
    private String domainname = "";
    private boolean init;
    private List<String> deviceRules = List.of();
    private long shmBytes;
    private UserMapping users = UserMapping.HOST;
    private Supervision supervision = Supervision.NONE;
    private boolean ephemeral;
    private Map<String, String> annotations = Map.of();

    private Builder() {}

    private Builder(ContainerSpec from) {
      id = from.id;
      owner = from.owner;
      labels = from.labels;
      image = from.image;
      rootfs = from.rootfs;
      args = from.args;
      env = from.env;
      workingDir = from.workingDir;
      user = from.user;
      hostname = from.hostname;
      namespaces = from.namespaces;
      mounts = from.mounts;
      devices = from.devices;
      resources = from.resources;
      cgroupParent = from.cgroupParent;
      security = from.security;
      sysctls = from.sysctls;
      rlimits = from.rlimits;
      tty = from.tty;
      stdin = from.stdin;
      stdinOnce = from.stdinOnce;
      logPath = from.logPath;
      logMaxBytes = from.logMaxBytes;
      logMaxFiles = from.logMaxFiles;
      stopSignal = from.stopSignal;
      domainname = from.domainname;
      init = from.init;
      deviceRules = from.deviceRules;
      shmBytes = from.shmBytes;
      users = from.users;
      supervision = from.supervision;
      ephemeral = from.ephemeral;
      annotations = from.annotations;
    }

    /** Sets {@link ContainerSpec#id}. */
    public Builder id(String value) {
      id = value;
      return this;
    }

    /** Sets {@link ContainerSpec#owner}. */
    public Builder owner(String value) {
      owner = value;
      return this;
    }

    /** Sets {@link ContainerSpec#labels}. */
    public Builder labels(Map<String, String> value) {
      labels = value;
      return this;
    }

    /** Sets {@link ContainerSpec#image}. */
    public Builder image(String value) {
      image = value;
      return this;
    }

    /** Sets {@link ContainerSpec#rootfs}. */
    public Builder rootfs(Path value) {
      rootfs = value;
      return this;
    }

    /** Sets {@link ContainerSpec#args}. */
    public Builder args(List<String> value) {
      args = value;
      return this;
    }

    /** Sets {@link ContainerSpec#env}. */
    public Builder env(List<String> value) {
      env = value;
      return this;
    }

    /** Sets {@link ContainerSpec#workingDir}. */
    public Builder workingDir(String value) {
      workingDir = value;
      return this;
    }

    /** Sets {@link ContainerSpec#user}. */
    public Builder user(User value) {
      user = value;
      return this;
    }

    /** Sets {@link ContainerSpec#hostname}. */
    public Builder hostname(String value) {
      hostname = value;
      return this;
    }

    /** Sets {@link ContainerSpec#namespaces}. */
    public Builder namespaces(Namespaces value) {
      namespaces = value;
      return this;
    }

    /** Sets {@link ContainerSpec#mounts}. */
    public Builder mounts(List<Mount> value) {
      mounts = value;
      return this;
    }

    /** Sets {@link ContainerSpec#devices}. */
    public Builder devices(List<Device> value) {
      devices = value;
      return this;
    }

    /** Sets {@link ContainerSpec#resources}. */
    public Builder resources(Resources value) {
      resources = value;
      return this;
    }

    /** Sets {@link ContainerSpec#cgroupParent}. */
    public Builder cgroupParent(String value) {
      cgroupParent = value;
      return this;
    }

    /** Sets {@link ContainerSpec#security}. */
    public Builder security(Security value) {
      security = value;
      return this;
    }

    /** Sets {@link ContainerSpec#sysctls}. */
    public Builder sysctls(Map<String, String> value) {
      sysctls = value;
      return this;
    }

    /** Sets {@link ContainerSpec#rlimits}. */
    public Builder rlimits(Map<String, Rlimit> value) {
      rlimits = value;
      return this;
    }

    /** Sets {@link ContainerSpec#tty}. */
    public Builder tty(boolean value) {
      tty = value;
      return this;
    }

    /** Sets {@link ContainerSpec#stdin}. */
    public Builder stdin(boolean value) {
      stdin = value;
      return this;
    }

    /** Sets {@link ContainerSpec#stdinOnce}. */
    public Builder stdinOnce(boolean value) {
      stdinOnce = value;
      return this;
    }

    /** Sets {@link ContainerSpec#logPath}. */
    public Builder logPath(Path value) {
      logPath = value;
      return this;
    }

    /** Sets {@link ContainerSpec#logMaxBytes}. */
    public Builder logMaxBytes(long value) {
      logMaxBytes = value;
      return this;
    }

    /** Sets {@link ContainerSpec#logMaxFiles}. */
    public Builder logMaxFiles(int value) {
      logMaxFiles = value;
      return this;
    }

    /** Sets {@link ContainerSpec#stopSignal}. */
    public Builder stopSignal(int value) {
      stopSignal = value;
      return this;
    }

    /** Sets {@link ContainerSpec#domainname}. */
    public Builder domainname(String value) {
      domainname = value;
      return this;
    }

    /** Sets {@link ContainerSpec#init}. */
    public Builder init(boolean value) {
      init = value;
      return this;
    }

    /** Sets {@link ContainerSpec#deviceRules}. */
    public Builder deviceRules(List<String> value) {
      deviceRules = value;
      return this;
    }

    /** Sets {@link ContainerSpec#shmBytes}. */
    public Builder shmBytes(long value) {
      shmBytes = value;
      return this;
    }

    /** Sets {@link ContainerSpec#users}. */
    public Builder users(UserMapping value) {
      users = value;
      return this;
    }

    /** Sets {@link ContainerSpec#supervision}. */
    public Builder supervision(Supervision value) {
      supervision = value;
      return this;
    }

    /** Sets {@link ContainerSpec#annotations}. */
    public Builder annotations(Map<String, String> value) {
      annotations = value;
      return this;
    }

    /** Sets {@link ContainerSpec#ephemeral}. */
    public Builder ephemeral(boolean value) {
      ephemeral = value;
      return this;
    }

    /** The specification. */
    public ContainerSpec build() {
      return new ContainerSpec(
          id,
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
          stopSignal,
          domainname,
          init,
          deviceRules,
          shmBytes,
          users,
          supervision,
          annotations,
          ephemeral);
    }
  }
}
