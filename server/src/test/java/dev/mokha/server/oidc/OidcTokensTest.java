package dev.mokha.server.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.mokha.api.error.StatusException;
import dev.mokha.server.authentication.Credentials;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.http.TlsMaterial;
import dev.mokha.server.pki.CertificateAuthority;
import dev.mokha.server.pki.Pem;
import dev.mokha.server.pki.Subject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ID tokens of a provider of our own, over HTTPS. */
final class OidcTokensTest {
  private final CountDownLatch fetched = new CountDownLatch(1);
  private HttpsServer provider;
  private String issuer;
  private RSAKey key;
  private OidcTokens tokens;

  @BeforeEach
  void start() throws Exception {
    CertificateAuthority authority =
        CertificateAuthority.create("provider-ca", Duration.ofDays(1), Clock.systemUTC());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        new KeyManager[] {
          TlsMaterial.keys(
              authority.issue(
                  Subject.server("provider", List.of("localhost"), List.of()), Duration.ofHours(1)))
        },
        null,
        null);
    provider = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    provider.setHttpsConfigurator(new HttpsConfigurator(tls));
    issuer = "https://localhost:" + provider.getAddress().getPort();
    key = new RSAKeyGenerator(2048).keyID("k1").generate();
    answer(
        "/.well-known/openid-configuration",
        "{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\"}".formatted(issuer, issuer));
    answer("/keys", new JWKSet(key.toPublicJWK()).toString());
    provider.start();
    OidcConfig config =
        OidcConfig.parse(
            """
            apiVersion: apiserver.config.k8s.io/v1
            kind: AuthenticationConfiguration
            jwt:
            - issuer:
                url: %s
                audiences: [mokha]
                certificateAuthority: |
            %s
              claimMappings:
                username: {claim: email, prefix: "oidc:"}
                groups: {claim: groups, prefix: "oidc:"}
                uid: {claim: sub}
              claimValidationRules: [{claim: hd, requiredValue: example.com}]
            """
                .formatted(
                    issuer,
                    Pem.certificates(List.of(authority.certificate())).indent(10).stripTrailing()));
    tokens = OidcTokens.start(config, Clock.systemUTC());
    assertThat(fetched.await(20, TimeUnit.SECONDS)).isTrue();
    // The answer has been sent; that it was read is seen by a good token.
    Instant end = Instant.now().plusSeconds(20);
    while (!isGood(token(good()))) {
      assertThat(Instant.now()).isBefore(end);
      Thread.sleep(10);
    }
  }

  private void answer(String path, String body) {
    provider.createContext(
        path,
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
          if (path.equals("/keys")) {
            fetched.countDown();
          }
        });
  }

  @AfterEach
  void stop() {
    if (tokens != null) {
      tokens.close();
    }
    provider.stop(0);
  }

  private JWTClaimsSet.Builder good() {
    return new JWTClaimsSet.Builder()
        .issuer(issuer)
        .audience("mokha")
        .subject("4711")
        .claim("email", "dora@example.com")
        .claim("email_verified", true)
        .claim("groups", List.of("devs", "ops"))
        .claim("hd", "example.com")
        .expirationTime(Date.from(Instant.now().plusSeconds(600)));
  }

  private String token(JWTClaimsSet.Builder claims) throws Exception {
    return token(claims, key);
  }

  private static String token(JWTClaimsSet.Builder claims, RSAKey with) throws Exception {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(with.getKeyID()).build(),
            claims.build());
    token.sign(new RSASSASigner(with));
    return token.serialize();
  }

  private Optional<UserInfo> user(String token) {
    return tokens.authenticate(new Credentials(List.of(), token));
  }

  private boolean isGood(String token) {
    try {
      return user(token).isPresent();
    } catch (StatusException e) {
      return false;
    }
  }

  private void assertRefused(String token) {
    assertThatThrownBy(() -> user(token))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(401));
  }

  @Test
  void aGoodTokenIsAUserWithPrefixes() throws Exception {
    UserInfo user = user(token(good())).orElseThrow();
    assertThat(user.name()).isEqualTo("oidc:dora@example.com");
    assertThat(user.uid()).isEqualTo("4711");
    assertThat(user.groups()).containsExactly("oidc:devs", "oidc:ops", "system:authenticated");
  }

  @Test
  void everythingElseIsRefused() throws Exception {
    assertRefused(token(good().audience("another")));
    assertRefused(token(good().expirationTime(Date.from(Instant.now().minusSeconds(5)))));
    assertRefused(token(good().expirationTime(null)));
    assertRefused(token(good().notBeforeTime(Date.from(Instant.now().plusSeconds(600)))));
    assertRefused(token(good().claim("email", null)));
    assertRefused(token(good().claim("email_verified", false)));
    assertRefused(token(good().claim("hd", "evil.example")));
    // Another key of the same name, and a key of no name we know.
    assertRefused(token(good(), new RSAKeyGenerator(2048).keyID("k1").generate()));
    assertRefused(token(good(), new RSAKeyGenerator(2048).keyID("k9").generate()));
    String whole = token(good());
    assertRefused(whole.substring(0, whole.length() - 8) + "AAAAAAAA");
  }

  @Test
  void aPublicKeyIsNoSharedSecret() throws Exception {
    SignedJWT forged =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("k1").build(), good().build());
    forged.sign(new MACSigner(key.toRSAPublicKey().getEncoded()));
    assertRefused(forged.serialize());
  }

  @Test
  void tokensOfOthersAreLeftToOthers() throws Exception {
    assertThat(user(token(good().issuer("https://other.example")))).isEmpty();
    assertThat(user("no.jwt.atall")).isEmpty();
    assertThat(user("abc")).isEmpty();
    assertThat(user("")).isEmpty();
  }

  @Test
  void aConfigurationThatIsNotUnderstoodIsRefused() {
    Map<String, String> wrong =
        Map.of(
            "kind: Other",
            "kind must be",
            "kind: AuthenticationConfiguration\njwt: [{issuer: {url: 'http://x', audiences: [a]}}]",
            "must be an https URL",
            "kind: AuthenticationConfiguration\njwt: [{issuer: {url: 'https://x', audiences: []}}]",
            "at least one audience",
            "kind: AuthenticationConfiguration\njwt: [{userValidationRules: []}]",
            "userValidationRules is not supported",
            "kind: AuthenticationConfiguration\n"
                + "jwt: [{issuer: {url: 'https://x', audiences: [a]}, claimMappings: {username:"
                + " {claim: sub}}}]",
            "prefix is missing",
            "kind: AuthenticationConfiguration\n"
                + "jwt: [{issuer: {url: 'https://x', audiences: [a]}, claimMappings: {username:"
                + " {expression: claims.sub}}}]",
            "expression is not supported",
            "{",
            "YAML");
    wrong.forEach(
        (text, message) ->
            assertThatThrownBy(() -> OidcConfig.parse(text))
                .as(text)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message));
  }
}
