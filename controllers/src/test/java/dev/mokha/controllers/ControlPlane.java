package dev.mokha.controllers;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import dev.mokha.client.informer.Informers;
import dev.mokha.client.informer.Reflector;
import dev.mokha.server.ApiServer;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** A server in memory with all control loops: what the tests of the loops run against. */
public record ControlPlane(
    ClusterPki pki, Store store, ApiServer server, Informers informers, Controllers loops)
    implements AutoCloseable {
  private static final YAMLMapper YAML = new YAMLMapper();

  /** Starts one. */
  public static ControlPlane start(Path directory, int port) throws Exception {
    ClusterPki pki = ClusterPki.open(directory, Clock.systemUTC());
    ClusterSettings settings =
        new ClusterSettings("192.0.2.1", 6443, "10.43.0.1", "10.43.0.0/16", "cluster.local");
    Store store = MemoryStore.create();
    ApiServer server =
        ApiServer.start(
            ServerConfig.builder(
                    store,
                    pki.server(List.of(), "10.43.0.1", "cluster.local"),
                    new StandardStages(pki, settings, Clock.systemUTC()))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .build());
    Informers informers =
        Informers.of(
            server.client(
                UserInfo.authenticated("system:kube-controller-manager", List.of()), "test"));
    return new ControlPlane(
        pki,
        store,
        server,
        informers,
        Controllers.start(name -> controller(server, name), informers, pki.authorityPem()));
  }

  private static ApiClient controller(ApiServer server, String name) {
    return server.client(
        UserInfo.authenticated(
            "system:serviceaccount:kube-system:" + name,
            List.of("system:serviceaccounts", "system:serviceaccounts:kube-system")),
        name);
  }

  /** Acts as the cluster's administrator. */
  public ApiClient admin() {
    return server.client(UserInfo.SERVER, "test");
  }

  /** Creates an object of YAML or JSON. */
  public KubeObject create(GroupVersionResource type, String namespace, String text) {
    return admin().create(type, namespace, "", "", KubeObject.of((ObjectNode) YAML.readTree(text)));
  }

  /** Creates a namespace. */
  public void namespace(String name) {
    create(core("namespaces"), "", "{metadata: {name: %s}}".formatted(name));
  }

  /** A resource of the core group. */
  public static GroupVersionResource core(String resource) {
    return new GroupVersionResource("", "v1", resource);
  }

  /**
   * Waits until an object is as wanted.
   *
   * @param wanted hears of every state, and of null when there is no such object
   */
  public void await(
      GroupVersionResource type, String namespace, String name, Predicate<JsonNode> wanted) {
    CompletableFuture<Void> seen = new CompletableFuture<>();
    AtomicReference<JsonNode> last = new AtomicReference<>();
    Reflector.Follower follower =
        new Reflector.Follower() {
          @Override
          public void replaceAll(List<KubeObject> all) {
            judge(
                all.stream()
                    .filter(o -> o.name().equals(name))
                    .findFirst()
                    .map(KubeObject::toTree)
                    .orElse(null));
          }

          @Override
          public void put(KubeObject object) {
            if (object.name().equals(name)) {
              judge(object.toTree());
            }
          }

          @Override
          public void remove(KubeObject object) {
            if (object.name().equals(name)) {
              judge(null);
            }
          }

          private void judge(JsonNode tree) {
            last.set(tree);
            if (wanted.test(tree)) {
              seen.complete(null);
            }
          }
        };
    try (Reflector _ = new Reflector(admin(), type, namespace, ListOptions.ALL, follower).start()) {
      seen.get(20, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(name + " did not become as wanted, but " + last.get(), e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until some object is as wanted. */
  public void awaitAny(GroupVersionResource type, String namespace, Predicate<JsonNode> wanted) {
    CompletableFuture<Void> seen = new CompletableFuture<>();
    Reflector.Follower follower =
        new Reflector.Follower() {
          @Override
          public void replaceAll(List<KubeObject> all) {
            all.forEach(this::put);
          }

          @Override
          public void put(KubeObject object) {
            if (wanted.test(object.toTree())) {
              seen.complete(null);
            }
          }

          @Override
          public void remove(KubeObject object) {}
        };
    try (Reflector _ = new Reflector(admin(), type, namespace, ListOptions.ALL, follower).start()) {
      seen.get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("nothing became as wanted", e);
    }
  }

  /** Waits until there is no such object. */
  public void awaitGone(GroupVersionResource type, String namespace, String name) {
    await(type, namespace, name, Objects::isNull);
  }

  @Override
  public void close() {
    loops.close();
    informers.close();
    server.close();
    store.close();
  }
}
