package dev.mokha.server.authentication;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.accounts.SecretTokens;
import dev.mokha.server.authentication.ServiceAccountClaims.Reference;
import dev.mokha.server.storage.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Users by service-account token. A token is worth something only while its account, and the pod,
 * secret or node it is bound to, are there with the same uid: so deleting them withdraws it. The
 * signature is verified once, the objects are looked at each time.
 */
public final class ServiceAccountTokens implements Authenticator {
  /** How long a token still works while its pod is being deleted. */
  private static final Duration DELETION_GRACE = Duration.ofSeconds(60);

  private static final String INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";

  private final ServiceAccountIssuer issuer;
  private final ObjectReader objects;
  private final Clock clock;
  private final BoundedCache<String, Optional<Known>> verified = new BoundedCache<>(16384);
  private final BoundedCache<String, Optional<LegacyClaims>> kept = new BoundedCache<>(1024);

  private record Known(ServiceAccountClaims claims, UserInfo user) {}

  /** Verifies the issuer's tokens against the stored objects. */
  public ServiceAccountTokens(ServiceAccountIssuer issuer, ObjectReader objects, Clock clock) {
    this.issuer = requireNonNull(issuer);
    this.objects = requireNonNull(objects);
    this.clock = requireNonNull(clock);
  }

  @Override
  public Optional<UserInfo> authenticate(Credentials credentials) {
    return authenticate(credentials.bearerToken(), List.of(issuer.issuer())).map(Verified::user);
  }

  /**
   * A token that was found good.
   *
   * @param audiences those of the asked ones that it is for
   */
  record Verified(UserInfo user, List<String> audiences) {
    Verified {
      audiences = List.copyOf(audiences);
    }
  }

  /** Verifies a token that must be for one of these audiences. */
  Optional<Verified> authenticate(String token, List<String> audiences) {
    // Two dots or it is no JWT; keeps other kinds of tokens out of the cache.
    if (token.isEmpty() || token.chars().filter(c -> c == '.').count() != 2) {
      return Optional.empty();
    }
    Optional<Known> known =
        verified.get(token, t -> issuer.verify(t).map(c -> new Known(c, c.user())));
    if (known.isEmpty()) {
      return kept.get(token, issuer::verifyLegacy).map(claims -> legacy(token, claims, audiences));
    }
    ServiceAccountClaims claims = known.get().claims();
    if (clock.instant().isAfter(claims.expires())) {
      throw Unauthorized.because("the token has expired");
    }
    List<String> common = audiences.stream().filter(claims.audiences()::contains).toList();
    if (common.isEmpty()) {
      throw wrongAudience(claims.audiences(), audiences);
    }
    checkBinding(claims);
    return Optional.of(new Verified(known.get().user(), common));
  }

  private static StatusException wrongAudience(List<String> has, List<String> wanted) {
    return Unauthorized.because(
        "token audiences %s is invalid for the target audiences %s"
            .formatted(quoted(has), quoted(wanted)));
  }

  private static String quoted(List<String> names) {
    return "[\"" + String.join("\" \"", names) + "\"]";
  }

  private Verified legacy(String token, LegacyClaims claims, List<String> audiences) {
    List<String> own = List.of(issuer.issuer());
    List<String> common = audiences.stream().filter(own::contains).toList();
    if (common.isEmpty()) {
      throw wrongAudience(own, audiences);
    }
    check("serviceaccounts", claims.namespace(), claims.account());
    JsonNode secret =
        objects
            .find("", "secrets", claims.namespace(), claims.secret())
            .filter(s -> !s.isDeleting())
            .map(s -> (JsonNode) s.toTree())
            .orElseThrow(() -> Unauthorized.because("Token has been invalidated"));
    byte[] stands = Base64.getMimeDecoder().decode(secret.at("/data/token").asString(""));
    boolean same =
        SecretTokens.TYPE.equals(secret.path("type").asString(""))
            && MessageDigest.isEqual(stands, token.getBytes(StandardCharsets.US_ASCII));
    if (!same) {
      throw Unauthorized.because("Token does not match server's copy");
    }
    String since = secret.path("metadata").path("labels").path(INVALID_SINCE).asString("");
    if (!since.isEmpty()) {
      throw Unauthorized.because(
          "the token in secret " + claims.secret() + " has been marked invalid");
    }
    return new Verified(claims.user(), common);
  }

  private void checkBinding(ServiceAccountClaims claims) {
    String namespace = claims.namespace();
    check("serviceaccounts", namespace, claims.account());
    claims.secret().ifPresent(secret -> check("secrets", namespace, secret));
    if (claims.pod().isPresent()) {
      check("pods", namespace, claims.pod().get());
    } else {
      claims.node().ifPresent(node -> check("nodes", "", node));
    }
  }

  private void check(String resource, String namespace, Reference reference) {
    Optional<KubeObject> found = objects.find("", resource, namespace, reference.name());
    if (found.isEmpty() || !found.get().uid().equals(reference.uid())) {
      throw Unauthorized.because("%s \"%s\" not found".formatted(resource, reference.name()));
    }
    if (found.get().isDeleting() && deletedBefore(found.get())) {
      throw Unauthorized.because(resource + " " + reference.name() + " of the token is deleted");
    }
  }

  private boolean deletedBefore(KubeObject object) {
    String at = object.toTree().path("metadata").path("deletionTimestamp").asString("");
    try {
      return clock.instant().isAfter(Instant.parse(at).plus(DELETION_GRACE));
    } catch (DateTimeParseException e) {
      return true;
    }
  }
}
