package dev.mokha.bench;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kind;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.https.Endpoint;
import dev.mokha.client.https.HttpsApiClient;
import dev.mokha.client.https.Kubeconfig;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * A cluster with a namespace made for one measurement. Closing deletes the namespace and waits
 * until it is gone, so that one measurement's clearing up does not fall into the next.
 */
final class Cluster implements AutoCloseable {
  /** How long the cluster's controllers get to furnish a new namespace. */
  private static final Duration FURNISH = Duration.ofSeconds(5);

  private static final Duration POLL = Duration.ofMillis(50);

  private final Endpoint endpoint;
  private final ApiClient client;
  private final String namespace;
  private final boolean keep;
  private final Duration timeout;
  private final PrintWriter err;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread onExit = new Thread(this::removeAtExit, "remove-namespace");

  private Cluster(
      Endpoint endpoint, String namespace, boolean keep, Duration timeout, PrintWriter err) {
    this.endpoint = requireNonNull(endpoint, "endpoint");
    this.namespace = requireNonNull(namespace, "namespace");
    this.keep = keep;
    this.timeout = requireNonNull(timeout, "timeout");
    this.err = requireNonNull(err, "err");
    this.client = new HttpsApiClient(endpoint, "bench");
  }

  /**
   * Makes the namespace, and waits until it has what pods need.
   *
   * @param keep whether closing leaves the namespace
   * @param timeout the longest wait for any one thing
   * @param err where progress is told
   */
  static Cluster open(
      Path kubeconfig,
      String context,
      String namespace,
      boolean keep,
      Duration timeout,
      PrintWriter err) {
    Cluster cluster =
        new Cluster(Kubeconfig.read(kubeconfig, context), namespace, keep, timeout, err);
    try {
      cluster.make();
    } catch (RuntimeException e) {
      cluster.client.close();
      throw e;
    }
    return cluster;
  }

  private void make() {
    try {
      of(Kinds.NAMESPACE)
          .create(
              new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build());
    } catch (StatusException e) {
      if (e.isAlreadyExists()) {
        throw new BenchException(
            "the namespace "
                + namespace
                + " exists already and would be deleted afterwards; name another with --namespace");
      }
      throw e;
    }
    Runtime.getRuntime().addShutdownHook(onExit);
    furnish();
  }

  /** Pods are refused before the service account is there, and held up without the CA's map. */
  private void furnish() {
    ResourceClient<?> accounts = of(Kinds.SERVICE_ACCOUNT);
    if (!await(() -> accounts.find(namespace, "default").isPresent(), FURNISH)) {
      // An API server alone, with no controllers.
      of(Kinds.SERVICE_ACCOUNT)
          .create(
              new ServiceAccountBuilder()
                  .withNewMetadata()
                  .withNamespace(namespace)
                  .withName("default")
                  .endMetadata()
                  .build());
      return;
    }
    await(() -> of(Kinds.CONFIG_MAP).find(namespace, "kube-root-ca.crt").isPresent(), FURNISH);
  }

  /** The objects of one kind. */
  <T extends HasMetadata> ResourceClient<T> of(Kind<T> kind) {
    return ResourceClient.of(client, kind);
  }

  ApiClient client() {
    return client;
  }

  /** Where the cluster is, for requests that {@link #client} would spend more time on. */
  Endpoint endpoint() {
    return endpoint;
  }

  String namespace() {
    return namespace;
  }

  Duration timeout() {
    return timeout;
  }

  /** Begins to tell the progress of a wait. */
  Progress progress(String what, int total) {
    return Progress.start(err, what, total);
  }

  /** Asks again and again, for waits that are no part of a figure. */
  static boolean await(BooleanSupplier condition, Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      pause(POLL);
    }
    return true;
  }

  /** Sleeps. */
  static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  @Override
  public void close() {
    try {
      if (closed.compareAndSet(false, true) && !keep) {
        remove();
      }
      Runtime.getRuntime().removeShutdownHook(onExit);
    } catch (IllegalStateException e) {
      // The process ends already: the hook runs, and finds nothing left to do.
    } finally {
      client.close();
    }
  }

  private void remove() {
    ResourceClient<?> namespaces = of(Kinds.NAMESPACE);
    try (Progress progress = progress("namespace " + namespace + " to be deleted", 1)) {
      namespaces.delete("", namespace, DeleteOptions.DEFAULT);
      if (await(() -> namespaces.find("", namespace).isEmpty(), timeout)) {
        progress.step();
        return;
      }
    } catch (StatusException e) {
      err.println("bench: the namespace " + namespace + " was not deleted: " + e.getMessage());
      return;
    }
    err.println(
        "bench: the namespace "
            + namespace
            + " is still being deleted; see kubectl get namespace "
            + namespace);
  }

  private void removeAtExit() {
    if (closed.compareAndSet(false, true) && !keep) {
      try {
        of(Kinds.NAMESPACE).delete("", namespace, DeleteOptions.DEFAULT);
      } catch (StatusException e) {
        err.println("bench: the namespace " + namespace + " was not deleted: " + e.getMessage());
      }
    }
  }
}
