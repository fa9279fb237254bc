package dev.mokha.network.bridges;

import dev.mokha.network.bridges.ContainerNetworks.PortRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** A daemon that makes and removes sandboxes, endpoints, ports and networks until it is killed. */
final class ChurningDaemon {
  private static final int THREADS = 3;

  private ChurningDaemon() {}

  /**
   * Writes a line for each round.
   *
   * @param arguments stateDir and runDir
   */
  public static void main(String[] arguments) {
    ContainerNetworks networks =
        ContainerNetworks.open(
            ContainerNetworks.Config.of("lab", Path.of(arguments[0]), Path.of(arguments[1])));
    for (int i = 0; i < THREADS; i++) {
      int number = i;
      Thread.ofPlatform().start(() -> churn(networks, number));
    }
  }

  private static void churn(ContainerNetworks networks, int number) {
    String id = Integer.toHexString(number + 10).repeat(64);
    String network = "net-" + number;
    while (true) {
      networks.close(id);
      networks.open(SandboxSpec.of(id, "container-" + number));
      networks.attach(id, "bridge", EndpointSpec.PLAIN);
      if (networks.list().stream().noneMatch(n -> n.name().equals(network))) {
        networks.create(NetworkSpec.bridge(network));
      }
      networks.publish(id, List.of(new PortRequest("127.0.0.1", 0, 0, 80, "tcp")));
      networks.attach(id, network, EndpointSpec.PLAIN);
      networks.detach(id, "bridge");
      if (ThreadLocalRandom.current().nextBoolean()) {
        networks.detach(id, network);
        networks.remove(network);
      }
      System.out.println(number);
    }
  }
}
