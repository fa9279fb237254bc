package dev.mokha.client.informer;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * One object that somebody else is about to change: waits, with a watch of it alone, until it says
 * what is wanted of it.
 *
 * <pre>{@code
 * String range =
 *     new AwaitedObject(client, Kinds.NODE.resource(), "", name)
 *         .await(Duration.ofSeconds(30), node -> podCidr(node)); // empty while there is none
 * }</pre>
 */
public final class AwaitedObject {
  private final ApiClient client;
  private final GroupVersionResource resource;
  private final String namespace;
  private final String name;

  /**
   * An object, whether it exists or not.
   *
   * @param namespace empty for an object of the whole cluster
   */
  public AwaitedObject(
      ApiClient client, GroupVersionResource resource, String namespace, String name) {
    this.client = requireNonNull(client, "client");
    this.resource = requireNonNull(resource, "resource");
    this.namespace = requireNonNull(namespace, "namespace");
    this.name = requireNonNull(name, "name");
  }

  /**
   * Waits for an answer.
   *
   * @param answer looks at each state of the object from now on, the present one first; what it
   *     throws ends the waiting
   * @throws TimeoutException when there is none in time
   * @throws StatusException with 404 when the object is removed meanwhile
   */
  public <T> T await(Duration patience, Function<KubeObject, Optional<T>> answer)
      throws TimeoutException, InterruptedException {
    CompletableFuture<T> given = new CompletableFuture<>();
    Reflector.Follower follower =
        new Reflector.Follower() {
          @Override
          public void replaceAll(List<KubeObject> all) {
            all.forEach(this::put);
          }

          @Override
          public void put(KubeObject object) {
            if (object.name().equals(name)) {
              try {
                answer.apply(object).ifPresent(given::complete);
              } catch (RuntimeException e) {
                given.completeExceptionally(e);
              }
            }
          }

          @Override
          public void remove(KubeObject object) {
            if (object.name().equals(name)) {
              given.completeExceptionally(
                  StatusException.notFound(resource.group(), resource.resource(), name));
            }
          }
        };
    ListOptions alone = ListOptions.fields("metadata.name=" + name);
    try (Reflector _ = new Reflector(client, resource, namespace, alone, follower).start()) {
      return given.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw (RuntimeException) e.getCause(); // nothing else is put in
    }
  }
}
