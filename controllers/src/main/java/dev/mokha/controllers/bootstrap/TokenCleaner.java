package dev.mokha.controllers.bootstrap;

import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Removes bootstrap tokens when they expire. */
public final class TokenCleaner {
  private TokenCleaner() {}

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers, InstantSource clock) {
    Informer<Secret> secrets = informers.get(Kinds.SECRET);
    ResourceClient<Secret> write = ResourceClient.of(client, Kinds.SECRET);
    return Controller.create(
            "tokencleaner",
            1,
            key -> {
              Secret secret = secrets.find(key.namespace(), key.name()).orElse(null);
              if (secret == null || !BootstrapToken.isOne(secret)) {
                return Optional.empty();
              }
              Optional<Instant> end = BootstrapToken.expiration(secret);
              if (end.isEmpty()) {
                return Optional.empty();
              }
              Instant now = clock.instant();
              if (now.isBefore(end.get())) {
                return Optional.of(Duration.between(now, end.get()).plusSeconds(1));
              }
              write.delete(
                  key.namespace(), key.name(), DeleteOptions.uid(secret.getMetadata().getUid()));
              return Optional.empty();
            })
        .watch(
            secrets,
            s ->
                BootstrapToken.isOne(s)
                    ? List.of(new Key(BootstrapToken.NAMESPACE, s.getMetadata().getName()))
                    : List.of())
        .start();
  }
}
