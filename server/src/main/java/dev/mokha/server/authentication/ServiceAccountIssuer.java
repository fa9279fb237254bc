package dev.mokha.server.authentication;

import static java.util.Objects.requireNonNull;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.mokha.api.object.Json;
import dev.mokha.server.authentication.ServiceAccountClaims.Reference;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Signs and verifies the tokens of service accounts (JWT, RFC 7519; ES256). Touches no objects.
 *
 * <p>One key signs; that one and any number of others verify, so that the signing key can be
 * changed while tokens of the one before are still in use.
 */
public final class ServiceAccountIssuer {
  private static final String CLAIM = "kubernetes.io";

  private final String issuer;
  private final Clock clock;
  private final String keyId;
  private final ECDSASigner signer;

  /** By key id, the signing one first. */
  private final Map<String, ECPublicKey> verifying = new LinkedHashMap<>();

  /** An issuer with one key. */
  public ServiceAccountIssuer(String issuer, KeyPair keys, Clock clock) {
    this(issuer, keys, List.of(), clock);
  }

  /**
   * An issuer.
   *
   * @param issuer its URL, such as {@code https://kubernetes.default.svc.cluster.local}; also the
   *     audience that this server answers to
   * @param keys a key on P-256, which signs
   * @param earlier further keys whose tokens are still good
   */
  public ServiceAccountIssuer(String issuer, KeyPair keys, List<PublicKey> earlier, Clock clock) {
    this.issuer = requireNonNull(issuer);
    this.clock = requireNonNull(clock);
    try {
      this.keyId = keyId(keys.getPublic());
      this.signer = new ECDSASigner((ECPrivateKey) keys.getPrivate());
      verifying.put(keyId, (ECPublicKey) keys.getPublic());
      for (PublicKey key : earlier) {
        verifying.put(keyId(key), (ECPublicKey) key);
      }
    } catch (GeneralSecurityException | JOSEException | ClassCastException e) {
      throw new IllegalArgumentException("not a key to sign tokens with", e);
    }
  }

  private static String keyId(PublicKey key) throws GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
    return Base64URL.encode(digest).toString();
  }

  /** Its URL. */
  public String issuer() {
    return issuer;
  }

  String sign(ServiceAccountClaims claims, Instant issued) {
    JWTClaimsSet set =
        new JWTClaimsSet.Builder()
            .issuer(issuer)
            .subject(ServiceAccountClaims.userName(claims.namespace(), claims.account().name()))
            .audience(claims.audiences())
            .issueTime(Date.from(issued))
            .notBeforeTime(Date.from(issued))
            .expirationTime(Date.from(claims.expires()))
            .jwtID(claims.id())
            .claim(CLAIM, claims.toClaim())
            .build();
    return sign(set, JOSEObjectType.JWT);
  }

  /** A token that is kept in a Secret: it ends with the Secret or the account, and not before. */
  public String signForSecret(String namespace, String account, String uid, String secret) {
    return sign(new LegacyClaims(namespace, new Reference(account, uid), secret).toClaims(), null);
  }

  private String sign(JWTClaimsSet set, JOSEObjectType type) {
    JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.ES256).type(type).keyID(keyId).build();
    Map<String, Object> content = set.toJSONObject();
    if (!set.getAudience().isEmpty()) {
      // A single audience may be written as a string, which not all who read tokens understand.
      content.put("aud", set.getAudience());
    }
    JWSObject token = new JWSObject(header, new Payload(content));
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new IllegalStateException("a token can't be signed", e);
    }
    return token.serialize();
  }

  /**
   * The claims of a token, whose signature and time of validity hold.
   *
   * @return empty when the token is not one of this issuer's
   * @throws dev.mokha.api.error.StatusException when it pretends to be
   */
  Optional<ServiceAccountClaims> verify(String token) {
    SignedJWT parsed;
    JWTClaimsSet set;
    try {
      parsed = SignedJWT.parse(token);
      set = parsed.getJWTClaimsSet();
    } catch (ParseException | RuntimeException e) {
      return Optional.empty();
    }
    if (set == null || !issuer.equals(set.getIssuer())) {
      return Optional.empty();
    }
    checkSignature(parsed);
    Instant now = clock.instant();
    if (set.getExpirationTime() == null || now.isAfter(set.getExpirationTime().toInstant())) {
      throw Unauthorized.because("the token has expired");
    }
    if (set.getNotBeforeTime() != null
        && now.plusSeconds(60).isBefore(set.getNotBeforeTime().toInstant())) {
      throw Unauthorized.because("the token is not valid yet");
    }
    return Optional.of(claims(set));
  }

  /**
   * The claims of a token that is kept in a Secret, whose signature holds.
   *
   * @return empty when the token is not one of those
   * @throws dev.mokha.api.error.StatusException when it pretends to be
   */
  Optional<LegacyClaims> verifyLegacy(String token) {
    try {
      SignedJWT parsed = SignedJWT.parse(token);
      JWTClaimsSet set = parsed.getJWTClaimsSet();
      if (set == null || !LegacyClaims.ISSUER.equals(set.getIssuer())) {
        return Optional.empty();
      }
      checkSignature(parsed);
      return Optional.of(LegacyClaims.of(set));
    } catch (ParseException e) {
      return Optional.empty();
    }
  }

  private void checkSignature(SignedJWT token) {
    ECPublicKey key = verifying.get(String.valueOf(token.getHeader().getKeyID()));
    try {
      if (key == null
          || !JWSAlgorithm.ES256.equals(token.getHeader().getAlgorithm())
          || !token.verify(new ECDSAVerifier(key))) {
        throw Unauthorized.because("the token's signature is not ours");
      }
    } catch (JOSEException e) {
      throw Unauthorized.because("the token's signature can't be read: " + e.getMessage());
    }
  }

  private static ServiceAccountClaims claims(JWTClaimsSet set) {
    if (!(set.getClaim(CLAIM) instanceof Map<?, ?> claim)
        || !(claim.get("namespace") instanceof String namespace)) {
      throw Unauthorized.because("the token lacks the claim " + CLAIM);
    }
    Reference account =
        Reference.of(claim.get("serviceaccount"))
            .orElseThrow(() -> Unauthorized.because("the token names no service account"));
    return new ServiceAccountClaims(
        namespace,
        account,
        Reference.of(claim.get("pod")),
        Reference.of(claim.get("secret")),
        Reference.of(claim.get("node")),
        set.getAudience(),
        set.getJWTID() == null ? "" : set.getJWTID(),
        set.getExpirationTime().toInstant());
  }

  /** What {@code /openid/v1/jwks} answers: the keys that others verify tokens with (RFC 7517). */
  public String keySet() {
    List<JWK> keys = new ArrayList<>();
    verifying.forEach(
        (id, key) ->
            keys.add(
                new ECKey.Builder(Curve.P_256, key)
                    .keyID(id)
                    .keyUse(KeyUse.SIGNATURE)
                    .algorithm(JWSAlgorithm.ES256)
                    .build()));
    return new JWKSet(keys).toString();
  }

  /** What {@code /.well-known/openid-configuration} answers (OpenID Connect Discovery 1.0). */
  public String discovery(String serverUrl) {
    ObjectNode document = Json.MAPPER.createObjectNode();
    document.put("issuer", issuer).put("jwks_uri", serverUrl + "/openid/v1/jwks");
    document.putArray("response_types_supported").add("id_token");
    document.putArray("subject_types_supported").add("public");
    document.putArray("id_token_signing_alg_values_supported").add("ES256");
    return Json.text(document);
  }
}
