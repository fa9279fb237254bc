package dev.mokha.node.volume;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.FileSystemStat;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Nodes;
import dev.mokha.node.environment.Expansion;
import dev.mokha.node.environment.PodFields;
import dev.mokha.node.objects.WatchedObjects;
import dev.mokha.node.resources.PodResources;
import dev.mokha.node.resources.Quantities;
import dev.mokha.node.timing.Alarms;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volumes of one pod. {@link #mount} makes them, or finds what an earlier daemon made; from
 * then on changed ConfigMaps, Secrets, labels and tokens reach them by themselves; {@link #unmount}
 * takes away all but the disk's part, which goes with the pod's directory.
 *
 * <p>Made content lies in the runtime directory, which is kept in memory: no Secret is written to a
 * disk.
 */
public final class PodVolumes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PodVolumes.class);
  private static final Duration REFRESH_RETRY = Duration.ofSeconds(30);

  private final Services services;
  private final Path disk;
  private final Path memory;
  private final Runnable onChange;
  private final Map<String, WatchedObjects.Handle<ConfigMap>> configMaps = new HashMap<>();
  private final Map<String, WatchedObjects.Handle<Secret>> secrets = new HashMap<>();
  private final Map<String, ServiceAccountTokens.Token> tokens = new HashMap<>();
  private final Map<String, Path> places = new HashMap<>();
  private Pod pod;
  private PodFields.Surroundings surroundings;
  private Alarms.Alarm renewal = () -> {};
  private boolean mounted;
  private boolean closed;

  /**
   * What all pods' volumes share.
   *
   * @param configMaps ConfigMaps by name
   * @param secrets Secrets by name
   * @param tokens service account tokens
   * @param claims where claims lead
   * @param alarms the timer
   */
  public record Services(
      WatchedObjects<ConfigMap> configMaps,
      WatchedObjects<Secret> secrets,
      ServiceAccountTokens tokens,
      VolumeClaims claims,
      Alarms alarms) {}

  /**
   * A pod's volumes.
   *
   * @param disk a directory for what must survive a reboot
   * @param memory a directory for what must not be on a disk
   * @param onChange is told when an object that volumes need has changed
   */
  public PodVolumes(Services services, Path disk, Path memory, Runnable onChange) {
    this.services = requireNonNull(services, "services");
    this.disk = requireNonNull(disk, "disk");
    this.memory = requireNonNull(memory, "memory");
    this.onChange = requireNonNull(onChange, "onChange");
  }

  /**
   * Makes all volumes of the pod; does nothing to those that are there.
   *
   * @throws VolumeException when one can't be made now
   */
  public synchronized void mount(Pod newPod, PodFields.Surroundings newSurroundings) {
    pod = newPod;
    surroundings = newSurroundings;
    try {
      for (Volume volume : pod.getSpec().getVolumes()) {
        try {
          places.put(volume.getName(), make(volume));
        } catch (VolumeException e) {
          throw new VolumeException(
              "MountVolume.SetUp failed for volume \"%s\" : %s"
                  .formatted(volume.getName(), e.getMessage()),
              e);
        }
      }
    } catch (IOException | LinuxException e) {
      throw new VolumeException("a volume can't be made: " + e.getMessage(), e);
    }
    mounted = true;
    renewTokensInTime();
  }

  /** Brings made content up to date with a pod whose metadata may have changed. */
  public synchronized void refresh(Pod newPod) {
    if (!mounted || closed) {
      return;
    }
    pod = newPod;
    refreshContents();
  }

  private synchronized void changed() {
    if (closed) {
      return;
    }
    if (mounted) {
      services.alarms().after(Duration.ZERO, "volumes-" + pod.getMetadata().getName(), this::sync);
    }
    onChange.run();
  }

  private synchronized void sync() {
    if (mounted && !closed) {
      refreshContents();
    }
  }

  private void refreshContents() {
    for (Volume volume : pod.getSpec().getVolumes()) {
      if (!VolumeContents.isContent(volume)) {
        continue;
      }
      try {
        make(volume);
      } catch (IOException | RuntimeException e) {
        // The old content stays; an object that comes back or changes brings us here again.
        log.warn(
            "Volume {} of pod {}/{} keeps its old content: {}",
            volume.getName(),
            pod.getMetadata().getNamespace(),
            pod.getMetadata().getName(),
            e.getMessage());
      }
    }
    renewTokensInTime();
  }

  private Path make(Volume volume) throws IOException {
    if (VolumeContents.isContent(volume)) {
      Path place = memory.resolve(volume.getName());
      makeMemoryDirectory(place);
      VolumeContents contents = new VolumeContents(pod, new Sources(), surroundings);
      Ownership ownership = Ownership.of(pod);
      new AtomicDirectory(place, ownership).write(contents.of(volume));
      return place;
    }
    if (volume.getEmptyDir() != null) {
      return emptyDir(volume.getName(), volume.getEmptyDir());
    }
    if (volume.getHostPath() != null) {
      return HostPaths.resolve(volume.getHostPath().getPath(), volume.getHostPath().getType());
    }
    if (volume.getPersistentVolumeClaim() != null) {
      Path place =
          services
              .claims()
              .resolve(
                  pod.getMetadata().getNamespace(),
                  volume.getPersistentVolumeClaim().getClaimName());
      Ownership.of(pod).applyToTree(place);
      return place;
    }
    throw new VolumeException(
        "this kind of volume is not supported by this node; it knows emptyDir, configMap, secret,"
            + " downwardAPI, projected, hostPath and persistentVolumeClaim");
  }

  private void makeMemoryDirectory(Path place) throws IOException {
    if (Files.isDirectory(place)) {
      return;
    }
    Files.createDirectories(place);
    if (FileSystemStat.of(place).type() != FileSystemStat.TMPFS) {
      Mounts.tmpfs(place, EnumSet.of(MountFlag.NO_SUID, MountFlag.NO_DEV), "mode=0755");
    }
    Nodes.mode(place, 0755);
    Ownership.of(pod).applyToDirectories(place);
  }

  private Path emptyDir(String name, EmptyDirVolumeSource source) throws IOException {
    Path place = disk.resolve(name);
    boolean inMemory = "Memory".equals(source.getMedium());
    boolean there = Files.isDirectory(place) && (!inMemory || Mounts.find(place).isPresent());
    if (there) {
      return place;
    }
    Files.createDirectories(place);
    if (inMemory) {
      long size = memorySize(source);
      String options = "mode=0777" + (size > 0 ? ",size=" + size : "");
      Mounts.tmpfs(place, EnumSet.of(MountFlag.NO_SUID, MountFlag.NO_DEV), options);
    }
    Nodes.mode(place, 0777);
    Ownership.of(pod).applyToTree(place);
    return place;
  }

  // No larger than the pod's own memory limit (KEP-1967).
  private long memorySize(EmptyDirVolumeSource source) {
    long pods = PodResources.of(pod).memoryLimitBytes();
    long own = source.getSizeLimit() == null ? 0 : Quantities.whole(source.getSizeLimit());
    if (own == 0 || pods == 0) {
      return Math.max(own, pods);
    }
    return Math.min(own, pods);
  }

  private void renewTokensInTime() {
    renewal.cancel();
    Optional<Instant> next =
        tokens.values().stream().map(ServiceAccountTokens.Token::renewAt).min(Instant::compareTo);
    Instant soonest = Instant.now().plus(REFRESH_RETRY);
    next.ifPresent(
        at ->
            renewal =
                services
                    .alarms()
                    .at(at.isBefore(soonest) ? soonest : at, "renew-token", this::sync));
  }

  /**
   * The mounts of one of the pod's containers.
   *
   * @param variables the container's, for subPathExpr
   * @throws VolumeException when a volume is not there or a subPath leads out of it
   */
  public synchronized List<ContainerSpec.Mount> mounts(
      Container container, Map<String, String> variables) {
    List<ContainerSpec.Mount> mounts = new ArrayList<>();
    int index = 0;
    for (VolumeMount mount : container.getVolumeMounts()) {
      Path place = places.get(mount.getName());
      if (place == null) {
        throw new VolumeException("volume \"" + mount.getName() + "\" is not mounted");
      }
      String subPath = subPath(mount, variables);
      if (!subPath.isEmpty()) {
        Path target = memory.resolveSibling("subpaths").resolve(container.getName() + "-" + index);
        SubPaths.bind(place, subPath, target);
        place = target;
      }
      index++;
      boolean readOnly = Boolean.TRUE.equals(mount.getReadOnly()) || isMade(mount.getName());
      String recursive = mount.getRecursiveReadOnly();
      mounts.add(
          new ContainerSpec.Mount(
              place.toString(),
              absolute(mount.getMountPath()),
              "bind",
              readOnly,
              readOnly && recursive != null && !recursive.equals("Disabled"),
              propagation(mount.getMountPropagation()),
              List.of()));
    }
    return mounts;
  }

  private static String absolute(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }

  private boolean isMade(String volumeName) {
    return pod.getSpec().getVolumes().stream()
        .anyMatch(v -> v.getName().equals(volumeName) && VolumeContents.isContent(v));
  }

  private static String subPath(VolumeMount mount, Map<String, String> variables) {
    String expression = mount.getSubPathExpr();
    if (expression != null && !expression.isEmpty()) {
      String expanded = Expansion.expand(expression, variables);
      if (expanded.contains("$(")) {
        throw new VolumeException("subPathExpr " + expression + " names an unknown variable");
      }
      if (expanded.startsWith("/")) {
        throw new VolumeException("subPathExpr " + expression + " must not lead to " + expanded);
      }
      return expanded;
    }
    return mount.getSubPath() == null ? "" : mount.getSubPath();
  }

  private static String propagation(String mode) {
    return switch (mode == null ? "None" : mode) {
      case "HostToContainer" -> "rslave";
      case "Bidirectional" -> "rshared";
      default -> "private";
    };
  }

  /** A volume's directory, if it is mounted. */
  public synchronized Optional<Path> place(String volumeName) {
    return Optional.ofNullable(places.get(volumeName));
  }

  /** Stops following changes and takes all mounts away. */
  public synchronized void unmount() {
    close();
    mounted = false;
    removeMounts(disk, memory);
  }

  /** Takes away what a pod that nobody knows any more has left mounted. */
  public static void removeMounts(Path disk, Path memory) {
    try {
      Mounts.unmountTree(disk);
      Path subPaths = memory.resolveSibling("subpaths");
      Mounts.unmountTree(subPaths);
      Mounts.unmountTree(memory);
      DurableFiles.delete(subPaths);
      DurableFiles.delete(memory);
    } catch (IOException | LinuxException e) {
      throw new VolumeException("volumes can't be taken away: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    renewal.cancel();
    configMaps.values().forEach(WatchedObjects.Handle::close);
    secrets.values().forEach(WatchedObjects.Handle::close);
    configMaps.clear();
    secrets.clear();
  }

  private final class Sources implements VolumeContents.Sources {
    @Override
    public Optional<ConfigMap> configMap(String name) {
      return configMaps
          .computeIfAbsent(
              name,
              n ->
                  services
                      .configMaps()
                      .hold(pod.getMetadata().getNamespace(), n, PodVolumes.this::changed))
          .get();
    }

    @Override
    public Optional<Secret> secret(String name) {
      return secrets
          .computeIfAbsent(
              name,
              n ->
                  services
                      .secrets()
                      .hold(pod.getMetadata().getNamespace(), n, PodVolumes.this::changed))
          .get();
    }

    @Override
    public String token(ServiceAccountTokenProjection projection) {
      String key = projection.getAudience() + "/" + projection.getExpirationSeconds();
      ServiceAccountTokens.Token token = tokens.get(key);
      if (token == null || !token.renewAt().isAfter(Instant.now())) {
        token = services.tokens().request(pod, projection);
        tokens.put(key, token);
      }
      return token.text();
    }
  }
}
