package dev.mokha.bench;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.Locale;
import java.util.Map;

/**
 * The objects that are measured with, all in one namespace.
 *
 * @param namespace where
 * @param image what the containers run; has /bin/busybox
 * @param cpu what each container requests
 * @param memory what each container requests
 * @param node the host name of the node for the pods; empty for any
 */
record Manifests(String namespace, String image, String cpu, String memory, String node) {
  /** The label all objects of one name share. */
  static final String APP = "app";

  /** Where a serving pod listens. */
  static final int PORT = 8080;

  /** Ends at once on SIGTERM, as a well-behaved program does; PID 1 has no default for it. */
  private static final String IDLE =
      "trap 'exit 0' TERM; while :; do /bin/busybox sleep 3600 & wait; done";

  /** Answers each request with the pod's name. */
  private static final String SERVE =
      "/bin/busybox mkdir -p /tmp/www; /bin/busybox hostname >/tmp/www/index.html;"
          + " trap 'exit 0' TERM; /bin/busybox httpd -f -p "
          + PORT
          + " -h /tmp/www & wait";

  /** How a pod's readiness is probed. */
  enum ProbeKind {
    /** A command in the container. */
    EXEC,
    /** A connection to its port. */
    TCP,
    /** Not at all. */
    NONE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Refuses nulls. */
  Manifests {
    requireNonNull(namespace, "namespace");
    requireNonNull(image, "image");
    requireNonNull(cpu, "cpu");
    requireNonNull(memory, "memory");
    requireNonNull(node, "node");
  }

  /** A pod that only sleeps. */
  Pod plainPod(String name) {
    return pod(name, false, false, ProbeKind.NONE);
  }

  /** A pod that answers on {@link #PORT} with its name, and is Ready once it listens. */
  Pod servingPod(String name) {
    return pod(name, true, false, ProbeKind.TCP);
  }

  /** A pod. */
  Pod pod(String name, boolean serves, boolean secret, ProbeKind probe) {
    return new PodBuilder()
        .withMetadata(meta(name))
        .withSpec(podSpec(name, serves, secret, probe))
        .build();
  }

  private PodSpec podSpec(String name, boolean serves, boolean secret, ProbeKind probe) {
    PodSpecBuilder spec =
        new PodSpecBuilder()
            .withTerminationGracePeriodSeconds(5L)
            .withNodeSelector(node.isEmpty() ? Map.of() : Map.of("kubernetes.io/hostname", node))
            .addNewContainer()
            .withName("main")
            .withImage(image)
            .withImagePullPolicy("IfNotPresent")
            .withCommand("/bin/busybox", "sh", "-c", serves ? SERVE : IDLE)
            .withNewResources()
            .addToRequests("cpu", new Quantity(cpu))
            .addToRequests("memory", new Quantity(memory))
            .endResources()
            .withReadinessProbe(probe(probe))
            .endContainer();
    if (secret) {
      spec.addNewVolume()
          .withName("secret")
          .withNewSecret()
          .withSecretName(name)
          .endSecret()
          .endVolume()
          .editFirstContainer()
          .addNewVolumeMount()
          .withName("secret")
          .withMountPath("/secret")
          .withReadOnly(true)
          .endVolumeMount()
          .endContainer();
    }
    return spec.build();
  }

  private static Probe probe(ProbeKind kind) {
    ProbeBuilder probe = new ProbeBuilder().withPeriodSeconds(1);
    return switch (kind) {
      case EXEC -> probe.withNewExec().withCommand("/bin/busybox", "true").endExec().build();
      case TCP -> probe.withNewTcpSocket().withNewPort(PORT).endTcpSocket().build();
      case NONE -> null;
    };
  }

  /** A Secret of two keys. */
  Secret secret(String name) {
    return new SecretBuilder()
        .withMetadata(meta(name))
        .addToStringData("user", "bench")
        .addToStringData("password", "x".repeat(32))
        .build();
  }

  /** A ConfigMap of 200 characters. */
  ConfigMap configMap(String name) {
    return new ConfigMapBuilder().withMetadata(meta(name)).addToData("k", "v".repeat(200)).build();
  }

  /** A Service for the pod of that name. */
  Service service(String name) {
    return new ServiceBuilder(portOnly(name))
        .editSpec()
        .withSelector(Map.of(APP, name))
        .endSpec()
        .build();
  }

  /** A Service that selects nothing: its endpoints are made by hand. */
  Service portOnly(String name) {
    return new ServiceBuilder()
        .withMetadata(meta(name))
        .withNewSpec()
        .addNewPort()
        .withName("http")
        .withPort(80)
        .withNewTargetPort(PORT)
        .endPort()
        .endSpec()
        .build();
  }

  /** The endpoints of {@link #portOnly}. */
  EndpointSlice slice(String service, String address) {
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(service + "-bench")
        .addToLabels("kubernetes.io/service-name", service)
        .endMetadata()
        .withAddressType("IPv4")
        .addNewEndpoint()
        .withAddresses(address)
        .withNewConditions()
        .withReady(true)
        .endConditions()
        .endEndpoint()
        .addNewPort()
        .withName("http")
        .withPort(PORT)
        .withProtocol("TCP")
        .endPort()
        .build();
  }

  /** A Deployment of plain pods. */
  Deployment deployment(String name, int replicas) {
    return new DeploymentBuilder()
        .withMetadata(meta(name))
        .withNewSpec()
        .withReplicas(replicas)
        .withNewSelector()
        .addToMatchLabels(APP, name)
        .endSelector()
        .withNewTemplate()
        .withNewMetadata()
        .addToLabels(APP, name)
        .endMetadata()
        .withSpec(podSpec(name, false, false, ProbeKind.NONE))
        .endTemplate()
        .endSpec()
        .build();
  }

  /** A pod that no scheduler takes, for measuring the API alone. */
  Pod unscheduledPod(String name) {
    return new PodBuilder(plainPod(name)).editSpec().withSchedulerName("none").endSpec().build();
  }

  private ObjectMeta meta(String name) {
    return new ObjectMetaBuilder()
        .withNamespace(namespace)
        .withName(name)
        .addToLabels(APP, name)
        .build();
  }
}
