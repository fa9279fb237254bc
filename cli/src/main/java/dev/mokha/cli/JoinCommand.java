package dev.mokha.cli;

import dev.mokha.cli.daemon.MachineName;
import dev.mokha.cli.join.AuthorityPin;
import dev.mokha.cli.join.JoinToken;
import dev.mokha.cli.join.JoinedNode;
import dev.mokha.cli.join.Joining;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Makes this machine, or the network namespace it is called in, a node of a cluster. Into a network
 * namespace enter with {@code nsenter --net=}: {@code ip netns exec} hides the cgroups.
 */
@Command(
    name = "join",
    description =
        "Make this machine a node of a cluster, with the command that mokha token create printed"
            + " there; returns when the node is Ready.")
final class JoinCommand implements Runnable {
  private static final Pattern SERVER = Pattern.compile("(?:https://)?(.+):(\\d{1,5})/?");

  @Mixin private InstanceOption option = new InstanceOption();

  @Parameters(
      paramLabel = "SERVER:PORT",
      arity = "0..1",
      description = "The API server; not needed again once this machine has joined.")
  private String server = "";

  @Option(names = "--token", paramLabel = "TOKEN", description = "The bootstrap token.")
  private String token = "";

  @Option(
      names = "--discovery-token-ca-cert-hash",
      paramLabel = "sha256:HASH",
      description = "The hash of the public key of the cluster's CA.")
  private String hash = "";

  @Option(
      names = "--node-name",
      paramLabel = "NAME",
      description = "What the node is called (default: the machine's name).")
  private String nodeName = "";

  @Option(
      names = "--node-address",
      paramLabel = "ADDRESS",
      description =
          "By which the other nodes reach this one (default: the one that faces the server).")
  private String nodeAddress = "";

  @Option(
      names = "--image-policy",
      paramLabel = "FILE",
      description =
          "Which images may be pulled and used on this machine, as of mokha up; read at every start"
              + " of the node. An empty name allows all.")
  private Path imagePolicy;

  @Override
  public void run() {
    InstanceOption.requireRoot("join");
    String policy = imagePolicy == null ? null : UpCommand.checkedImagePolicy(imagePolicy);
    Instance instance = option.instance();
    boolean joined = JoinedNode.read(instance).isPresent();
    if (!joined && Settings.read(instance).filter(s -> s.nodes() > 0).isPresent()) {
      throw new UserError(
          "%s holds a cluster of its own; join with another --data-dir, or run mokha down --wipe"
              .formatted(instance.dataDir()));
    }
    instance.prepare();
    if (!joined) {
      joinFirst(instance);
    }
    // Before the node runs for the first time, so that nothing is pulled without it.
    boolean changed = policy != null && choose(instance, policy);
    Processes processes = new Processes(instance);
    boolean ran = processes.isSupervised(JoinedNode.NUMBER);
    processes.start(JoinedNode.NUMBER);
    UpCommand.awaitReady(instance, processes, JoinedNode.NUMBER);
    JoinedNode node = JoinedNode.read(instance).orElseThrow();
    System.out.printf(
        "Node %s is Ready in the cluster at %s, with pods in %s%n",
        node.name(), node.server(), node.podCidr());
    if (changed && ran) {
      System.out.println("The new image policy holds after: mokha restart");
    }
  }

  private static boolean choose(Instance instance, String policy) {
    Settings settings = Settings.read(instance).orElseThrow();
    if (settings.imagePolicy().equals(policy)) {
      return false;
    }
    settings.withImagePolicy(policy).write(instance);
    return true;
  }

  private void joinFirst(Instance instance) {
    Matcher place = SERVER.matcher(server);
    if (!place.matches() || token.isEmpty() || hash.isEmpty()) {
      throw new UserError(
          "join needs the server, --token and --discovery-token-ca-cert-hash; run mokha token"
              + " create on the server, which prints the whole command");
    }
    URI uri = URI.create("https://" + place.group(1) + ":" + place.group(2));
    String address =
        nodeAddress.isEmpty()
            ? Addresses.towards(place.group(1), Integer.parseInt(place.group(2)))
                .map(InetAddress::getHostAddress)
                .orElseThrow(
                    () ->
                        new UserError(
                            "there is no way from here to %s; name this node's address with --node-address"
                                .formatted(uri)))
            : nodeAddress;
    String name = nodeName.isEmpty() ? MachineName.get() : nodeName;
    try (ProgressBars bars = new ProgressBars()) {
      int[] step = {0};
      new Joining(instance, uri, name, address, text -> bars.update("join", text, step[0]++, 5))
          .join(JoinToken.parse(token), new AuthorityPin(hash));
    }
  }
}
