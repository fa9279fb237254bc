package dev.mokha.server.authentication;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.rest.VirtualResource;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** {@code tokenreviews} (whose token is this) and {@code selfsubjectreviews} (who am I). */
public final class Reviews {
  private static final String API = "authentication.k8s.io/v1";

  private final ServiceAccountTokens tokens;
  private final Authenticator others;
  private final List<String> audiences;

  /**
   * Reviews.
   *
   * @param others what knows tokens that are not bound to audiences
   * @param audiences those of this server
   */
  public Reviews(ServiceAccountTokens tokens, Authenticator others, List<String> audiences) {
    this.tokens = requireNonNull(tokens);
    this.others = requireNonNull(others);
    this.audiences = List.copyOf(audiences);
  }

  /** {@code tokenreviews}. */
  public ObjectNode reviewToken(VirtualResource.Call call, ObjectNode body) {
    String token = body.path("spec").path("token").asString("");
    List<String> asked = UserTree.strings(body.path("spec").path("audiences"));
    if (token.isEmpty()) {
      throw StatusException.badRequest("token is required for TokenReview in authentication");
    }
    List<String> wanted = asked.isEmpty() ? audiences : asked;
    body.put("apiVersion", API).put("kind", "TokenReview");
    ObjectNode status = body.putObject("status");
    try {
      Optional<ServiceAccountTokens.Verified> found = tokens.authenticate(token, wanted);
      if (found.isEmpty() && wanted.stream().anyMatch(audiences::contains)) {
        found =
            others
                .authenticate(new Credentials(List.of(), token))
                .map(user -> new ServiceAccountTokens.Verified(user, audiences));
      }
      if (found.isPresent()) {
        status.put("authenticated", true);
        status.set("user", UserTree.of(found.get().user()));
        found.get().audiences().forEach(status.putArray("audiences")::add);
        return body;
      }
    } catch (StatusException e) {
      status.put("error", "[invalid bearer token, " + Unauthorized.reason(e) + "]");
      status.putObject("user");
      return body;
    }
    status.put("error", "invalid bearer token");
    status.putObject("user");
    return body;
  }

  /** {@code selfsubjectreviews}. */
  public ObjectNode reviewSelf(VirtualResource.Call call, ObjectNode body) {
    body.put("apiVersion", API).put("kind", "SelfSubjectReview");
    body.putObject("status").set("userInfo", UserTree.of(call.user()));
    return body;
  }

  /** Refuses tokens that nobody before it has known, so that they don't count as anonymous. */
  public static Authenticator refuseUnknownTokens() {
    return credentials -> {
      if (!credentials.bearerToken().isEmpty()) {
        throw Unauthorized.because("nobody knows the bearer token");
      }
      return Optional.empty();
    };
  }
}
