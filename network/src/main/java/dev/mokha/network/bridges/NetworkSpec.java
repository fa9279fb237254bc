package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/**
 * A network that is wanted (Docker API 1.50, POST /networks/create).
 *
 * @param name its name
 * @param driver {@code bridge}; empty is the same
 * @param enableIpv4 whether endpoints get IPv4 addresses
 * @param enableIpv6 whether endpoints get IPv6 addresses
 * @param internal whether there is no way out of it, nor in
 * @param attachable kept for whoever asks
 * @param ipamDriver {@code default}; empty is the same
 * @param ipamOptions kept for whoever asks
 * @param pools its subnets, at most one of each family; chosen when missing
 * @param options {@code com.docker.network.bridge.*} and {@code com.docker.network.driver.mtu}
 * @param labels kept for whoever asks
 */
public record NetworkSpec(
    String name,
    String driver,
    boolean enableIpv4,
    boolean enableIpv6,
    boolean internal,
    boolean attachable,
    String ipamDriver,
    Map<String, String> ipamOptions,
    List<Pool> pools,
    Map<String, String> options,
    Map<String, String> labels) {
  /** Refuses a missing name; what else is missing is empty. */
  public NetworkSpec {
    requireNonNull(name, "name");
    driver = driver == null || driver.isEmpty() ? "bridge" : driver;
    ipamDriver = ipamDriver == null || ipamDriver.isEmpty() ? "default" : ipamDriver;
    ipamOptions = ipamOptions == null ? Map.of() : Map.copyOf(ipamOptions);
    pools = pools == null ? List.of() : List.copyOf(pools);
    options = options == null ? Map.of() : Map.copyOf(options);
    labels = labels == null ? Map.of() : Map.copyOf(labels);
  }

  /** The same with other labels. */
  public NetworkSpec withLabels(Map<String, String> others) {
    return new NetworkSpec(
        name,
        driver,
        enableIpv4,
        enableIpv6,
        internal,
        attachable,
        ipamDriver,
        ipamOptions,
        pools,
        options,
        others);
  }

  /** A bridge with a subnet of Mokha's choice. */
  public static NetworkSpec bridge(String name) {
    return new NetworkSpec(
        name, "bridge", true, false, false, false, "", Map.of(), List.of(), Map.of(), Map.of());
  }

  /** The same with a subnet. */
  public static NetworkSpec bridge(String name, String subnet) {
    return new NetworkSpec(
        name,
        "bridge",
        true,
        subnet.indexOf(':') >= 0,
        false,
        false,
        "",
        Map.of(),
        List.of(new Pool(subnet, "", "", Map.of())),
        Map.of(),
        Map.of());
  }

  /**
   * A subnet.
   *
   * @param subnet such as {@code 10.9.0.0/24}
   * @param ipRange the part of it from which endpoints get addresses; empty for all
   * @param gateway the host's address; the first one when empty
   * @param auxiliary addresses that no endpoint gets, by the names of who has them
   */
  public record Pool(String subnet, String ipRange, String gateway, Map<String, String> auxiliary) {
    /** What is missing is empty. */
    public Pool {
      subnet = subnet == null ? "" : subnet;
      ipRange = ipRange == null ? "" : ipRange;
      gateway = gateway == null ? "" : gateway;
      auxiliary = auxiliary == null ? Map.of() : Map.copyOf(auxiliary);
    }
  }
}
