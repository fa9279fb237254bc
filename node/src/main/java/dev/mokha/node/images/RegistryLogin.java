package dev.mokha.node.images;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.engine.images.PullOptions.Credentials;
import dev.mokha.node.volume.ServiceAccountTokens;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who a pod is at the cluster's own registry: its service account, with a token of some minutes. So
 * a pod needs no secret for an image of its own namespace, and gets at none of another's.
 */
public final class RegistryLogin {
  private static final Logger log = LoggerFactory.getLogger(RegistryLogin.class);
  private static final long SECONDS = 600;

  private final Set<String> hosts;
  private final ServiceAccountTokens tokens;

  /**
   * A login.
   *
   * @param hosts what image names call the registry
   */
  public RegistryLogin(Set<String> hosts, ServiceAccountTokens tokens) {
    this.hosts = Set.copyOf(hosts);
    this.tokens = requireNonNull(tokens, "tokens");
  }

  /** Whether an image is of the cluster's own registry. */
  boolean isFor(String image) {
    String complete = PullCredentials.complete(image);
    return hosts.contains(complete.substring(0, complete.indexOf('/')));
  }

  /** The pod's credentials there; none when it gets no token, and the node's own right counts. */
  Optional<Credentials> of(Pod pod) {
    ServiceAccountTokenProjection wanted = new ServiceAccountTokenProjection();
    wanted.setExpirationSeconds(SECONDS);
    try {
      String token = tokens.request(pod, wanted).text();
      return token.isEmpty() ? Optional.empty() : Optional.of(new Credentials("token", token, ""));
    } catch (StatusException e) {
      log.warn(
          "no token for the registry for pod {}/{}: {}",
          pod.getMetadata().getNamespace(),
          pod.getMetadata().getName(),
          e.getMessage());
      return Optional.empty();
    }
  }
}
