package dev.mokha.linux;

import java.util.List;
import java.util.stream.Collectors;

/**
 * How ids of a user namespace, or those on an idmapped mount's disk, lie on the host
 * (user_namespaces(7), section uid_map).
 */
public record IdMap(List<Range> uids, List<Range> gids) {
  /** Copies the collections. */
  public IdMap {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
  }

  /** Ids that follow each other: the first inside, the first on the host, how many. */
  public record Range(long inside, long host, long size) {}

  static String text(List<Range> ranges) {
    return ranges.stream()
        .map(range -> range.inside + " " + range.host + " " + range.size + "\n")
        .collect(Collectors.joining());
  }
}
