package dev.mokha.network;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;

/** API objects that tests need. */
public final class Objects {
  private Objects() {}

  /** A Service of one port. */
  public static Service service(String name, String ip, int port, String protocol) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withType("ClusterIP")
        .withClusterIP(ip)
        .addNewPort()
        .withName("main")
        .withPort(port)
        .withProtocol(protocol)
        .endPort()
        .endSpec()
        .build();
  }

  /** Its ready endpoints, all on this node. */
  public static EndpointSlice slice(
      String service, int port, String protocol, String... addresses) {
    EndpointSliceBuilder builder =
        new EndpointSliceBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName(service + "-1")
            .addToLabels("kubernetes.io/service-name", service)
            .endMetadata()
            .withAddressType("IPv4")
            .addNewPort()
            .withName("main")
            .withPort(port)
            .withProtocol(protocol)
            .endPort();
    for (String address : addresses) {
      builder
          .addNewEndpoint()
          .addToAddresses(address)
          .withNodeName("node-1")
          .withNewConditions()
          .withReady(true)
          .withServing(true)
          .withTerminating(false)
          .endConditions()
          .endEndpoint();
    }
    return builder.build();
  }
}
