package dev.mokha.network.bridges;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Networks for containers, as Docker's users know them.
 *
 * <p>A <b>network</b> is a bridge of the host with a subnet; three are always there: {@code
 * bridge}, {@code host} and {@code none}. A <b>sandbox</b> is a container's network namespace,
 * pinned at a path that the container's runtime is told to join. An <b>endpoint</b> is a sandbox's
 * place in one network: a veth pair and addresses. Ports of the host are <b>published</b> for a
 * sandbox, and lead to the endpoint through which it reaches the world.
 *
 * <p>A container's life, in this order:
 *
 * <pre>{@code
 * Network shop = networks.create(NetworkSpec.bridge("shop"));            // docker network create shop
 * Sandbox sandbox = networks.open(SandboxSpec.of(containerId, "web"));   // before the container is made
 * Endpoint endpoint = networks.attach(containerId, "shop", EndpointSpec.withAliases("www"));
 * List<PortBinding> ports =
 *     networks.publish(containerId, List.of(new PortRequest("127.0.0.1", 8080, 8080, 80, "tcp")));
 * // The OCI spec's network namespace is sandbox.namespace(); the container runs, and meanwhile:
 * networks.attach(containerId, "backstage", EndpointSpec.PLAIN);         // docker network connect
 * networks.detach(containerId, "shop");                                  // docker network disconnect
 * networks.close(containerId);                                           // when it has stopped
 * networks.remove("shop");
 * }</pre>
 *
 * <p>Everything is on disk before a method returns, and survives a kill of the daemon at any point:
 * traffic goes on meanwhile, names and ports that only a process can serve rest. A new daemon
 * {@link #open(Config) opens} the same directories, takes over what is in the kernel and on record,
 * holds published ports and answers names again; then it is told with {@link #retain} which
 * containers still run, and takes the others' sandboxes away. After a reboot networks are made
 * anew, and there are no sandboxes: whoever starts a container opens its sandbox.
 *
 * <p>All methods may be called by many threads, virtual ones too. They throw {@link
 * NetworkException} with the text that Docker's users know.
 */
public interface ContainerNetworks extends AutoCloseable {
  // Networks.

  /** Makes a network; its bridge is up when this returns. */
  Network create(NetworkSpec spec);

  /** Removes a network that nobody is in, by its name, its id or the beginning of its id. */
  void remove(String network);

  /** A network by its name, its id, or a beginning of its id that no other has. */
  Network inspect(String network);

  /** All networks, the oldest first. */
  List<Network> list();

  /** Removes the networks that nobody is in and that the test picks; returns their names. */
  List<String> prune(Predicate<Network> which);

  // Sandboxes.

  /** Makes a container's network namespace, or returns the one it has. */
  Sandbox open(SandboxSpec spec);

  /** A container's sandbox, if it has one. */
  Optional<Sandbox> sandbox(String containerId);

  /** All sandboxes. */
  List<Sandbox> sandboxes();

  /** The container's name is another one from now; name servers say so at once. */
  void rename(String containerId, String containerName);

  /** Puts a sandbox into a network, while the container runs or before. */
  Endpoint attach(String containerId, String network, EndpointSpec spec);

  /** Takes a sandbox out of a network. */
  void detach(String containerId, String network);

  /**
   * Refuses what {@link #attach} would refuse of an endpoint's addresses, before there is a
   * container; says nothing of a network that is not there, as it may be by then.
   *
   * @throws NetworkException {@code INVALID}
   */
  void check(String network, EndpointSpec spec);

  /**
   * Publishes these ports, and no others, for a sandbox. Ports that stay keep what they have.
   * Nothing is published while the sandbox has no endpoint through which it reaches the world.
   */
  List<PortBinding> publish(String containerId, List<PortRequest> ports);

  /** What its endpoints have sent and received, by the interface's name in the sandbox. */
  List<EndpointStatistics> statistics(String containerId);

  /**
   * Takes a container's sandbox away with all its endpoints and ports; nothing when it has none.
   */
  void close(String containerId);

  /** Closes all sandboxes but those of these containers: what a new daemon says once. */
  void retain(Collection<String> containerIds);

  // The host.

  /** Stops answering names and holding ports; networks, sandboxes and traffic stay. */
  @Override
  void close();

  /**
   * Takes everything out of the kernel: sandboxes, bridges, rules, routes. Networks stay on record,
   * and are made again by the next {@link #open(Config)}; this one is only to be closed after it.
   */
  void dismantle();

  /** The same, and strikes the networks off: nothing this ever made is left on the host. */
  void wipe();

  /** Sets up the host and takes over what an earlier daemon left. */
  static ContainerNetworks open(Config config) {
    return new LinuxContainerNetworks(config);
  }

  /**
   * What it is made from.
   *
   * @param instance names the nftables table and marks links, so that instances live side by side
   * @param stateDir networks on record; survives a reboot
   * @param runDir pins of namespaces, and sandboxes on record; below /run
   * @param pools from which networks get their subnets
   * @param reserved ranges that no network may have: pods, Services, nodes
   * @param friends ranges whose members reach containers by their addresses, as the host does: pods
   * @param nameservers who is asked for names that are no container's; the host's when empty
   */
  record Config(
      String instance,
      Path stateDir,
      Path runDir,
      List<AddressPool> pools,
      List<String> reserved,
      List<String> friends,
      List<String> nameservers) {
    /** Refuses nulls. */
    public Config {
      requireNonNull(instance, "instance");
      requireNonNull(stateDir, "stateDir");
      requireNonNull(runDir, "runDir");
      pools = List.copyOf(pools);
      reserved = List.copyOf(reserved);
      friends = List.copyOf(friends);
      nameservers = List.copyOf(nameservers);
    }

    /** With Docker's pools, and nothing to avoid but what the host has. */
    public static Config of(String instance, Path stateDir, Path runDir) {
      return new Config(
          instance, stateDir, runDir, AddressPool.DOCKERS, List.of(), List.of(), List.of());
    }
  }

  /**
   * A range that is cut into subnets.
   *
   * @param base such as {@code 172.17.0.0/12}
   * @param size the subnets' prefix length, such as 16
   */
  record AddressPool(String base, int size) {
    /** What dockerd has by default: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 and on. */
    public static final List<AddressPool> DOCKERS =
        List.of(
            new AddressPool("172.17.0.0/16", 16),
            new AddressPool("172.18.0.0/16", 16),
            new AddressPool("172.19.0.0/16", 16),
            new AddressPool("172.20.0.0/14", 16),
            new AddressPool("172.24.0.0/14", 16),
            new AddressPool("172.28.0.0/14", 16),
            new AddressPool("192.168.0.0/16", 20));
  }

  /**
   * A container's network namespace.
   *
   * @param containerId whose
   * @param containerName its name, without a slash
   * @param namespace what the runtime joins; empty for the host's own
   * @param endpoints in the order they were attached
   * @param gateway the network through which it reaches the world; empty when it does not
   * @param ports what is published
   * @param embeddedNames whether names are answered at 127.0.0.11: when it is in a network that
   *     users made; else the container is to have the host's name servers
   */
  record Sandbox(
      String containerId,
      String containerName,
      Optional<Path> namespace,
      List<Endpoint> endpoints,
      Optional<String> gateway,
      List<PortBinding> ports,
      boolean embeddedNames) {}

  /**
   * What its endpoint has moved, as the container sees it.
   *
   * @param networkName which network
   * @param interfaceName in the sandbox
   */
  record EndpointStatistics(
      String networkName,
      String interfaceName,
      long rxBytes,
      long rxPackets,
      long rxErrors,
      long rxDropped,
      long txBytes,
      long txPackets,
      long txErrors,
      long txDropped) {}

  /**
   * A port that is wanted.
   *
   * @param hostAddress an address of the host, {@code 0.0.0.0} or {@code ::} for all of a family,
   *     empty for all of both
   * @param firstHostPort 0 for any from 49153 on
   * @param lastHostPort the same, or the end of a range of which the first free one is taken
   * @param containerPort the port inside
   * @param protocol {@code tcp}, {@code udp} or {@code sctp}
   */
  record PortRequest(
      String hostAddress,
      int firstHostPort,
      int lastHostPort,
      int containerPort,
      String protocol) {}

  /**
   * A port that is published; a request for both families is two of them, of the same number.
   *
   * @param hostAddress as {@link InetAddress#getHostAddress} writes it, {@code ::} for all of IPv6
   * @param hostPort the port outside
   * @param containerPort the port inside
   * @param protocol {@code tcp}, {@code udp} or {@code sctp}
   */
  record PortBinding(String hostAddress, int hostPort, int containerPort, String protocol) {}
}
