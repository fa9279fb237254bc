package dev.mokha.controllers.endpoints;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.controllers.endpoints.Backends.Backend;
import dev.mokha.controllers.endpoints.Backends.Port;
import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointAddressBuilder;
import io.fabric8.kubernetes.api.model.EndpointPort;
import io.fabric8.kubernetes.api.model.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.EndpointSubsetBuilder;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.EndpointsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Writes each selecting Service's Endpoints, at most 1,000 addresses (as upstream truncates). */
public final class EndpointsController {
  private static final int MAX_ADDRESSES = 1_000;
  private static final String OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
  private static final String MANAGED_BY = "endpoints.kubernetes.io/managed-by";

  private final ResourceClient<Endpoints> write;
  private final Informer<Service> services;
  private final Informer<Pod> pods;
  private final Informer<Endpoints> endpoints;

  private EndpointsController(ApiClient client, Informers informers) {
    this.write = ResourceClient.of(requireNonNull(client, "client"), Kinds.ENDPOINTS);
    this.services = informers.get(Kinds.SERVICE);
    this.pods = informers.get(Kinds.POD);
    this.endpoints = informers.get(Kinds.ENDPOINTS);
  }

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers) {
    EndpointsController c = new EndpointsController(client, informers);
    Controller loop = Controller.create("endpoints", 3, c::reconcile).watch(c.endpoints);
    return ServicesOfPod.follow(loop, c.services, c.pods).start();
  }

  private Optional<Duration> reconcile(Key key) {
    Optional<Service> service = services.find(key.namespace(), key.name());
    Optional<Endpoints> before = endpoints.find(key.namespace(), key.name());
    if (service.isEmpty()) {
      if (before.filter(EndpointsController::isOurs).isPresent()) {
        write.delete(key.namespace(), key.name(), DeleteOptions.DEFAULT);
      }
      return Optional.empty();
    }
    if (!Backends.isSelecting(service.get())) {
      return Optional.empty(); // its endpoints are somebody else's
    }
    Endpoints after = desired(service.get(), before.orElse(null));
    if (before.isEmpty()) {
      write.create(after);
    } else if (!same(before.get(), after)) {
      write.update(after);
    }
    return Optional.empty();
  }

  private static boolean isOurs(Endpoints e) {
    Map<String, String> labels = e.getMetadata().getLabels();
    return labels != null && "endpoint-controller".equals(labels.get(MANAGED_BY));
  }

  private static boolean same(Endpoints a, Endpoints b) {
    return Objects.equals(a.getSubsets(), b.getSubsets())
        && Objects.equals(a.getMetadata().getLabels(), b.getMetadata().getLabels())
        && Objects.equals(a.getMetadata().getAnnotations(), b.getMetadata().getAnnotations());
  }

  private Endpoints desired(Service service, Endpoints before) {
    List<Backend> backends = Backends.of(service, pods.list(service.getMetadata().getNamespace()));
    backends = backends.stream().filter(b -> b.ready() || !b.terminating()).toList();
    boolean over = backends.size() > MAX_ADDRESSES;
    Map<String, String> labels = new HashMap<>();
    if (service.getMetadata().getLabels() != null) {
      labels.putAll(service.getMetadata().getLabels());
    }
    labels.put(MANAGED_BY, "endpoint-controller");
    if (Backends.isHeadless(service)) {
      labels.put("service.kubernetes.io/headless", "");
    }
    EndpointsBuilder builder =
        before == null ? new EndpointsBuilder() : new EndpointsBuilder(before);
    builder
        .editOrNewMetadata()
        .withName(service.getMetadata().getName())
        .withNamespace(service.getMetadata().getNamespace())
        .withLabels(labels)
        .endMetadata()
        .withSubsets(subsets(backends.stream().limit(MAX_ADDRESSES).toList()));
    if (over) {
      builder.editMetadata().addToAnnotations(OVER_CAPACITY, "truncated").endMetadata();
    } else if (before != null) {
      builder.editMetadata().removeFromAnnotations(OVER_CAPACITY).endMetadata();
    }
    return builder.build();
  }

  private static List<EndpointSubset> subsets(List<Backend> backends) {
    Map<List<Port>, List<Backend>> byPorts = new LinkedHashMap<>();
    backends.forEach(b -> byPorts.computeIfAbsent(b.ports(), p -> new ArrayList<>()).add(b));
    List<EndpointSubset> subsets = new ArrayList<>();
    byPorts.forEach(
        (ports, members) ->
            subsets.add(
                new EndpointSubsetBuilder()
                    .withAddresses(
                        members.stream()
                            .filter(Backend::ready)
                            .map(EndpointsController::address)
                            .toList())
                    .withNotReadyAddresses(
                        members.stream()
                            .filter(b -> !b.ready())
                            .map(EndpointsController::address)
                            .toList())
                    .withPorts(ports.stream().map(EndpointsController::port).toList())
                    .build()));
    return subsets;
  }

  private static EndpointAddress address(Backend b) {
    return new EndpointAddressBuilder()
        .withIp(b.pod().getStatus().getPodIP())
        .withNodeName(b.pod().getSpec().getNodeName())
        .withHostname(b.hostname().isEmpty() ? null : b.hostname())
        .withNewTargetRef()
        .withKind("Pod")
        .withNamespace(b.pod().getMetadata().getNamespace())
        .withName(b.pod().getMetadata().getName())
        .withUid(b.pod().getMetadata().getUid())
        .endTargetRef()
        .build();
  }

  private static EndpointPort port(Port p) {
    return new EndpointPortBuilder()
        .withName(p.name().isEmpty() ? null : p.name())
        .withProtocol(p.protocol())
        .withPort(p.port())
        .withAppProtocol(p.appProtocol())
        .build();
  }
}
