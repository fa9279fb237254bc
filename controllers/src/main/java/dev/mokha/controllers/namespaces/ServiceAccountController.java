package dev.mokha.controllers.namespaces;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.util.List;
import java.util.Optional;

/** Every active namespace has a service account {@code default}. */
public final class ServiceAccountController {
  private static final String NAME = "default";

  private ServiceAccountController() {}

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers) {
    Informer<Namespace> namespaces = informers.get(Kinds.NAMESPACE);
    Informer<ServiceAccount> accounts = informers.get(Kinds.SERVICE_ACCOUNT);
    ResourceClient<ServiceAccount> write = ResourceClient.of(client, Kinds.SERVICE_ACCOUNT);
    return Controller.create(
            "serviceaccount",
            2,
            key -> {
              if (NamespaceContent.isActive(namespaces, key)
                  && accounts.find(key.name(), NAME).isEmpty()) {
                NamespaceContent.createUnlessThere(
                    () ->
                        write.create(
                            new ServiceAccountBuilder()
                                .withNewMetadata()
                                .withName(NAME)
                                .withNamespace(key.name())
                                .endMetadata()
                                .build()));
              }
              return Optional.empty();
            })
        .watch(namespaces)
        .watch(
            accounts,
            a ->
                a.getMetadata().getName().equals(NAME)
                    ? List.of(new Key("", a.getMetadata().getNamespace()))
                    : List.of())
        .start();
  }
}
