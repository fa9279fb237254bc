package dev.mokha.cli.daemon;

import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.https.Endpoint;
import dev.mokha.client.https.HttpsApiClient;
import dev.mokha.client.https.Kubeconfig;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.engine.images.Images;
import dev.mokha.node.NodeAgent;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A server of its own on a free port and in a temporary directory, with its control loops and a few
 * objects: most of what a start loads and compiles. Needs no root and touches nothing else.
 */
public final class Training {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int CALLS = 1500;

  private Training() {}

  /** Runs it once. */
  public static void run() {
    try {
      Path dir = Files.createTempDirectory("mokha-train");
      try {
        exercise(new Instance("train", dir.resolve("data"), dir.resolve("run")));
      } finally {
        delete(dir);
      }
    } catch (Exception e) {
      throw new IllegalStateException("the training run failed: " + e.getMessage(), e);
    }
  }

  private static void exercise(Instance instance) throws Exception {
    instance.prepare();
    Settings usual = Settings.DEFAULT;
    // The node's address is the loopback interface's: no other one need exist.
    Settings settings =
        new Settings(
            1,
            "127.0.0.1:0",
            usual.podCidr(),
            usual.serviceCidr(),
            "127.0.0.0/24",
            usual.clusterDomain(),
            usual.store(),
            usual.oidcConfig(),
            Map.of(),
            "",
            "",
            "off",
            "",
            List.of(),
            "",
            usual.userns());
    try (ServerRole server = ServerRole.start(instance, settings, new Phases())) {
      ApiClient admin = server.client("system:kube-controller-manager", "train");
      try (Informers informers = Informers.of(admin)) {
        Informer<Service> services = informers.get(Kinds.SERVICE);
        services.awaitSync(PATIENCE);
      }
      // Loaded, not run: containers need root.
      Class.forName(NodeAgent.class.getName());
      Class.forName(Images.class.getName());
      writeSome(server.masterClient());
      callOverTheNetwork(instance, server.server().address());
    }
  }

  /** So the cache holds the profile of the way every request goes, not only the classes on it. */
  private static void callOverTheNetwork(Instance instance, InetSocketAddress address)
      throws IOException {
    Endpoint written = Kubeconfig.read(instance.adminKubeconfig(), instance.contextName());
    Endpoint endpoint =
        new Endpoint(
            URI.create("https://127.0.0.1:" + address.getPort()), written.tls(), written.token());
    try (HttpsApiClient client = new HttpsApiClient(endpoint, "train")) {
      ResourceClient<ConfigMap> configMaps = ResourceClient.of(client, Kinds.CONFIG_MAP);
      for (int i = 0; i < CALLS; i++) {
        String name = "train-" + i;
        configMaps.create(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("default")
                .addToLabels("app", "train")
                .endMetadata()
                .addToData("k", "v".repeat(200))
                .build());
        configMaps.get("default", name);
      }
      configMaps.list("default", ListOptions.labels("app=train"));
    }
  }

  private static void writeSome(ApiClient client) {
    ResourceClient<Deployment> deployments = ResourceClient.of(client, Kinds.DEPLOYMENT);
    ResourceClient<Service> services = ResourceClient.of(client, Kinds.SERVICE);
    for (int i = 0; i < 20; i++) {
      String name = "train-" + i;
      deployments.create(
          new DeploymentBuilder()
              .withNewMetadata()
              .withName(name)
              .withNamespace("default")
              .endMetadata()
              .withNewSpec()
              .withReplicas(0)
              .withNewSelector()
              .addToMatchLabels("app", name)
              .endSelector()
              .withNewTemplate()
              .withNewMetadata()
              .addToLabels("app", name)
              .endMetadata()
              .withNewSpec()
              .addNewContainer()
              .withName("c")
              .withImage("train:1")
              .endContainer()
              .endSpec()
              .endTemplate()
              .endSpec()
              .build());
      services.create(
          new ServiceBuilder()
              .withNewMetadata()
              .withName(name)
              .withNamespace("default")
              .endMetadata()
              .withNewSpec()
              .addToSelector("app", name)
              .addNewPort()
              .withPort(80)
              .endPort()
              .endSpec()
              .build());
    }
    deployments.list("default", ListOptions.ALL);
  }

  private static void delete(Path dir) throws IOException {
    try (Stream<Path> tree = Files.walk(dir)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
