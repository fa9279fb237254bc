package dev.mokha.registry.mirror;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is mirrored from where.
 *
 * @param hosts for each registry host its upstreams in order; {@code *} for all others
 * @param maxBytes of all blobs kept; the least recently used go
 * @param maxAge since the last use, after which a blob goes
 * @param fresh how long a tag is served without asking its upstream
 * @param patience how long an upstream may be silent
 */
public record MirrorConfig(
    Map<String, List<Source>> hosts,
    long maxBytes,
    Duration maxAge,
    Duration fresh,
    Duration patience) {
  /** Twenty GiB, thirty days. */
  public static final MirrorConfig DEFAULT =
      new MirrorConfig(
          Map.of(), 20L << 30, Duration.ofDays(30), Duration.ofSeconds(10), Duration.ofSeconds(15));

  /** Copies the map. */
  public MirrorConfig {
    hosts = Map.copyOf(hosts);
    requireNonNull(maxAge, "maxAge");
    requireNonNull(fresh, "fresh");
    requireNonNull(patience, "patience");
  }

  /** The same for other hosts. */
  public MirrorConfig withHosts(Map<String, List<Source>> others) {
    return new MirrorConfig(others, maxBytes, maxAge, fresh, patience);
  }

  /**
   * An upstream.
   *
   * @param base where its API is, without {@code /v2/}
   */
  public record Source(URI base, Optional<Login> login) {
    /** Without a login. */
    public static Source of(URI base) {
      return new Source(base, Optional.empty());
    }
  }

  /** Who we are at an upstream. */
  public record Login(String username, String password) {
    @Override
    public String toString() {
      return username;
    }
  }
}
