package dev.mokha.server.bootstrap;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.bootstrap.EnsureStep.Wanted;
import dev.mokha.server.flow.FlowObjects;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.storage.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The objects that every cluster has from its first minute. */
final class InitialObjects {
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");
  private static final GroupVersionResource CONFIG_MAPS =
      new GroupVersionResource("", "v1", "configmaps");
  private static final GroupVersionResource PRIORITY_CLASSES =
      new GroupVersionResource("scheduling.k8s.io", "v1", "priorityclasses");
  private static final String KUBERNETES = "kubernetes";

  private final ObjectReader objects;
  private final ClusterSettings settings;
  private final String authorityPem;
  private final String frontProxyAuthorityPem;

  InitialObjects(
      ObjectReader objects,
      ClusterSettings settings,
      String authorityPem,
      String frontProxyAuthorityPem) {
    this.objects = objects;
    this.settings = settings;
    this.authorityPem = authorityPem;
    this.frontProxyAuthorityPem = frontProxyAuthorityPem;
  }

  private static ObjectNode object(String apiVersion, String kind, String namespace, String name) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("apiVersion", apiVersion).put("kind", kind);
    ObjectNode metadata = tree.putObject("metadata").put("name", name);
    if (!namespace.isEmpty()) {
      metadata.put("namespace", namespace);
    }
    return tree;
  }

  BootstrapStep namespaces() {
    List<Wanted> wanted = new ArrayList<>();
    for (String name : List.of("default", "kube-system", "kube-public", "kube-node-lease")) {
      ObjectNode tree = object("v1", "Namespace", "", name);
      tree.withObject("/metadata/labels").put("kubernetes.io/metadata.name", name);
      wanted.add(Wanted.once(NAMESPACES, tree));
    }
    return new EnsureStep("poststarthook/start-system-namespaces-controller", objects, wanted);
  }

  BootstrapStep priorityClasses() {
    return new EnsureStep(
        "poststarthook/scheduling/bootstrap-system-priority-classes",
        objects,
        List.of(
            priorityClass(
                "system-node-critical",
                2_000_001_000,
                "For pods that must keep running on their node."),
            priorityClass(
                "system-cluster-critical",
                2_000_000_000,
                "For pods that must keep running somewhere in the cluster.")));
  }

  private static Wanted priorityClass(String name, int value, String description) {
    ObjectNode tree = object("scheduling.k8s.io/v1", "PriorityClass", "", name);
    tree.put("value", value).put("description", description);
    return Wanted.once(PRIORITY_CLASSES, tree);
  }

  /** The Service by which pods reach the API server, and where it leads. */
  BootstrapStep kubernetesService() {
    ObjectNode service = object("v1", "Service", "default", KUBERNETES);
    service
        .withObject("/metadata/labels")
        .put("component", "apiserver")
        .put("provider", KUBERNETES);
    ObjectNode spec = service.putObject("spec").put("type", "ClusterIP");
    spec.put("clusterIP", settings.serviceAddress());
    spec.putArray("clusterIPs").add(settings.serviceAddress());
    spec.put("sessionAffinity", "None");
    spec.putArray("ports")
        .addObject()
        .put("name", "https")
        .put("protocol", "TCP")
        .put("port", 443)
        .put("targetPort", settings.securePort());

    ObjectNode endpoints = object("v1", "Endpoints", "default", KUBERNETES);
    endpoints.withObject("/metadata/labels").put("endpointslice.kubernetes.io/skip-mirror", "true");
    ObjectNode subset = endpoints.putArray("subsets").addObject();
    subset.putArray("addresses").addObject().put("ip", settings.advertiseAddress());
    subset.putArray("ports").add(port());

    ObjectNode slice = object("discovery.k8s.io/v1", "EndpointSlice", "default", KUBERNETES);
    slice.withObject("/metadata/labels").put("kubernetes.io/service-name", KUBERNETES);
    slice.put("addressType", settings.advertiseAddress().contains(":") ? "IPv6" : "IPv4");
    ObjectNode endpoint = slice.putArray("endpoints").addObject();
    endpoint.putArray("addresses").add(settings.advertiseAddress());
    endpoint.putObject("conditions").put("ready", true);
    slice.putArray("ports").add(port());

    List<Wanted> wanted = new ArrayList<>();
    wanted.add(Wanted.once(new GroupVersionResource("", "v1", "services"), service));
    // In a cluster of several servers each adds itself, see ServerPresence.
    List<String> owned = objects.isShared() ? List.of() : List.of("subsets");
    List<String> ownedOfSlice = objects.isShared() ? List.of() : List.of("endpoints", "ports");
    // A loopback address leads each pod to itself; without any the Service refuses at least.
    if (!settings.advertisesLoopback()) {
      wanted.add(new Wanted(new GroupVersionResource("", "v1", "endpoints"), endpoints, owned));
      wanted.add(
          new Wanted(
              new GroupVersionResource("discovery.k8s.io", "v1", "endpointslices"),
              slice,
              ownedOfSlice));
    }
    return new EnsureStep("poststarthook/bootstrap-controller", objects, wanted);
  }

  private ObjectNode port() {
    return Json.MAPPER
        .createObjectNode()
        .put("name", "https")
        .put("port", settings.securePort())
        .put("protocol", "TCP");
  }

  /** What extension servers and joining machines must know of this cluster. */
  BootstrapStep configMaps() {
    ObjectNode authentication =
        object("v1", "ConfigMap", "kube-system", "extension-apiserver-authentication");
    authentication
        .putObject("data")
        .put("client-ca-file", authorityPem)
        .put("requestheader-client-ca-file", frontProxyAuthorityPem)
        .put("requestheader-allowed-names", "[\"" + ClusterPki.FRONT_PROXY + "\"]")
        .put("requestheader-username-headers", "[\"X-Remote-User\"]")
        .put("requestheader-group-headers", "[\"X-Remote-Group\"]")
        .put("requestheader-extra-headers-prefix", "[\"X-Remote-Extra-\"]");

    ObjectNode kubeconfig = Json.MAPPER.createObjectNode();
    kubeconfig.put("apiVersion", "v1").put("kind", "Config");
    ObjectNode cluster = kubeconfig.putArray("clusters").addObject().put("name", "");
    cluster
        .putObject("cluster")
        .put(
            "certificate-authority-data",
            Base64.getEncoder().encodeToString(authorityPem.getBytes(StandardCharsets.US_ASCII)))
        .put("server", settings.serverUrl());
    ObjectNode info = object("v1", "ConfigMap", "kube-public", "cluster-info");
    // JSON is YAML.
    info.putObject("data").put("kubeconfig", Json.text(kubeconfig));

    return new EnsureStep(
        "poststarthook/start-cluster-authentication-info-controller",
        objects,
        List.of(
            new Wanted(CONFIG_MAPS, authentication, List.of("data")),
            new Wanted(CONFIG_MAPS, info, List.of("data"))));
  }

  /** The service range, as a resource. */
  BootstrapStep serviceCidr() {
    ObjectNode tree = object("networking.k8s.io/v1", "ServiceCIDR", "", KUBERNETES);
    tree.putObject("spec").putArray("cidrs").add(settings.serviceCidr());
    return new EnsureStep(
        "poststarthook/start-kubernetes-service-cidr-controller",
        objects,
        List.of(
            Wanted.once(
                new GroupVersionResource("networking.k8s.io", "v1", "servicecidrs"), tree)));
  }

  /** Levels and schemas of priority and fairness. */
  BootstrapStep flowControl() {
    return new BootstrapStep() {
      @Override
      public String name() {
        return "poststarthook/priority-and-fairness-config-producer";
      }

      @Override
      public void run(ApiClient client) {
        FlowObjects.ensure(client, objects);
      }
    };
  }
}
