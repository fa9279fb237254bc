package dev.mokha.controllers;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.informer.Informers;
import dev.mokha.controllers.access.RoleAggregationController;
import dev.mokha.controllers.bootstrap.BootstrapSigner;
import dev.mokha.controllers.bootstrap.TokenCleaner;
import dev.mokha.controllers.certificates.SigningRequestCleaner;
import dev.mokha.controllers.deployment.DeploymentController;
import dev.mokha.controllers.disruption.DisruptionController;
import dev.mokha.controllers.endpoints.EndpointSliceController;
import dev.mokha.controllers.endpoints.EndpointsController;
import dev.mokha.controllers.garbage.GarbageCollector;
import dev.mokha.controllers.namespaces.NamespaceController;
import dev.mokha.controllers.namespaces.RootCaController;
import dev.mokha.controllers.namespaces.ServiceAccountController;
import dev.mokha.controllers.nodes.NodeLifecycleController;
import dev.mokha.controllers.nodes.PodGarbageController;
import dev.mokha.controllers.nodes.TaintEvictionController;
import dev.mokha.controllers.quota.QuotaController;
import dev.mokha.controllers.replicas.ReplicaController;
import dev.mokha.controllers.replicas.ReplicaKind;
import dev.mokha.controllers.served.ObjectFeeds;
import dev.mokha.controllers.served.ServedTypes;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * All control loops of a cluster.
 *
 * <pre>{@code
 * try (Controllers controllers = Controllers.start(server::client, informers, caPem)) { ... }
 * }</pre>
 */
public final class Controllers implements AutoCloseable {
  private final List<AutoCloseable> running = new ArrayList<>();

  private Controllers() {}

  /**
   * Starts them all; does not block.
   *
   * @param clients gives a client that acts as the named controller's service account in {@code
   *     kube-system}, so that RBAC holds each loop to its own role
   * @param informers what they read
   * @param rootCa the cluster's CA certificates in PEM, which every namespace gets
   */
  public static Controllers start(
      Function<String, ApiClient> clients, Informers informers, String rootCa) {
    requireNonNull(clients, "clients");
    requireNonNull(informers, "informers");
    Controllers all = new Controllers();
    all.running.add(
        ServiceAccountController.start(clients.apply("service-account-controller"), informers));
    all.running.add(
        RootCaController.start(
            clients.apply("root-ca-cert-publisher"), informers, requireNonNull(rootCa)));
    ApiClient collector = clients.apply("generic-garbage-collector");
    ServedTypes types = ServedTypes.start(collector);
    all.running.add(types);
    ObjectFeeds feeds = new ObjectFeeds(collector, types);
    all.running.add(feeds);
    all.running.add(
        NamespaceController.start(clients.apply("namespace-controller"), informers, feeds));
    all.running.add(QuotaController.start(clients.apply("resourcequota-controller"), feeds));
    all.running.add(
        ReplicaController.start(
            ReplicaKind.REPLICA_SET, clients.apply("replicaset-controller"), informers));
    all.running.add(
        ReplicaController.start(
            ReplicaKind.REPLICATION_CONTROLLER,
            clients.apply("replication-controller"),
            informers));
    all.running.add(DeploymentController.start(clients.apply("deployment-controller"), informers));
    all.running.add(EndpointsController.start(clients.apply("endpoint-controller"), informers));
    all.running.add(
        EndpointSliceController.start(clients.apply("endpointslice-controller"), informers));
    all.running.add(NodeLifecycleController.start(clients.apply("node-controller"), informers));
    all.running.add(TaintEvictionController.start(clients.apply("node-controller"), informers));
    all.running.add(PodGarbageController.start(clients.apply("pod-garbage-collector"), informers));
    all.running.add(DisruptionController.start(clients.apply("disruption-controller"), informers));
    all.running.add(
        RoleAggregationController.start(
            clients.apply("clusterrole-aggregation-controller"), informers));
    all.running.add(
        TokenCleaner.start(clients.apply("token-cleaner"), informers, InstantSource.system()));
    all.running.add(
        BootstrapSigner.start(
            clients.apply("bootstrap-signer"), informers, InstantSource.system()));
    all.running.add(
        SigningRequestCleaner.start(
            clients.apply("certificate-controller"), informers, InstantSource.system()));
    all.running.add(GarbageCollector.start(collector, feeds));
    feeds.start();
    return all;
  }

  @Override
  public void close() {
    for (int i = running.size() - 1; i >= 0; i--) {
      try {
        running.get(i).close();
      } catch (Exception e) {
        throw new IllegalStateException("a control loop could not be stopped", e);
      }
    }
  }
}
