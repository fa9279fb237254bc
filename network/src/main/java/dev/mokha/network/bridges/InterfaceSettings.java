package dev.mokha.network.bridges;

import dev.mokha.linux.netlink.Link;
import dev.mokha.linux.netlink.RouteNetlink;
import dev.mokha.network.bridges.NetworkException.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an endpoint's interface gets beyond its addresses in the network: settings of its own below
 * {@code /proc/sys/net}, and addresses that nobody routes to. All of it is done on a thread inside
 * the sandbox: {@code /proc/sys/net} shows the namespace of who looks.
 */
final class InterfaceSettings {
  private static final Pattern SETTING =
      Pattern.compile("net\\.(ipv4|ipv6|mpls)\\.([a-z0-9_-]+)\\.IFNAME\\.([a-z0-9_-]+)=(\\S+)");

  /** Of an IPv6 address that no network speaks for (RFC 4291, 2.5.6). */
  private static final int IPV6_PREFIX = 64;

  private InterfaceSettings() {}

  /**
   * One setting.
   *
   * @param family {@code ipv4}, {@code ipv6} or {@code mpls}
   * @param group such as {@code conf} or {@code neigh}
   * @param name such as {@code log_martians}
   * @param value what to write
   */
  record Setting(String family, String group, String name, String value) {
    private Path file(String interfaceName) {
      return Path.of("/proc/sys/net", family, group, interfaceName, name);
    }
  }

  /** A setting of {@code net.ipv4.conf.IFNAME.log_martians=1}; empty when it is none. */
  static Optional<Setting> parse(String text) {
    Matcher matcher = SETTING.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new Setting(matcher.group(1), matcher.group(2), matcher.group(3), matcher.group(4)))
        : Optional.empty();
  }

  /** Whether an endpoint asks for any. */
  static boolean wanted(Endpoint endpoint) {
    return !endpoint.interfaceName().isEmpty()
        && !(endpoint.spec().sysctls().isEmpty() && endpoint.spec().linkLocalAddresses().isEmpty());
  }

  /** Gives an endpoint's interface what it asks for; on a thread inside the sandbox. */
  static void apply(RouteNetlink inside, Endpoint endpoint) {
    Link link = inside.link(endpoint.interfaceName()).orElseThrow();
    for (String text : endpoint.spec().linkLocalAddresses()) {
      InetAddress address = InetAddress.ofLiteral(text);
      inside.addAddress(
          new RouteNetlink.LinkAddress(link.index(), address, prefix(address), false));
    }
    endpoint
        .spec()
        .sysctls()
        .forEach(text -> parse(text).ifPresent(setting -> write(endpoint, text, setting)));
  }

  private static void write(Endpoint endpoint, String text, Setting setting) {
    try {
      Files.writeString(setting.file(endpoint.interfaceName()), setting.value());
    } catch (IOException e) {
      throw new NetworkException(
          Reason.INVALID, "failed to set sysctl '" + text + "': " + e.getMessage(), e);
    }
  }

  /** The length of the address's class, as dockerd takes it. */
  private static int prefix(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length > 4) {
      return IPV6_PREFIX;
    }
    int first = bytes[0] & 0xff;
    return first < 128 ? 8 : first < 192 ? 16 : 24;
  }
}
