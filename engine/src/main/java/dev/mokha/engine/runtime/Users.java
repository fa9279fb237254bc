package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.snapshots.RootedTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds users and groups in a root file system's /etc/passwd and /etc/group. */
final class Users {
  private static final int MAX_BYTES = 4 << 20;

  private Users() {}

  /**
   * A user found.
   *
   * @param uid number
   * @param gid number of the first group
   * @param additionalGids more groups
   * @param home home directory
   */
  record Found(long uid, long gid, List<Long> additionalGids, String home) {}

  /**
   * Finds a user.
   *
   * @throws EngineException when a name is not there; numbers need not be
   */
  static Found resolve(Path rootfs, ContainerSpec.User user) throws IOException {
    int colon = user.name().indexOf(':');
    String name = colon < 0 ? user.name() : user.name().substring(0, colon);
    String group = colon < 0 ? "" : user.name().substring(colon + 1);
    String wanted = name.isEmpty() ? "0" : name;
    // name:password:uid:gid:comment:home:shell
    Optional<List<String>> entry =
        lines(rootfs, "/etc/passwd", 6).stream()
            .filter(fields -> fields.get(0).equals(wanted) || fields.get(2).equals(wanted))
            .findFirst();
    Optional<Long> number = number(wanted);
    if (entry.isEmpty() && number.isEmpty()) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "unable to find user " + name + ": no matching entries in passwd file");
    }
    long uid = entry.flatMap(fields -> number(fields.get(2))).or(() -> number).orElse(0L);
    long gid = entry.flatMap(fields -> number(fields.get(3))).orElse(0L);
    String home = entry.map(fields -> fields.get(5)).filter(h -> !h.isEmpty()).orElse("/");
    // name:password:gid:members
    List<List<String>> groups = lines(rootfs, "/etc/group", 3);
    Set<Long> additional = new LinkedHashSet<>();
    if (!group.isEmpty()) {
      gid = gid(groups, group);
    } else if (entry.isPresent()) {
      String login = entry.get().get(0);
      for (List<String> fields : groups) {
        if (fields.size() > 3 && List.of(fields.get(3).split(",")).contains(login)) {
          number(fields.get(2)).ifPresent(additional::add);
        }
      }
    }
    additional.addAll(user.additionalGids());
    for (String more : user.groups()) {
      additional.add(gid(groups, more));
    }
    // The first group is among the others too, or giving up the first one would give rights to
    // files that are closed to its members (CVE-2022-2995).
    additional.remove(gid);
    List<Long> all = new ArrayList<>(List.of(gid));
    all.addAll(additional);
    return new Found(uid, gid, all, home);
  }

  private static long gid(List<List<String>> groups, String group) {
    return groups.stream()
        .filter(fields -> fields.get(0).equals(group))
        .findFirst()
        .flatMap(fields -> number(fields.get(2)))
        .or(() -> number(group))
        .orElseThrow(
            () ->
                new EngineException(
                    EngineException.Code.INVALID,
                    "unable to find group " + group + ": no matching entries in group file"));
  }

  private static Optional<Long> number(String text) {
    try {
      long value = Long.parseLong(text);
      return value >= 0 && value <= 0xfffffffeL ? Optional.of(value) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static List<List<String>> lines(Path rootfs, String file, int fields) throws IOException {
    // Never follow a link of the image out of it: its /etc/passwd may point at the host's.
    Path path = new RootedTree(rootfs).find(file);
    if (path == null
        || !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        || Files.size(path) > MAX_BYTES) {
      return List.of();
    }
    List<List<String>> result = new ArrayList<>();
    String text = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
    for (String line : text.lines().toList()) {
      List<String> parts = List.of(line.split(":", -1));
      if (parts.size() >= fields && !line.startsWith("#")) {
        result.add(parts);
      }
    }
    return result;
  }
}
