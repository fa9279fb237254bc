package dev.mokha.engine.containers;

import java.util.List;

/**
 * How the ids of a user namespace of the container's own lie on the host (user_namespaces(7)). Its
 * root and its volumes are mounted so that files show the ids inside (idmapped mounts).
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

  /** Ids that follow each other: the first inside, the first on the host, how many. */
  public record IdRange(long container, long host, long size) {}
}
