package dev.mokha.network.dns;

import dev.mokha.client.Kinds;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Reads the informers' copies. */
public final class InformerRecords implements ClusterRecords {
  private static final String SERVICE_NAME = "kubernetes.io/service-name";
  private static final String BY_SERVICE = "dns/by-service";
  private static final String BY_ADDRESS = "dns/by-address";

  private final Informer<Namespace> namespaces;
  private final Informer<Service> services;
  private final Informer<EndpointSlice> slices;

  /** Starts the informers when nobody has. */
  public InformerRecords(Informers informers) {
    namespaces = informers.get(Kinds.NAMESPACE);
    services = informers.get(Kinds.SERVICE);
    slices = informers.get(Kinds.ENDPOINT_SLICE);
    services.addIndex(BY_ADDRESS, InformerRecords::addresses);
    slices.addIndex(
        BY_ADDRESS,
        slice ->
            slice.getEndpoints().stream()
                .flatMap(e -> e.getAddresses().stream())
                .distinct()
                .toList());
    slices.addIndex(
        BY_SERVICE,
        slice ->
            slice.getMetadata().getLabels() == null
                ? List.of()
                : List.of(
                    slice.getMetadata().getNamespace()
                        + "/"
                        + slice.getMetadata().getLabels().getOrDefault(SERVICE_NAME, "")));
  }

  private static List<String> addresses(Service service) {
    if (service.getSpec() == null || service.getSpec().getClusterIP() == null) {
      return List.of();
    }
    List<String> all = service.getSpec().getClusterIPs();
    return all == null || all.isEmpty() ? List.of(service.getSpec().getClusterIP()) : all;
  }

  @Override
  public boolean isComplete() {
    return namespaces.hasSynced() && services.hasSynced() && slices.hasSynced();
  }

  @Override
  public boolean hasNamespace(String namespace) {
    return namespaces.find("", namespace).isPresent();
  }

  @Override
  public Optional<Service> service(String namespace, String name) {
    return services.find(namespace, name);
  }

  @Override
  public Collection<EndpointSlice> slices(String namespace, String service) {
    return slices.byIndex(BY_SERVICE, namespace + "/" + service);
  }

  @Override
  public Collection<Service> servicesAt(String address) {
    return services.byIndex(BY_ADDRESS, address);
  }

  @Override
  public Collection<EndpointSlice> slicesAt(String address) {
    return slices.byIndex(BY_ADDRESS, address);
  }
}
