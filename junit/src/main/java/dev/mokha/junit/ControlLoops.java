package dev.mokha.junit;

import dev.mokha.client.ApiClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.informer.Informers;
import dev.mokha.controllers.Controllers;
import dev.mokha.server.ApiServer;
import dev.mokha.server.accounts.SecretTokens;
import dev.mokha.server.authentication.ServiceAccountIssuer;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.certificates.CertificateLoops;
import dev.mokha.server.pki.ClusterPki;
import java.time.InstantSource;
import java.util.List;

/** What a controller manager runs, each loop under its own service account. */
final class ControlLoops implements AutoCloseable {
  private final Informers informers;
  private final Controllers controllers;
  private final Controller secretTokens;
  private final CertificateLoops certificates;

  private ControlLoops(
      Informers informers,
      Controllers controllers,
      Controller secretTokens,
      CertificateLoops certificates) {
    this.informers = informers;
    this.controllers = controllers;
    this.secretTokens = secretTokens;
    this.certificates = certificates;
  }

  /** Starts them; does not wait until they know the cluster. */
  static ControlLoops start(ApiServer server, ClusterPki pki, ServiceAccountIssuer issuer) {
    ApiClient manager =
        server.client(
            UserInfo.authenticated("system:kube-controller-manager", List.of()),
            "kube-controller-manager");
    Informers informers = Informers.of(manager);
    return new ControlLoops(
        informers,
        Controllers.start(name -> account(server, name), informers, pki.authorityPem()),
        SecretTokens.start(manager, informers, issuer, pki.authorityPem()),
        CertificateLoops.start(
            name -> account(server, name), informers, pki::authority, InstantSource.system()));
  }

  private static ApiClient account(ApiServer server, String name) {
    return server.client(
        UserInfo.authenticated(
            "system:serviceaccount:kube-system:" + name,
            List.of("system:serviceaccounts", "system:serviceaccounts:kube-system")),
        name);
  }

  @Override
  public void close() {
    certificates.close();
    secretTokens.close();
    controllers.close();
    informers.close();
  }
}
