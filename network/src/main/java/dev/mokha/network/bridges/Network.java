package dev.mokha.network.bridges;

import java.time.Instant;
import java.util.List;

/**
 * A network that is there.
 *
 * @param id 64 hexadecimal digits
 * @param created when
 * @param driver {@code bridge}, {@code host} or {@code null}
 * @param spec as it was asked for, with the subnets and gateways it got
 * @param bridge the link on the host; empty for {@code host} and {@code none}
 * @param endpoints who is in it
 */
public record Network(
    String id,
    Instant created,
    String driver,
    NetworkSpec spec,
    String bridge,
    List<Endpoint> endpoints) {
  /** The name of the network containers get when none is named. */
  public static final String DEFAULT = "bridge";

  /** The host's own network. */
  public static final String HOST = "host";

  /** The network with nothing in it. */
  public static final String NONE = "none";

  /** Its name. */
  public String name() {
    return spec.name();
  }

  /** Whether it is one of the three that are always there. */
  public boolean predefined() {
    return isPredefined(name());
  }

  /** Whether that is the name of one of the three. */
  public static boolean isPredefined(String name) {
    return name.equals(DEFAULT) || name.equals(HOST) || name.equals(NONE);
  }
}
