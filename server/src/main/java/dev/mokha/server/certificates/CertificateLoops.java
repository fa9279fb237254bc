package dev.mokha.server.certificates;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.informer.Informers;
import dev.mokha.server.pki.CertificateAuthority;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The approver and the signers, as control loops under an identity of their own ({@code
 * certificate-controller} of {@code kube-system}): RBAC holds them to {@code approve} and {@code
 * sign} for the signers of the cluster.
 *
 * <pre>{@code
 * try (CertificateLoops loops =
 *     CertificateLoops.start(clients, informers, pki::authority, InstantSource.system())) { ... }
 * }</pre>
 */
public final class CertificateLoops implements AutoCloseable {
  private final List<Controller> running;

  private CertificateLoops(List<Controller> running) {
    this.running = running;
  }

  /**
   * Starts them; does not block.
   *
   * @param clients gives a client that acts as the named controller's service account
   * @param authority what signs, asked for each time
   */
  public static CertificateLoops start(
      Function<String, ApiClient> clients,
      Informers informers,
      Supplier<CertificateAuthority> authority,
      InstantSource clock) {
    ApiClient client = clients.apply("certificate-controller");
    return new CertificateLoops(
        List.of(
            Controller.create("csrapproving", 1, new Approver(client, clock))
                .watch(informers.get(Kinds.CERTIFICATE_SIGNING_REQUEST))
                .start(),
            Controller.create("csrsigning", 1, new Signer(client, authority, clock))
                .watch(informers.get(Kinds.CERTIFICATE_SIGNING_REQUEST))
                .start()));
  }

  @Override
  public void close() {
    running.forEach(Controller::close);
  }
}
