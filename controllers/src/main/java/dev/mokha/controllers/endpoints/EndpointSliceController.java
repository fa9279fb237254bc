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
import dev.mokha.controllers.Owners;
import dev.mokha.controllers.endpoints.Backends.Backend;
import dev.mokha.controllers.endpoints.Backends.Port;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Writes each selecting Service's EndpointSlices (KEP-752): at most 100 endpoints each, one group
 * of slices for each set of port numbers. An endpoint stays in the slice it is in, so that a change
 * rewrites as few slices as possible.
 */
public final class EndpointSliceController {
  private static final int MAX_ENDPOINTS = 100;
  private static final String SERVICE_NAME = "kubernetes.io/service-name";
  private static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
  private static final String MANAGER = "endpointslice-controller.k8s.io";
  private static final String BY_SERVICE = "service";

  private final ResourceClient<EndpointSlice> write;
  private final Informer<Service> services;
  private final Informer<Pod> pods;
  private final Informer<Node> nodes;
  private final Informer<EndpointSlice> slices;

  private EndpointSliceController(ApiClient client, Informers informers) {
    this.write = ResourceClient.of(requireNonNull(client, "client"), Kinds.ENDPOINT_SLICE);
    this.services = informers.get(Kinds.SERVICE);
    this.pods = informers.get(Kinds.POD);
    this.nodes = informers.get(Kinds.NODE);
    this.slices = informers.get(Kinds.ENDPOINT_SLICE);
    slices.addIndex(BY_SERVICE, s -> isOurs(s) ? List.of(keyOf(s).toString()) : List.of());
  }

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers) {
    EndpointSliceController c = new EndpointSliceController(client, informers);
    Controller loop =
        Controller.create("endpointslice", 3, c::reconcile)
            .watch(c.slices, s -> isOurs(s) ? List.of(keyOf(s)) : List.of())
            .watch(c.nodes, n -> List.of());
    return ServicesOfPod.follow(loop, c.services, c.pods).start();
  }

  private static boolean isOurs(EndpointSlice s) {
    Map<String, String> labels = s.getMetadata().getLabels();
    return labels != null
        && MANAGER.equals(labels.get(MANAGED_BY))
        && labels.containsKey(SERVICE_NAME);
  }

  private static Key keyOf(EndpointSlice s) {
    return new Key(s.getMetadata().getNamespace(), s.getMetadata().getLabels().get(SERVICE_NAME));
  }

  private Optional<Duration> reconcile(Key key) {
    Optional<Service> service = services.find(key.namespace(), key.name());
    Collection<EndpointSlice> existing = slices.byIndex(BY_SERVICE, key.toString());
    if (service.isEmpty() || !Backends.isSelecting(service.get())) {
      existing.forEach(this::delete);
      return Optional.empty();
    }
    if (service.get().getMetadata().getDeletionTimestamp() != null) {
      return Optional.empty();
    }
    sync(service.get(), new ArrayList<>(existing));
    return Optional.empty();
  }

  private void delete(EndpointSlice slice) {
    write.delete(
        slice.getMetadata().getNamespace(),
        slice.getMetadata().getName(),
        DeleteOptions.uid(slice.getMetadata().getUid()));
  }

  private void sync(Service service, List<EndpointSlice> existing) {
    Map<List<Port>, Map<String, Endpoint>> wanted = new LinkedHashMap<>();
    for (Backend b : Backends.of(service, pods.list(service.getMetadata().getNamespace()))) {
      wanted
          .computeIfAbsent(b.ports(), p -> new LinkedHashMap<>())
          .put(b.pod().getMetadata().getUid(), endpoint(b));
    }
    if (wanted.isEmpty()) {
      wanted.put(List.of(), new LinkedHashMap<>()); // an empty slice says that there are none
    }
    for (Map.Entry<List<Port>, Map<String, Endpoint>> group : wanted.entrySet()) {
      List<EndpointPort> ports =
          group.getKey().stream().map(EndpointSliceController::port).toList();
      List<EndpointSlice> own = new ArrayList<>();
      existing.removeIf(s -> samePorts(s, ports) && own.add(s));
      fill(service, ports, group.getValue(), own);
    }
    existing.forEach(this::delete);
  }

  private static boolean samePorts(EndpointSlice slice, List<EndpointPort> ports) {
    return Objects.requireNonNullElse(slice.getPorts(), List.of()).equals(ports);
  }

  private void fill(
      Service service,
      List<EndpointPort> ports,
      Map<String, Endpoint> endpoints,
      List<EndpointSlice> own) {
    Map<String, Endpoint> left = new LinkedHashMap<>(endpoints);
    Map<EndpointSlice, List<Endpoint>> next = new LinkedHashMap<>();
    for (EndpointSlice slice : own) {
      List<Endpoint> kept = new ArrayList<>();
      for (Endpoint e : Objects.requireNonNullElse(slice.getEndpoints(), List.<Endpoint>of())) {
        Endpoint still = e.getTargetRef() == null ? null : left.remove(e.getTargetRef().getUid());
        if (still != null) {
          kept.add(still);
        }
      }
      next.put(slice, kept);
    }
    List<Endpoint> fresh = new ArrayList<>(left.values());
    for (List<Endpoint> members : next.values()) {
      while (members.size() < MAX_ENDPOINTS && !fresh.isEmpty()) {
        members.add(fresh.removeFirst());
      }
    }
    boolean first = true;
    for (Map.Entry<EndpointSlice, List<Endpoint>> e : next.entrySet()) {
      if (e.getValue().isEmpty() && !first) {
        delete(e.getKey());
        continue;
      }
      first = false;
      EndpointSlice after = slice(service, ports, e.getValue(), e.getKey());
      if (!after.equals(e.getKey())) {
        write.update(after);
      }
    }
    while (!fresh.isEmpty() || next.isEmpty()) {
      List<Endpoint> members =
          new ArrayList<>(fresh.subList(0, Math.min(MAX_ENDPOINTS, fresh.size())));
      fresh.subList(0, members.size()).clear();
      EndpointSlice created = write.create(slice(service, ports, members, null));
      next.put(created, members);
    }
  }

  private static EndpointSlice slice(
      Service service, List<EndpointPort> ports, List<Endpoint> endpoints, EndpointSlice before) {
    Map<String, String> labels = new HashMap<>();
    if (service.getMetadata().getLabels() != null) {
      labels.putAll(service.getMetadata().getLabels());
    }
    labels.put(SERVICE_NAME, service.getMetadata().getName());
    labels.put(MANAGED_BY, MANAGER);
    if (Backends.isHeadless(service)) {
      labels.put("service.kubernetes.io/headless", "");
    }
    EndpointSliceBuilder builder =
        before == null
            ? new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace(service.getMetadata().getNamespace())
                .withGenerateName(service.getMetadata().getName() + "-")
                .withOwnerReferences(Owners.reference(service))
                .endMetadata()
                .withAddressType("IPv4")
            : new EndpointSliceBuilder(before);
    return builder
        .editMetadata()
        .withLabels(labels)
        .endMetadata()
        .withPorts(ports)
        .withEndpoints(endpoints)
        .build();
  }

  private Endpoint endpoint(Backend b) {
    String node = b.pod().getSpec().getNodeName();
    String zone =
        node == null
            ? null
            : nodes
                .find("", node)
                .map(n -> n.getMetadata().getLabels())
                .map(l -> l.get("topology.kubernetes.io/zone"))
                .orElse(null);
    return new EndpointBuilder()
        .withAddresses(b.pod().getStatus().getPodIP())
        .withNewConditions()
        .withReady(b.ready())
        .withServing(b.serving())
        .withTerminating(b.terminating())
        .endConditions()
        .withNodeName(node)
        .withZone(zone)
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
        .withName(p.name())
        .withProtocol(p.protocol())
        .withPort(p.port())
        .withAppProtocol(p.appProtocol())
        .build();
  }
}
