package dev.mokha.server;

import static dev.mokha.server.SecureCluster.ADMIN;
import static dev.mokha.server.SecureCluster.ANONYMOUS;
import static dev.mokha.server.SecureCluster.core;
import static dev.mokha.server.SecureCluster.rbac;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.informer.Informers;
import dev.mokha.server.SecureCluster.Answer;
import dev.mokha.server.accounts.SecretTokens;
import dev.mokha.server.authentication.ServiceAccountIssuer;
import dev.mokha.server.http.TlsMaterial;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.ServerPki;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Tokens from the request to their end. */
final class ServiceAccountTokenTest {
  private static final String SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  private static final String SELF_BODY =
      "{apiVersion: authentication.k8s.io/v1, kind: SelfSubjectReview}";

  private Store store;
  private SecureCluster cluster;

  @BeforeEach
  void start(@TempDir Path directory) throws Exception {
    store = MemoryStore.create();
    cluster = new SecureCluster(directory, store);
    cluster.create(
        core("serviceaccounts"),
        "default",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}");
  }

  @AfterEach
  void stop() {
    cluster.close();
    store.close();
  }

  private Answer request(String spec) throws Exception {
    return cluster.post(
        ADMIN,
        "/api/v1/namespaces/default/serviceaccounts/robot/token",
        "{apiVersion: authentication.k8s.io/v1, kind: TokenRequest, spec: %s}".formatted(spec));
  }

  private String token(String spec) throws Exception {
    Answer answer = request(spec);
    assertThat(answer.code()).as(answer.message()).isEqualTo(201);
    return answer.body().at("/status/token").asString();
  }

  private Answer self(String token) throws Exception {
    return cluster.post(ANONYMOUS, SELF, SELF_BODY, "Authorization", "Bearer " + token);
  }

  @Test
  void aTokenIsTheAccountUntilTheAccountIsGone() throws Exception {
    String token = token("{}");
    Answer self = self(token);
    assertThat(self.code()).isEqualTo(201);
    assertThat(self.body().at("/status/userInfo/username").asString())
        .isEqualTo("system:serviceaccount:default:robot");
    assertThat(self.body().at("/status/userInfo/groups").toString())
        .isEqualTo(
            "[\"system:serviceaccounts\",\"system:serviceaccounts:default\",\"system:authenticated\"]");
    cluster.own().delete(core("serviceaccounts"), "default", "robot", DeleteOptions.DEFAULT);
    assertThat(self(token).code()).isEqualTo(401);
    cluster.create(
        core("serviceaccounts"),
        "default",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}");
    assertThat(self(token).code()).as("another account of the same name").isEqualTo(401);
  }

