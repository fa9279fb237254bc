package dev.mokha.engine;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.images.ImagePolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where an engine lives. Several engines run side by side on a machine when all paths differ.
 *
 * @param dataDir what must survive a reboot: content, snapshots, container definitions
 * @param runDir what must not: sockets, pid files, mounts; below /run
 * @param cgroupRoot the cgroup below which containers without a parent of their own are put, as a
 *     path below each hierarchy's mount, such as {@code /mokha/default}
 * @param registries for each registry host the mirrors to try, in order, before the host itself;
 *     {@code *} stands for all hosts
 * @param insecureRegistries hosts (with port) that are spoken to in plain HTTP; loopback always may
 * @param ownRegistry the cluster's own registry, if it has one
 * @param imagePolicy which images may be pulled, by whomever
 */
public record EngineConfig(
    Path dataDir,
    Path runDir,
    String cgroupRoot,
    Map<String, List<String>> registries,
    List<String> insecureRegistries,
    Optional<OwnRegistry> ownRegistry,
    ImagePolicy imagePolicy) {
  /** Copies the collections. */
  public EngineConfig {
    requireNonNull(dataDir, "dataDir");
    requireNonNull(runDir, "runDir");
    requireNonNull(cgroupRoot, "cgroupRoot");
    registries = Map.copyOf(registries);
    insecureRegistries = List.copyOf(insecureRegistries);
    requireNonNull(ownRegistry, "ownRegistry");
    requireNonNull(imagePolicy, "imagePolicy");
  }

  /** An engine that pulls every image. */
  public EngineConfig(
      Path dataDir,
      Path runDir,
      String cgroupRoot,
      Map<String, List<String>> registries,
      List<String> insecureRegistries,
      Optional<OwnRegistry> ownRegistry) {
    this(
        dataDir, runDir, cgroupRoot, registries, insecureRegistries, ownRegistry, ImagePolicy.NONE);
  }

  /** The same with another policy. */
  public EngineConfig withImagePolicy(ImagePolicy policy) {
    return new EngineConfig(
        dataDir, runDir, cgroupRoot, registries, insecureRegistries, ownRegistry, policy);
  }

  /** An engine that knows no registry of its cluster. */
  public EngineConfig(
      Path dataDir,
      Path runDir,
      String cgroupRoot,
      Map<String, List<String>> registries,
      List<String> insecureRegistries) {
    this(dataDir, runDir, cgroupRoot, registries, insecureRegistries, Optional.empty());
  }
}
