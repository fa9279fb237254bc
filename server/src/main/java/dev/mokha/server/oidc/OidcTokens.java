package dev.mokha.server.oidc;

import static java.util.Objects.requireNonNull;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.mokha.server.authentication.Authenticator;
import dev.mokha.server.authentication.Credentials;
import dev.mokha.server.authentication.Unauthorized;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.oidc.OidcConfig.Mapping;
import dev.mokha.server.oidc.OidcConfig.Provider;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Users by ID token.
 *
 * <pre>{@code
 * try (OidcTokens tokens = OidcTokens.start(OidcConfig.read(file), Clock.systemUTC())) {
 *   new StandardStages(pki, settings, clock).with(tokens)
 * }
 * }</pre>
 *
 * <p>A token's issuer decides which provider judges it; tokens of other issuers are left to other
 * authenticators. Only asymmetric signatures count. A user or group whose name begins with {@code
 * system:} is refused: such names are the cluster's own, and nobody outside may hand them out.
 */
public final class OidcTokens implements Authenticator, AutoCloseable {
  private static final Duration SKEW = Duration.ofSeconds(10);
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512);

  private record Known(Provider provider, ProviderKeys keys) {}

  private final Map<String, Known> byIssuer = new HashMap<>();
  private final Clock clock;

  private OidcTokens(OidcConfig config, Clock clock) {
    this.clock = requireNonNull(clock);
    for (Provider provider : config.providers()) {
      byIssuer.put(provider.issuer(), new Known(provider, new ProviderKeys(provider)));
    }
  }

  /** Begins to follow the providers' keys; does not wait for them. */
  public static OidcTokens start(OidcConfig config, Clock clock) {
    return new OidcTokens(config, clock);
  }

  @Override
  public Optional<UserInfo> authenticate(Credentials credentials) {
    String token = credentials.bearerToken();
    if (byIssuer.isEmpty() || token.chars().filter(c -> c == '.').count() != 2) {
      return Optional.empty();
    }
    try {
      SignedJWT parsed = SignedJWT.parse(token);
      JWTClaimsSet claims = parsed.getJWTClaimsSet();
      Known known = claims == null ? null : byIssuer.get(claims.getIssuer());
      if (known == null) {
        return Optional.empty();
      }
      checkSignature(parsed, known.keys);
      checkClaims(claims, known.provider);
      return Optional.of(user(claims, known.provider));
    } catch (ParseException e) {
      return Optional.empty();
    } catch (JOSEException e) {
      throw Unauthorized.because("the ID token's signature can't be read: " + e.getMessage());
    }
  }

  private static void checkSignature(SignedJWT token, ProviderKeys keys) throws JOSEException {
    JWSAlgorithm algorithm = token.getHeader().getAlgorithm();
    if (!ALGORITHMS.contains(algorithm)) {
      throw Unauthorized.because("the ID token is signed with " + algorithm);
    }
    JWK key = keys.find(token.getHeader().getKeyID());
    if (!(key instanceof AsymmetricJWK asymmetric)) {
      throw Unauthorized.because("the ID token's key is not known (yet)");
    }
    JWSVerifier verifier =
        new DefaultJWSVerifierFactory()
            .createJWSVerifier(token.getHeader(), asymmetric.toPublicKey());
    if (!token.verify(verifier)) {
      throw Unauthorized.because("the ID token's signature is not its issuer's");
    }
  }

  private void checkClaims(JWTClaimsSet claims, Provider provider) {
    Instant now = clock.instant();
    Date end = claims.getExpirationTime();
    if (end == null || now.isAfter(end.toInstant())) {
      throw Unauthorized.because("the ID token has expired");
    }
    Date begin = claims.getNotBeforeTime();
    if (begin != null && now.plus(SKEW).isBefore(begin.toInstant())) {
      throw Unauthorized.because("the ID token is not valid yet");
    }
    if (claims.getAudience().stream().noneMatch(provider.audiences()::contains)) {
      throw Unauthorized.because("the ID token is for " + claims.getAudience());
    }
    provider
        .required()
        .forEach(
            (claim, value) -> {
              if (!value.equals(claims.getClaim(claim))) {
                throw Unauthorized.because("the ID token's claim %s is not right".formatted(claim));
              }
            });
  }

  private static UserInfo user(JWTClaimsSet claims, Provider provider) {
    Mapping username = provider.username();
    if (!(claims.getClaim(username.claim()) instanceof String name) || name.isEmpty()) {
      throw Unauthorized.because("the ID token lacks the claim " + username.claim());
    }
    // An address that somebody only says is his is nobody's name.
    boolean unverified =
        username.claim().equals("email")
            && claims.getClaim("email_verified") != null
            && !Boolean.TRUE.equals(claims.getClaim("email_verified"));
    if (unverified) {
      throw Unauthorized.because("the ID token's email address is not verified");
    }
    List<String> groups = new ArrayList<>();
    if (provider.groups() != null) {
      String prefix = provider.groups().prefix();
      switch (claims.getClaim(provider.groups().claim())) {
        case String one -> groups.add(own(prefix + one));
        case List<?> many -> many.forEach(g -> groups.add(own(prefix + g)));
        case null, default -> {}
      }
    }
    UserInfo known = UserInfo.authenticated(own(username.prefix() + name), groups);
    String uid =
        !provider.uidClaim().isEmpty() && claims.getClaim(provider.uidClaim()) instanceof String u
            ? u
            : "";
    Map<String, List<String>> extra =
        claims.getJWTID() == null
            ? Map.of()
            : Map.of(
                "authentication.kubernetes.io/credential-id", List.of("JTI=" + claims.getJWTID()));
    return new UserInfo(known.name(), uid, known.groups(), extra);
  }

  private static String own(String name) {
    if (name.startsWith("system:")) {
      throw Unauthorized.because("an ID token can't give the name " + name);
    }
    return name;
  }

  @Override
  public void close() {
    byIssuer.values().forEach(known -> known.keys.close());
  }
}
