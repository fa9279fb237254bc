package dev.mokha.server;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.admission.AdmissionPlugin;
import dev.mokha.server.authentication.Authenticator;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.bootstrap.BootstrapStep;
import dev.mokha.server.rest.VirtualResource;
import dev.mokha.server.storage.ObjectReader;
import java.util.List;
import java.util.Map;

/**
 * The exchangeable stages of the pipeline, made once the server's object cache is filled.
 *
 * @param authenticator who asks
 * @param authorizer whether he may
 * @param admission the rules of the house, in their order
 * @param virtualResources what is answered and not stored, by {@code group/resource} or {@code
 *     group/resource/subresource}: {@code authentication.k8s.io/tokenreviews}, {@code
 *     /serviceaccounts/token}
 * @param documents JSON texts by the path that answers with them, such as {@code /openid/v1/jwks}
 * @param bootstrap what must be there before the server calls itself ready
 */
public record Stages(
    Authenticator authenticator,
    Authorizer authorizer,
    List<AdmissionPlugin> admission,
    Map<String, VirtualResource> virtualResources,
    Map<String, String> documents,
    List<BootstrapStep> bootstrap) {
  /** Refuses nulls and copies the collections. */
  public Stages {
    requireNonNull(authenticator, "authenticator");
    requireNonNull(authorizer, "authorizer");
    admission = List.copyOf(admission);
    virtualResources = Map.copyOf(virtualResources);
    documents = Map.copyOf(documents);
    bootstrap = List.copyOf(bootstrap);
  }

  /** Makes the stages of one server. */
  @FunctionalInterface
  public interface Factory {
    /**
     * Makes them.
     *
     * @param objects what the server's cache holds; filled by now
     */
    Stages create(ObjectReader objects);
  }
}
