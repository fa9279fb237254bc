package dev.mokha.controllers.namespaces;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every active namespace has the cluster's CA in a ConfigMap, for pods to trust the server. */
public final class RootCaController {
  private static final String NAME = "kube-root-ca.crt";

  private RootCaController() {}

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers, String rootCa) {
    Informer<Namespace> namespaces = informers.get(Kinds.NAMESPACE);
    Informer<ConfigMap> maps =
        informers.get(Kinds.CONFIG_MAP, "", ListOptions.fields("metadata.name=" + NAME));
    ResourceClient<ConfigMap> write = ResourceClient.of(client, Kinds.CONFIG_MAP);
    Map<String, String> data = Map.of("ca.crt", rootCa);
    return Controller.create(
            "root-ca",
            2,
            key -> {
              if (!NamespaceContent.isActive(namespaces, key)) {
                return Optional.empty();
              }
              Optional<ConfigMap> found = maps.find(key.name(), NAME);
              if (found.isEmpty()) {
                NamespaceContent.createUnlessThere(() -> write.create(configMap(key, data)));
              } else if (!data.equals(found.get().getData())) {
                write.update(new ConfigMapBuilder(found.get()).withData(data).build());
              }
              return Optional.empty();
            })
        .watch(namespaces)
        .watch(maps, m -> List.of(new Key("", m.getMetadata().getNamespace())))
        .start();
  }

  private static ConfigMap configMap(Key namespace, Map<String, String> data) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(NAME)
        .withNamespace(namespace.name())
        .addToAnnotations(
            "kubernetes.io/description",
            "The CA to trust when talking to this cluster's API server from inside it.")
        .endMetadata()
        .withData(data)
        .build();
  }
}
