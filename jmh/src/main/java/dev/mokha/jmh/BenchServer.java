package dev.mokha.jmh;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.ApiServer;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A server over the memory store, with the namespace {@code bench} ready for pods. */
final class BenchServer implements AutoCloseable {
  private final Path directory;
  private final Store store;
  private final ApiServer server;

  private BenchServer(Path directory, Store store, ApiServer server) {
    this.directory = directory;
    this.store = store;
    this.server = server;
  }

  static BenchServer start() throws IOException {
    Path directory = Files.createTempDirectory("mokha-jmh");
    Store store = MemoryStore.create();
    ClusterPki pki = ClusterPki.open(directory, Clock.systemUTC());
    ClusterSettings settings =
        new ClusterSettings("192.0.2.1", 6443, "10.43.0.1", "10.43.0.0/16", "cluster.local");
    BenchServer server =
        new BenchServer(
            directory,
            store,
            ApiServer.start(
                ServerConfig.of(
                    store,
                    pki.server(List.of(), "10.43.0.1", "cluster.local"),
                    new StandardStages(pki, settings, Clock.systemUTC()))));
    server.create("namespaces", "", "{\"metadata\":{\"name\":\"bench\"}}");
    // No controller runs here that would make the account pods run under.
    server.create("serviceaccounts", "bench", "{\"metadata\":{\"name\":\"default\"}}");
    return server;
  }

  private void create(String resource, String namespace, String json) {
    KubeObject made =
        client()
            .create(
                new GroupVersionResource("", "v1", resource),
                namespace,
                "",
                "",
                KubeObject.parse(json.getBytes(StandardCharsets.UTF_8)));
    if (made.uid().isEmpty()) {
      throw new IllegalStateException("not created: " + made);
    }
  }

  /** Acts as the server itself. */
  ApiClient client() {
    return server.client(UserInfo.SERVER, "bench");
  }

  @Override
  public void close() throws IOException {
    server.close();
    store.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path p : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }
}
