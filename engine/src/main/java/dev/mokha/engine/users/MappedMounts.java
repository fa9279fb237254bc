package dev.mokha.engine.users;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.UserMapping;
import dev.mokha.engine.containers.UserMapping.IdRange;
import dev.mokha.linux.Errno;
import dev.mokha.linux.FileSystemStat;
import dev.mokha.linux.IdMappedMounts;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Namespaces;
import dev.mokha.linux.Overlay;
import dev.mokha.linux.UserNamespace;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The mounts of containers with ids of their own, made by the daemon: runtimes before OCI 1.1 map
 * no mounts.
 *
 * <p>The overlay file system itself can't be mapped (as of Linux 6.18), its layers can. So each
 * layer is mounted with mapped ids, the overlay over them, and the layers' mounts are taken out of
 * sight again; the overlay keeps them. Volumes are mounted with mapped ids in a directory of the
 * container's, and the runtime is told to bind them from there.
 *
 * <p>No directory here is ever removed with what is in it, only when it is empty: below may be a
 * volume.
 */
public final class MappedMounts {
  /**
   * What the host's root writes into a mapped overlay (its work directory, mount points) needs an
   * id on the disk too: the highest there is, which nobody has.
   */
  private static final IdRange HOST_ROOT = new IdRange(0xffff_fffeL, 0, 1);

  private static final Set<MountFlag> SYSFS =
      EnumSet.of(MountFlag.NO_SUID, MountFlag.NO_DEV, MountFlag.NO_EXEC);

  /** ST_* bits of statfs(2) and the mount options they stand for. */
  private static final Map<Long, String> LOCKED =
      Map.of(2L, "nosuid", 4L, "nodev", 8L, "noexec", 1024L, "noatime", 2048L, "nodiratime");

  private static final Map<String, MountFlag> FLAGS =
      Map.of(
          "nosuid",
          MountFlag.NO_SUID,
          "nodev",
          MountFlag.NO_DEV,
          "noexec",
          MountFlag.NO_EXEC,
          "noatime",
          MountFlag.NO_ATIME,
          "nodiratime",
          MountFlag.NO_DIRECTORY_ATIME);

  private final Path directory;
  private final UserIds ids;

  /**
   * Mounts below a directory.
   *
   * @param directory made when missing; below /run
   */
  public MappedMounts(Path directory, UserIds ids) throws IOException {
    this.directory = Files.createDirectories(requireNonNull(directory));
    this.ids = requireNonNull(ids);
  }

  /** Ranges and user namespaces. */
  public UserIds ids() {
    return ids;
  }

  /**
   * Takes what a run with ids of its own needs, if the specification says that it has some.
   *
   * @return the specification with its mapping, and with sources of mounts that are mapped
   */
  public ContainerSpec prepare(ContainerSpec spec) throws IOException {
    if (spec.users().isHost()) {
      return spec;
    }
    unmount(spec.id()); // what a run that was cut off may have left
    UserMapping mapping = mapping(spec);
    Path own = Files.createDirectories(directory.resolve(spec.id()));
    List<ContainerSpec.Mount> mounts = new ArrayList<>();
    try (UserNamespace users = namespace(mapping)) {
      for (ContainerSpec.Mount mount : spec.mounts()) {
        mounts.add(
            mount.type().equals("tmpfs")
                ? mount
                : mapped(mount, own.resolve(Integer.toString(mounts.size())), users));
      }
    }
    Path root = spec.rootfs();
    if (root != null) {
      try (UserNamespace users = namespace(mapping)) {
        root = Files.createDirectories(own.resolve("root"));
        IdMappedMounts.mount(spec.rootfs(), root, true, users);
      }
    }
    if (!spec.namespaces().network().isEmpty()
        && spec.mounts().stream().noneMatch(mount -> mount.destination().equals("/sys"))) {
      mounts.add(systemFiles(spec.namespaces().network(), own.resolve("sys")));
    }
    return spec.toBuilder().users(mapping).mounts(mounts).rootfs(root).build();
  }

  /** A container's mapping, found when it has to be. */
  public UserMapping mapping(ContainerSpec spec) {
    return spec.users().isPrivate() ? ids.take(UserIds.container(spec.id())) : spec.users();
  }

  private static ContainerSpec.Mount mapped(
      ContainerSpec.Mount mount, Path place, UserNamespace users) throws IOException {
    Path source = Path.of(mount.source());
    if (!Files.exists(source) || isKernels(source)) {
      return mount; // the runtime says what is missing; the kernel's own files belong to nobody
    }
    makePlace(place, Files.isDirectory(source));
    try {
      IdMappedMounts.mount(source, place, !mount.nonRecursive(), users);
    } catch (LinuxException e) {
      if (e.errno() == Errno.EINVAL || e.errno() == Errno.EPERM) {
        throw new EngineException(
            EngineException.Code.INVALID,
            "The file system of "
                + source
                + " (or one mounted below it) can't be shown with mapped user ids; use another"
                + " directory, or run the container with the host's ids",
            e);
      }
      throw e;
    }
    Set<MountFlag> asked = flags(mount.options());
    if (!asked.isEmpty()) {
      asked.addAll(flags(withLocked(mount.options(), FileSystemStat.of(place).flags())));
      Mounts.remountBind(place, asked); // a runtime may take it as it is
    }
    if (mount.readOnly()) {
      Mounts.setReadOnly(place, mount.recursiveReadOnly());
    }
    return new ContainerSpec.Mount(
        place.toString(),
        mount.destination(),
        mount.type(),
        mount.readOnly() && !mount.options().isEmpty(),
        mount.recursiveReadOnly(),
        mount.propagation(),
        withLocked(mount.options(), FileSystemStat.of(place).flags()),
        mount.nonRecursive());
  }

