package dev.mokha.cli.join;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.cli.UserError;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import dev.mokha.client.https.Endpoint;
import dev.mokha.client.https.HttpsApiClient;
import dev.mokha.client.informer.AwaitedObject;
import dev.mokha.controllers.nodes.PodCidrController;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/**
 * The steps from a command line to a node: find the CA by its hash, get a client certificate with
 * the token, register the Node, get its range of pod addresses, get a serving certificate for its
 * addresses. Each step is kept on disk; one that failed is done again by another {@code join}.
 */
public final class Joining {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Instance instance;
  private final URI server;
  private final String name;
  private final String address;
  private final Consumer<String> progress;

  /**
   * A machine on its way.
   *
   * @param server the API server
   * @param name what the node shall be called
   * @param address the node's own address, by which the others reach it
   * @param progress hears what is done next
   */
  public Joining(
      Instance instance, URI server, String name, String address, Consumer<String> progress) {
    this.instance = requireNonNull(instance, "instance");
    this.server = requireNonNull(server, "server");
    this.name = requireNonNull(name, "name");
    this.address = requireNonNull(address, "address");
    this.progress = requireNonNull(progress, "progress");
  }

  /**
   * Joins.
   *
   * @throws UserError with what to do, when it can't
   */
  public void join(JoinToken token, AuthorityPin pin) {
    progress.accept("finding the cluster's CA");
    String ca = pin.discover(server);
    JoinedNode.write(JoinedNode.pki(instance).resolve("ca.crt"), ca);
    try (ApiClient bootstrap =
        new HttpsApiClient(Endpoint.of(server, ca, "", "", token.text()), "mokha-join")) {
      progress.accept("getting a client certificate");
      JoinedNode.write(instance, "client", new CertificateOrder(bootstrap, PATIENCE).client(name));
    } catch (StatusException e) {
      throw new UserError(
          e.code() == 401
              ? "the token is not valid, or no longer: make another one with mokha token create"
              : "the cluster refuses this machine: " + e.getMessage());
    }
    JoinedNode joined = new JoinedNode(JoinedNode.FORMAT, server, name, address, "");
    try (ApiClient client = new HttpsApiClient(joined.endpoint(instance), "mokha-join")) {
      refuseTakenName(client);
      progress.accept("registering the Node");
      register(client);
      String podCidr = awaitPodCidr(client);
      progress.accept("getting a serving certificate");
      JoinedNode.write(
          instance,
          "serving",
          new CertificateOrder(client, PATIENCE).serving(name, List.of(address)));
      ClusterFacts facts = ClusterFacts.read(client);
      settings(facts).write(instance);
      new JoinedNode(JoinedNode.FORMAT, server, name, address, podCidr).write(instance);
    } catch (StatusException e) {
      throw new UserError("the cluster refuses this node: " + e.getMessage());
    }
  }

  private Settings settings(ClusterFacts facts) {
    return new Settings(
        0,
        server.getAuthority(),
        facts.podCidr(),
        facts.serviceCidr(),
        Settings.DEFAULT.nodeCidr(),
        facts.clusterDomain(),
        "",
        "",
        Map.of(),
        "",
        "",
        facts.registry(),
        "",
        List.of(),
        "",
        Settings.DEFAULT.userns());
  }

  private void refuseTakenName(ApiClient client) {
    Optional<KubeObject> taken = client.find(Kinds.NODE.resource(), "", name);
    if (taken.isEmpty()) {
      return;
    }
    for (var condition : taken.get().toTree().path("status").path("conditions")) {
      if (condition.path("type").asString("").equals("Ready")
          && condition.path("status").asString("").equals("True")) {
        throw new UserError(
            "the cluster has a node %s that is Ready; choose another name with --node-name"
                .formatted(name));
      }
    }
  }

  private void register(ApiClient client) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("apiVersion", "v1").put("kind", "Node");
    ObjectNode meta = node.putObject("metadata").put("name", name);
    meta.putObject("labels").put("kubernetes.io/hostname", name);
    meta.putObject("annotations").put(PodCidrController.WANTED, "true");
    try {
      client.create(Kinds.NODE.resource(), "", "", "", KubeObject.of(node));
    } catch (StatusException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      ObjectNode patch = Json.MAPPER.createObjectNode();
      patch.putObject("metadata").putObject("annotations").put(PodCidrController.WANTED, "true");
      client.patch(Kinds.NODE.resource(), "", name, "", PatchType.MERGE, Json.bytes(patch), false);
    }
    // The serving certificate is granted for the addresses that the Node says it has.
    ObjectNode status = Json.MAPPER.createObjectNode();
    var addresses = status.putObject("status").putArray("addresses");
    addresses.addObject().put("type", "InternalIP").put("address", address);
    addresses.addObject().put("type", "Hostname").put("address", name);
    client.patch(
        Kinds.NODE.resource(), "", name, "status", PatchType.MERGE, Json.bytes(status), false);
  }

  private String awaitPodCidr(ApiClient client) {
    try {
      return new AwaitedObject(client, Kinds.NODE.resource(), "", name)
          .await(
              PATIENCE,
              node ->
                  Optional.of(node.toTree().path("spec").path("podCIDR").asString(""))
                      .filter(range -> !range.isEmpty()));
    } catch (TimeoutException e) {
      throw new UserError(
          "the cluster gave the node no range of pod addresses; see: kubectl describe node "
              + name);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted while waiting for a range of pod addresses");
    }
  }
}
