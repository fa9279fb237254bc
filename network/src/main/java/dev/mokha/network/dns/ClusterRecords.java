package dev.mokha.network.dns;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.Collection;
import java.util.Optional;

/** What the zone is made from. */
public interface ClusterRecords {
  /** Whether all is known; before that no name may be denied. */
  boolean isComplete();

  /** Whether there is such a namespace. */
  boolean hasNamespace(String namespace);

  /** A Service. */
  Optional<Service> service(String namespace, String name);

  /** A Service's endpoints. */
  Collection<EndpointSlice> slices(String namespace, String service);

  /** The Services with that cluster IP. */
  Collection<Service> servicesAt(String address);

  /** The slices with an endpoint at that address. */
  Collection<EndpointSlice> slicesAt(String address);
}