  @Test
  void aRoleBindingToTheAccountCounts() throws Exception {
    String[] bearer = {"Authorization", "Bearer " + token("{}")};
    String pods = "/api/v1/namespaces/default/pods";
    assertThat(cluster.get(ANONYMOUS, pods, bearer).code()).isEqualTo(403);
    cluster.create(
        rbac("rolebindings"),
        "default",
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: robot}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
        subjects: [{kind: ServiceAccount, name: robot, namespace: default}]
        """);
    assertThat(cluster.get(ANONYMOUS, pods, bearer).code()).isEqualTo(200);
  }

  @Test
  void aTokenForOthersIsNotForThisServer() throws Exception {
    String token = token("{audiences: [vault]}");
    assertThat(self(token).code()).isEqualTo(401);
    Answer review =
        cluster.post(
            ADMIN,
            "/apis/authentication.k8s.io/v1/tokenreviews",
            "{apiVersion: authentication.k8s.io/v1, kind: TokenReview, spec: {token: %s, audiences: [vault, other]}}"
                .formatted(token));
    assertThat(review.body().at("/status/authenticated").asBoolean()).isTrue();
    assertThat(review.body().at("/status/audiences").toString()).isEqualTo("[\"vault\"]");
    Answer wrong =
        cluster.post(
            ADMIN,
            "/apis/authentication.k8s.io/v1/tokenreviews",
            "{apiVersion: authentication.k8s.io/v1, kind: TokenReview, spec: {token: %s}}"
                .formatted(token));
    assertThat(wrong.code()).isEqualTo(201);
    assertThat(wrong.body().at("/status/authenticated").asBoolean(false)).isFalse();
    assertThat(wrong.body().at("/status/error").asString()).contains("invalid bearer token");
  }

  @Test
  void othersCanVerifyTokensByThePublishedKeys() throws Exception {
    String token = token("{audiences: [vault]}");
    String[] bearer = {"Authorization", "Bearer " + token("{}")};
    Answer configuration = cluster.get(ANONYMOUS, "/.well-known/openid-configuration", bearer);
    assertThat(configuration.code()).isEqualTo(200);
    assertThat(configuration.body().path("issuer").asString())
        .isEqualTo("https://kubernetes.default.svc.cluster.local");
    Answer keys = cluster.get(ANONYMOUS, "/openid/v1/jwks", bearer);
    SignedJWT parsed = SignedJWT.parse(token);
    ECKey key =
        JWKSet.parse(keys.body().toString()).getKeyByKeyId(parsed.getHeader().getKeyID()).toECKey();
    assertThat(parsed.verify(new ECDSAVerifier(key))).isTrue();
    assertThat(cluster.get(ANONYMOUS, "/openid/v1/jwks").code()).isEqualTo(403);
  }

  @Test
  void aForgedTokenIsRefused() throws Exception {
    String token = token("{}");
    int dot = token.lastIndexOf('.');
    String forged = token.substring(0, dot + 1) + token.substring(dot + 1).replace('A', 'B') + "";
    String cut = token.substring(0, dot + 1) + "AAAA";
    assertThat(self(cut).code()).isEqualTo(401);
    if (!forged.equals(token)) {
      assertThat(self(forged).code()).isEqualTo(401);
    }
  }

  @Test
  void aTokenBoundToAPodEndsWithIt() throws Exception {
    cluster.create(
        core("pods"),
        "default",
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: Always,"
            + " serviceAccountName: robot, containers: [{name: c, image: busybox, imagePullPolicy:"
            + " Always, terminationMessagePolicy: File}]}}");
    String token = token("{boundObjectRef: {kind: Pod, apiVersion: v1, name: p}}");
    assertThat(self(token).body().at("/status/userInfo/extra").toString())
        .contains("\"authentication.kubernetes.io/pod-name\":[\"p\"]");
    cluster.own().delete(core("pods"), "default", "p", DeleteOptions.now());
    assertThat(self(token).code()).isEqualTo(401);
    Answer gone = request("{boundObjectRef: {kind: Pod, apiVersion: v1, name: p}}");
    assertThat(gone.code()).isEqualTo(404);
    assertThat(request("{expirationSeconds: 10}").message())
        .contains("may not specify a duration less than 10 minutes");
  }

  @Test
  void aBootstrapTokenOpensTheDoorForMachines() throws Exception {
    cluster.create(
        core("secrets"),
        "kube-system",
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: bootstrap-token-abcdef}
        type: bootstrap.kubernetes.io/token
        data:
          token-id: YWJjZGVm
          token-secret: MDEyMzQ1Njc4OWFiY2RlZg==
          usage-bootstrap-authentication: dHJ1ZQ==
          auth-extra-groups: c3lzdGVtOmJvb3RzdHJhcHBlcnM6bW9raGE=
        """);
    Answer self = self("abcdef.0123456789abcdef");
    assertThat(self.body().at("/status/userInfo/username").asString())
        .isEqualTo("system:bootstrap:abcdef");
    assertThat(self.body().at("/status/userInfo/groups").toString())
        .contains("system:bootstrappers:mokha");
    assertThat(self("abcdef.0123456789abcdee").code()).isEqualTo(401);
  }

  @Test
  void aSecretIsFilledWithATokenThatEndsWithIt() throws Exception {
    try (Informers informers = Informers.of(cluster.own());
        Controller loop =
            SecretTokens.start(
                cluster.as("system:kube-controller-manager"),
                informers,
                cluster.stages.issuer(),
                cluster.pki.authorityPem())) {
      String secret =
          "{apiVersion: v1, kind: Secret, type: kubernetes.io/service-account-token,"
              + " metadata: {name: %s, annotations: {kubernetes.io/service-account.name: %s}}}";
      cluster.create(core("secrets"), "default", secret.formatted("kept", "robot"));
      JsonNode filled = await("kept", s -> s.at("/data/token").isString()).orElseThrow();
      String token = decoded(filled, "token");
      assertThat(decoded(filled, "namespace")).isEqualTo("default");
      assertThat(decoded(filled, "ca.crt")).isEqualTo(cluster.pki.authorityPem());
      Answer self = self(token);
      assertThat(self.code()).isEqualTo(201);
      assertThat(self.body().at("/status/userInfo/username").asString())
          .isEqualTo("system:serviceaccount:default:robot");
      // A Secret for nobody goes; so does one whose account goes, and its token with it.
      cluster.create(core("secrets"), "default", secret.formatted("nobodys", "nobody"));
      await("nobodys", s -> false);
      cluster.own().delete(core("serviceaccounts"), "default", "robot", DeleteOptions.DEFAULT);
      await("kept", s -> false);
      assertThat(self(token).code()).isEqualTo(401);
    }
  }

  /** Waits until the secret is as wanted, or gone. */
  private Optional<JsonNode> await(String name, Predicate<JsonNode> wanted) throws Exception {
    Instant end = Instant.now().plusSeconds(20);
    while (true) {
      Optional<JsonNode> found =
          cluster.own().find(core("secrets"), "default", name).map(KubeObject::toTree);
      if (found.isEmpty() || wanted.test(found.get())) {
        return found;
      }
      assertThat(Instant.now()).isBefore(end);
      Thread.sleep(20);
    }
  }

  private static String decoded(JsonNode secret, String key) {
    return new String(
        Base64.getDecoder().decode(secret.path("data").path(key).asString()),
        StandardCharsets.UTF_8);
  }

  @Test
  void aTokenOutlivesTheKeyItWasSignedWith(@TempDir Path other) throws Exception {
    ClusterPki pki = ClusterPki.open(other, Clock.systemUTC());
    pki.rotateServiceAccountKey();
    pki.rotateServiceAccountKey();
    ClusterPki after = ClusterPki.open(other, Clock.systemUTC());
    assertThat(after.earlierServiceAccountKeys())
        .hasSize(2)
        .contains(pki.serviceAccountKey().getPublic());
    ServiceAccountIssuer before =
        new ServiceAccountIssuer("https://issuer", pki.serviceAccountKey(), Clock.systemUTC());
    ServiceAccountIssuer now =
        new ServiceAccountIssuer(
            "https://issuer",
            after.serviceAccountKey(),
            after.earlierServiceAccountKeys(),
            Clock.systemUTC());
    assertThat(JWKSet.parse(now.keySet()).getKeys()).hasSize(3);
    String token = before.signForSecret("default", "robot", "uid", "kept");
    SignedJWT parsed = SignedJWT.parse(token);
    ECKey key = (ECKey) JWKSet.parse(now.keySet()).getKeyByKeyId(parsed.getHeader().getKeyID());
    assertThat(parsed.verify(new ECDSAVerifier(key))).isTrue();
  }

  @Test
  void aRenewedCertificateIsShownToWhoConnectsNext() throws Exception {
    ClusterPki pki = cluster.pki;
    // Another name makes another certificate, as age would.
    ServerPki renewed = pki.server(List.of("renewed.test"), "10.43.0.1", "cluster.local");
    assertThat(cluster.get(ADMIN, "/readyz").code()).isEqualTo(200);
    X509Certificate before = shown();
    cluster.server.renew(renewed);
    assertThat(shown()).isEqualTo(renewed.serving().certificate()).isNotEqualTo(before);
    assertThat(cluster.get(ADMIN, "/readyz").code()).isEqualTo(200);
  }

  private X509Certificate shown() throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        null,
        new TrustManager[] {TlsMaterial.trust(List.of(cluster.pki.authority().certificate()))},
        null);
    try (SSLSocket socket =
        (SSLSocket)
            tls.getSocketFactory().createSocket("localhost", cluster.server.address().getPort())) {
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }
}
