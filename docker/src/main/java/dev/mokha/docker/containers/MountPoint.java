package dev.mokha.docker.containers;

import java.util.List;

/**
 * A mount of a container, as decided at its creation (Docker API 1.50, MountPoint).
 *
 * @param type {@code bind}, {@code volume}, {@code tmpfs} or {@code image}
 * @param name the volume's, or the image's as it was asked for; empty for others
 * @param source the host's path of a bind mount, the id of a mounted image
 * @param destination where, an absolute path
 * @param mode the letters it was asked for with, such as {@code ro,z}
 * @param writable whether it can be written
 * @param propagation such as {@code rprivate}; empty for volumes
 * @param subpath a part of the volume; empty for all
 * @param options of a tmpfs, such as {@code size=64m}
 * @param nonRecursive whether mounts below a bind mount's source are left out
 * @param recursiveReadOnly whether mounts below are read-only too
 * @param copy whether an empty volume gets what the image has there
 * @param ownVolume whether the volume was made for this container and goes with it
 */
public record MountPoint(
    String type,
    String name,
    String source,
    String destination,
    String mode,
    boolean writable,
    String propagation,
    String subpath,
    List<String> options,
    boolean nonRecursive,
    boolean recursiveReadOnly,
    boolean copy,
    boolean ownVolume) {
  /** Copies the options. */
  public MountPoint {
    options = List.copyOf(options);
  }

  static MountPoint bind(
      String source, String destination, String mode, boolean writable, String propagation) {
    return new MountPoint(
        "bind",
        "",
        source,
        destination,
        mode,
        writable,
        propagation.isEmpty() ? "rprivate" : propagation,
        "",
        List.of(),
        false,
        false,
        false,
        false);
  }

  static MountPoint volume(
      String name, String destination, String mode, boolean writable, boolean copy, boolean own) {
    return new MountPoint(
        "volume",
        name,
        "",
        destination,
        mode,
        writable,
        "",
        "",
        List.of(),
        false,
        false,
        copy,
        own);
  }

  static MountPoint tmpfs(String destination, List<String> options, boolean writable) {
    return new MountPoint(
        "tmpfs", "", "", destination, "", writable, "", "", options, false, false, false, false);
  }

  /** An image's files; which image a name means is said by {@link #ofImage}. */
  static MountPoint image(String reference, String destination, String subpath) {
    return new MountPoint(
        "image",
        reference,
        "",
        destination,
        "",
        false,
        "rprivate",
        subpath,
        List.of(),
        false,
        false,
        false,
        false);
  }

  MountPoint ofImage(String id) {
    return new MountPoint(
        type,
        name,
        id,
        destination,
        mode,
        writable,
        propagation,
        subpath,
        options,
        nonRecursive,
        recursiveReadOnly,
        copy,
        ownVolume);
  }

  MountPoint at(boolean mayWrite) {
    return new MountPoint(
        type,
        name,
        source,
        destination,
        mode,
        mayWrite,
        propagation,
        subpath,
        options,
        nonRecursive,
        recursiveReadOnly,
        copy,
        false);
  }
}