  /**
   * Nobody in a user namespace takes flags of the host's mounts away. A bind without flags keeps
   * them; one with some has to name them all.
   */
  private static List<String> withLocked(List<String> options, long flags) {
    if (options.isEmpty()) {
      return options;
    }
    Set<String> all = new LinkedHashSet<>(options);
    LOCKED.forEach(
        (bit, option) -> {
          if ((flags & bit) != 0) {
            all.add(option);
          }
        });
    return List.copyOf(all);
  }

  private static Set<MountFlag> flags(List<String> options) {
    EnumSet<MountFlag> flags = EnumSet.noneOf(MountFlag.class);
    options.stream().map(FLAGS::get).filter(Objects::nonNull).forEach(flags::add);
    return flags;
  }

  private static void makePlace(Path place, boolean asDirectory) throws IOException {
    if (asDirectory) {
      Files.createDirectories(place);
    } else if (!Files.exists(place)) {
      Files.createFile(place);
    }
  }

  private static boolean isKernels(Path source) {
    long type = FileSystemStat.of(source).type();
    return type == FileSystemStat.PROC
        || type == FileSystemStat.SYSFS
        || type == FileSystemStat.CGROUP
        || type == FileSystemStat.CGROUP2
        || type == FileSystemStat.NSFS
        || type == FileSystemStat.DEVPTS;
  }

  /**
   * A sysfs that shows a joined network's devices. A container's own root may mount one only for a
   * network that belongs to its user namespace.
   */
  private static ContainerSpec.Mount systemFiles(String network, Path place) throws IOException {
    Files.createDirectories(place);
    if (network.equals("host")) {
      Mounts.mount("sysfs", place, "sysfs", SYSFS, null);
    } else {
      Namespaces.call(
          Map.of(Namespaces.Kind.NET, Path.of(network)),
          () -> {
            Mounts.mount("sysfs", place, "sysfs", SYSFS, null);
            return null;
          });
    }
    return new ContainerSpec.Mount(
        place.toString(), "/sys", "bind", true, false, "", List.of("nosuid", "noexec", "nodev"));
  }

  /**
   * Mounts an overlay whose files show mapped ids.
   *
   * @param id the container
   * @param lower the layers, the uppermost first
   * @param own the directory with its {@code upper} and {@code work}
   */
  public void root(
      String id, UserMapping mapping, List<Path> lower, Path own, Path target, List<String> options)
      throws IOException {
    Path stage = Files.createDirectories(directory.resolve(id + ".layers"));
    List<Path> places = new ArrayList<>();
    try (UserNamespace users =
        UserNamespace.create(
            UserIds.map(withHostRoot(mapping.uids()), withHostRoot(mapping.gids())))) {
      List<Path> shown = new ArrayList<>();
      for (Path layer : lower) {
        shown.add(stage(layer, stage.resolve(Integer.toString(places.size())), places, users));
      }
      Path changes = stage(own, stage.resolve("own"), places, users);
      Overlay.mount(shown, changes.resolve("upper"), changes.resolve("work"), target, options);
    } finally {
      for (Path place : places) {
        unmount(place);
      }
      Files.deleteIfExists(stage);
    }
  }

  private static Path stage(Path source, Path place, List<Path> places, UserNamespace users)
      throws IOException {
    places.add(Files.createDirectories(place));
    IdMappedMounts.mount(source, place, false, users);
    return place;
  }

  private static List<IdRange> withHostRoot(List<IdRange> ranges) {
    if (ranges.stream().anyMatch(range -> range.host() == 0)) {
      return ranges;
    }
    List<IdRange> all = new ArrayList<>(ranges);
    all.add(HOST_ROOT);
    return all;
  }

  private static UserNamespace namespace(UserMapping mapping) {
    return mapping.namespace().isEmpty()
        ? UserNamespace.create(UserIds.map(mapping.uids(), mapping.gids()))
        : UserNamespace.open(Path.of(mapping.namespace()));
  }

  /** Takes away what a run had; the container's range of ids stays. */
  public void release(String id) throws IOException {
    unmount(id);
    ids.unpin(UserIds.container(id));
  }

  private void unmount(String id) throws IOException {
    for (Path own : List.of(directory.resolve(id), directory.resolve(id + ".layers"))) {
      if (!Files.isDirectory(own)) {
        continue;
      }
      List<Path> places = new ArrayList<>();
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(own)) {
        stream.forEach(places::add);
      }
      for (Path place : places) {
        unmount(place);
      }
      Files.deleteIfExists(own);
    }
  }

  /** Takes away all that a container had. */
  public void forget(String id) throws IOException {
    release(id);
    ids.release(UserIds.container(id));
  }

  /** Takes away what containers had that are no more: what a new daemon says once. */
  public void retain(Set<String> containerIds) throws IOException {
    List<String> left = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(path -> left.add(path.getFileName().toString().replace(".layers", "")));
    }
    for (String id : left) {
      if (!containerIds.contains(id)) {
        release(id);
      }
    }
    ids.retain(containerIds);
  }

  private static void unmount(Path place) throws IOException {
    while (Mounts.unmount(place)) {
      continue;
    }
    Files.deleteIfExists(place);
  }
}
