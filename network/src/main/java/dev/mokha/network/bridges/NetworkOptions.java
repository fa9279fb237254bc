package dev.mokha.network.bridges;

import dev.mokha.network.bridges.NetworkException.Reason;
import java.net.InetAddress;
import java.util.Map;
import java.util.Set;

/**
 * What Docker's bridge driver lets users choose.
 *
 * @param bridge the link's name; empty for one of ours
 * @param mtu bytes; 0 for the uplink's
 * @param icc whether members talk to each other
 * @param masquerade whether members speak to the world under the host's address
 * @param hostAddress where ports are published when no address is given; empty for none in
 *     particular
 */
record NetworkOptions(String bridge, int mtu, boolean icc, boolean masquerade, String hostAddress) {
  static final String NAME = "com.docker.network.bridge.name";
  static final String MTU = "com.docker.network.driver.mtu";
  static final String ICC = "com.docker.network.bridge.enable_icc";
  static final String MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade";
  static final String HOST_ADDRESS = "com.docker.network.bridge.host_binding_ipv4";
  static final String DEFAULT_BRIDGE = "com.docker.network.bridge.default_bridge";

  /** strconv.ParseBool's words. */
  private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");

  private static final Set<String> FALSE = Set.of("0", "f", "F", "FALSE", "false", "False");
  private static final int LONGEST_LINK_NAME = 15;

  static NetworkOptions parse(Map<String, String> options) {
    String bridge = options.getOrDefault(NAME, "");
    if (bridge.length() > LONGEST_LINK_NAME || bridge.indexOf('/') >= 0 || hasSpace(bridge)) {
      throw new NetworkException(Reason.INVALID, "invalid bridge interface name: " + bridge);
    }
    String host = options.getOrDefault(HOST_ADDRESS, "");
    try {
      if (!host.isEmpty()) {
        InetAddress.ofLiteral(host);
      }
    } catch (IllegalArgumentException e) {
      throw new NetworkException(
          Reason.INVALID, "failed to parse " + HOST_ADDRESS + " value: " + host, e);
    }
    return new NetworkOptions(
        bridge, mtu(options), flag(options, ICC), flag(options, MASQUERADE), host);
  }

  private static boolean hasSpace(String text) {
    return text.chars().anyMatch(Character::isWhitespace);
  }

  private static int mtu(Map<String, String> options) {
    String text = options.getOrDefault(MTU, options.getOrDefault("mtu", ""));
    try {
      int mtu = text.isEmpty() ? 0 : Integer.parseInt(text);
      if (mtu < 0 || (mtu > 0 && mtu < 68) || mtu > 65535) {
        throw new NetworkException(Reason.INVALID, "invalid MTU number: " + text);
      }
      return mtu;
    } catch (NumberFormatException e) {
      throw new NetworkException(
          Reason.INVALID,
          "failed to parse "
              + MTU
              + " value: "
              + text
              + " (strconv.Atoi: parsing \""
              + text
              + "\": invalid syntax)",
          e);
    }
  }

  private static boolean flag(Map<String, String> options, String name) {
    String text = options.getOrDefault(name, "true");
    if (!TRUE.contains(text) && !FALSE.contains(text)) {
      throw new NetworkException(
          Reason.INVALID,
          "failed to parse "
              + name
              + " value: "
              + text
              + " (strconv.ParseBool: parsing \""
              + text
              + "\": invalid syntax)");
    }
    return TRUE.contains(text);
  }
}
