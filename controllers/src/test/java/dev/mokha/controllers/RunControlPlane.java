package dev.mokha.controllers;

import dev.mokha.client.ApiClient;
import dev.mokha.client.informer.Informers;
import dev.mokha.server.ApiServer;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.Kubeconfig;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * A server with all control loops, in memory and without nodes, to try things with by hand:
 * arguments are a directory for its files and a port.
 */
final class RunControlPlane {
  private RunControlPlane() {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    int port = Integer.parseInt(args[1]);
    try (ControlPlane plane = ControlPlane.start(directory.resolve("pki"), port)) {
      new Kubeconfig(
              "mokha",
              "https://127.0.0.1:" + plane.server().address().getPort(),
              plane.pki().authorityPem(),
              plane.pki().admin())
          .write(directory.resolve("kubeconfig"));
      Thread.currentThread().join();
    }
  }

  /** What the tests of the loops run against. */
  record ControlPlane(
      ClusterPki pki, Store store, ApiServer server, Informers informers, Controllers loops)
      implements AutoCloseable {
    static ControlPlane start(Path directory, int port) throws Exception {
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
    ApiClient admin() {
      return server.client(UserInfo.SERVER, "test");
    }

    @Override
    public void close() {
      loops.close();
      informers.close();
      server.close();
      store.close();
    }
  }
}
