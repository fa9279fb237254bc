package dev.mokha.controllers;

import dev.mokha.server.pki.Kubeconfig;
import java.nio.file.Path;

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
}
