package dev.mokha.controllers;

import dev.mokha.client.ApiClient;
import dev.mokha.client.informer.Informers;
import dev.mokha.server.ApiServer;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.accounts.SecretTokens;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.certificates.CertificateLoops;
import dev.mokha.server.encryption.Encryption;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.Kubeconfig;
import dev.mokha.store.memory.MemoryStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;

/** A server with its control loops to try things with by hand: a directory, and a port. */
final class RunCluster {
  private RunCluster() {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    int port = Integer.parseInt(args[1]);
    ClusterPki pki = ClusterPki.open(directory.resolve("pki"), Clock.systemUTC());
    ClusterSettings settings =
        new ClusterSettings("192.0.2.1", port, "10.43.0.1", "10.43.0.0/16", "cluster.local");
    StandardStages stages = new StandardStages(pki, settings, Clock.systemUTC());
    ApiServer server =
        ApiServer.start(
            ServerConfig.builder(
                    MemoryStore.create(),
                    pki.server(List.of(), "10.43.0.1", "cluster.local"),
                    stages)
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .encryption(Encryption.ofSecrets(pki.encryptionKeys().ring()))
                .build());
    new Kubeconfig("mokha", "https://127.0.0.1:" + port, pki.authorityPem(), pki.admin())
        .write(directory.resolve("kubeconfig"));
    ApiClient manager =
        server.client(
            UserInfo.authenticated("system:kube-controller-manager", List.of()), "manager");
    Informers informers = Informers.of(manager);
    SecretTokens.start(manager, informers, stages.issuer(), pki.authorityPem());
    Controllers.start(name -> controller(server, name), informers, pki.authorityPem());
    CertificateLoops.start(
        name -> controller(server, name), informers, pki::authority, InstantSource.system());
    Thread.currentThread().join();
  }

  private static ApiClient controller(ApiServer server, String name) {
    return server.client(
        UserInfo.authenticated(
            "system:serviceaccount:kube-system:" + name,
            List.of("system:serviceaccounts", "system:serviceaccounts:kube-system")),
        name);
  }
}
