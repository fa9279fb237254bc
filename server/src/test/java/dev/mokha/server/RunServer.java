package dev.mokha.server;

import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.Pem;
import dev.mokha.store.Store;
import dev.mokha.store.etcd.EtcdAddress;
import dev.mokha.store.etcd.EtcdStore;
import dev.mokha.store.memory.MemoryStore;
import dev.mokha.store.rocks.RocksStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.List;

/**
 * A server to try things with by hand: arguments are a directory for its files, a port, and where
 * to keep the objects: {@code memory} (as when nothing is said), {@code disk} or the address of an
 * etcd.
 */
final class RunServer {
  private RunServer() {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    ClusterPki pki = ClusterPki.open(directory.resolve("pki"), Clock.systemUTC());
    ClusterSettings settings =
        new ClusterSettings(
            "192.0.2.1", Integer.parseInt(args[1]), "10.43.0.1", "10.43.0.0/16", "cluster.local");
    Stages.Factory stages = new StandardStages(pki, settings, Clock.systemUTC());
    ApiServer server =
        ApiServer.start(
            ServerConfig.builder(
                    store(args.length > 2 ? args[2] : "memory", directory),
                    pki.server(List.of(), "10.43.0.1", "cluster.local"),
                    stages)
                .listen(
                    new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), Integer.parseInt(args[1])))
                .build());
    Files.writeString(
        directory.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        current-context: mokha
        clusters: [{name: mokha, cluster: {server: "https://127.0.0.1:%d", certificate-authority-data: %s}}]
        users: [{name: admin, user: {client-certificate-data: %s, client-key-data: %s}}]
        contexts: [{name: mokha, context: {cluster: mokha, user: admin}}]
        """
            .formatted(
                server.address().getPort(),
                base64(pki.authorityPem()),
                base64(Pem.certificates(pki.admin().chain())),
                base64(Pem.privateKey(pki.admin().key()))));
    Thread.currentThread().join();
  }

  private static Store store(String where, Path directory) {
    return switch (where) {
      case "memory" -> MemoryStore.create();
      case "disk" -> RocksStore.open(directory.resolve("store"));
      default -> EtcdStore.open(EtcdAddress.parse(where));
    };
  }

  private static String base64(String text) {
    return Base64.getEncoder()
        .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
