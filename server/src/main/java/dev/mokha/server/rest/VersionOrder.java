package dev.mokha.server.rest;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The order of the versions of a group ("version priority" in Kubernetes' documentation of custom
 * resources): stable before beta before alpha, then by number, higher ones first; names of any
 * other form come last, in alphabetical order.
 */
public final class VersionOrder {
  /** The preferred version first. */
  public static final Comparator<String> BEST_FIRST =
      Comparator.comparing(VersionOrder::rank).thenComparing(Comparator.naturalOrder());

  private static final Pattern FORM = Pattern.compile("v([0-9]{1,9})(?:(alpha|beta)([0-9]{1,9}))?");

  private VersionOrder() {}

  private static Rank rank(String version) {
    Matcher m = FORM.matcher(version);
    if (!m.matches()) {
      return new Rank(3, 0, 0);
    }
    int major = Integer.parseInt(m.group(1));
    return m.group(2) == null
        ? new Rank(0, -major, 0)
        : new Rank(m.group(2).equals("beta") ? 1 : 2, -major, -Integer.parseInt(m.group(3)));
  }

  private record Rank(int stability, int major, int minor) implements Comparable<Rank> {
    @Override
    public int compareTo(Rank o) {
      int c = Integer.compare(stability, o.stability);
      if (c == 0) {
        c = Integer.compare(major, o.major);
      }
      return c == 0 ? Integer.compare(minor, o.minor) : c;
    }
  }
}
