package dev.mokha.network.bridges.sandboxes;

import dev.mokha.linux.KernelFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Has the host forward packets. It is never turned off again: others of the host may have come to
 * rely on it.
 */
public final class Forwarding {
  private static final Path SETTINGS = Path.of("/proc/sys/net");

  private Forwarding() {}

  /** Forwards IPv4. */
  public static void enableIpv4() {
    set("ipv4/ip_forward", "1");
  }

  /**
   * Forwards IPv6, where the host has it.
   *
   * @param uplink the link whose router advertisements the host is still to hear, which a host that
   *     forwards does only when told to; empty for none
   */
  public static void enableIpv6(String uplink) {
    if (!Files.exists(SETTINGS.resolve("ipv6/conf/all/forwarding"))) {
      return;
    }
    String heard = "ipv6/conf/" + uplink + "/accept_ra";
    if (!uplink.isEmpty() && Files.exists(SETTINGS.resolve(heard)) && read(heard).equals("1")) {
      set(heard, "2");
    }
    set("ipv6/conf/all/forwarding", "1");
  }

  private static String read(String name) {
    try {
      return KernelFile.read(SETTINGS.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read net/" + name, e);
    }
  }

  private static void set(String name, String value) {
    try {
      if (!read(name).equals(value)) {
        Files.writeString(SETTINGS.resolve(name), value);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't set net/" + name + " to " + value, e);
    }
  }
}
