package dev.mokha.cli.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.object.KubeObject;
import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.cli.UserError;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.https.HttpsApiClient;
import dev.mokha.client.informer.Informers;
import dev.mokha.controllers.nodes.PodCidrController;
import dev.mokha.server.ApiServer;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.certificates.CertificateLoops;
import dev.mokha.server.certificates.ServingApprover;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.Pem;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The steps of joining, against a server in this process; no node is started. */
final class JoiningTest {
  private static final Deque<AutoCloseable> OPEN = new ArrayDeque<>();
  private static ClusterPki pki;
  private static ApiServer server;
  private static JoinToken token;

  @TempDir private Path directory;

  @BeforeAll
  static void start(@TempDir Path files) throws Exception {
    pki = ClusterPki.open(files.resolve("pki"), Clock.systemUTC());
    ClusterSettings settings =
        new ClusterSettings("192.0.2.1", 6443, "10.43.0.1", "10.43.0.0/16", "cluster.local");
    Store store = opened(MemoryStore.create());
    server =
        opened(
            ApiServer.start(
                ServerConfig.of(
                    store,
                    pki.server(List.of(), "10.43.0.1", "cluster.local"),
                    new StandardStages(pki, settings, Clock.systemUTC()))));
    Informers informers =
        opened(
            Informers.of(
                server.client(
                    UserInfo.authenticated("system:kube-controller-manager", List.of()), "test")));
    opened(
        CertificateLoops.start(
            JoiningTest::controller, informers, pki::authority, InstantSource.system()));
    opened(ServingApprover.start(controller("certificate-controller"), informers));
    opened(PodCidrController.start(controller("node-controller"), informers, "10.42.0.0/16"));
    ClusterFacts.of(Settings.DEFAULT).publish(admin());
    token = validToken();
  }

  private static JoinToken validToken() {
    JoinToken made = JoinToken.random();
    admin()
        .create(
            JoinToken.SECRETS,
            JoinToken.NAMESPACE,
            "",
            "",
            made.toSecret(Duration.ofHours(1), Instant.now()));
    return made;
  }

  private static <T extends AutoCloseable> T opened(T part) {
    OPEN.push(part);
    return part;
  }

  @AfterAll
  static void stop() throws Exception {
    while (!OPEN.isEmpty()) {
      OPEN.pop().close();
    }
  }

  private static ApiClient controller(String name) {
    return server.client(
        UserInfo.authenticated(
            "system:serviceaccount:kube-system:" + name,
            List.of("system:serviceaccounts", "system:serviceaccounts:kube-system")),
        name);
  }

  private static ApiClient admin() {
    return server.client(UserInfo.SERVER, "test");
  }

  private static AuthorityPin pin() {
    return AuthorityPin.of(pki.authority().certificate());
  }

  private Instance instance(String name) throws Exception {
    Instance instance = Instance.of(directory.resolve(name));
    Files.createDirectories(instance.dataDir());
    return instance;
  }

  private static Joining joining(Instance instance, String name, String address) {
    URI uri = URI.create("https://127.0.0.1:" + server.address().getPort());
    return new Joining(instance, uri, name, address, step -> {});
  }

  private static X509Certificate certificate(Instance instance, String file) throws Exception {
    return Pem.readCertificates(JoinedNode.read(instance, file)).getFirst();
  }

  @Test
  void aMachineBecomesANode() throws Exception {
    Instance instance = instance("one");
    joining(instance, "joined-1", "127.0.0.71").join(token, pin());
    JoinedNode node = JoinedNode.read(instance).orElseThrow();
    assertThat(node.podCidr()).matches("10\\.42\\.\\d+\\.0/24").isNotEqualTo("10.42.0.0/24");
    assertThat(Settings.read(instance).orElseThrow().podCidr()).isEqualTo("10.42.0.0/16");
    for (String key : new String[] {"client.key", "serving.key"}) {
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(JoinedNode.pki(instance).resolve(key))))
          .isEqualTo("rw-------");
    }
    X509Certificate serving = certificate(instance, "serving.crt");
    serving.verify(pki.authority().certificate().getPublicKey());
    assertThat(serving.getSubjectAlternativeNames().toString())
        .contains("joined-1")
        .contains("127.0.0.71");
    try (ApiClient own = new HttpsApiClient(node.endpoint(instance), "kubelet")) {
      KubeObject found = own.get(Kinds.NODE.resource(), "", "joined-1", "");
      assertThat(found.toTree().path("spec").path("podCIDR").asString(""))
          .isEqualTo(node.podCidr());
    }
    Instance other = instance("two");
    joining(other, "joined-2", "127.0.0.72").join(token, pin());
    assertThat(JoinedNode.read(other).orElseThrow().podCidr()).isNotEqualTo(node.podCidr());

    CompletableFuture<Void> renewed = new CompletableFuture<>();
    try (ApiClient own = new HttpsApiClient(node.endpoint(instance), "kubelet");
        Renewal _ =
            Renewal.start(
                instance,
                node,
                own,
                Clock.offset(Clock.systemUTC(), Duration.ofDays(300)),
                () -> renewed.complete(null))) {
      renewed.get(30, TimeUnit.SECONDS);
    }
    assertThat(certificate(instance, "serving.crt").getSerialNumber())
        .isNotEqualTo(serving.getSerialNumber());
    try (ApiClient own = new HttpsApiClient(node.endpoint(instance), "kubelet")) {
      assertThat(own.get(Kinds.NODE.resource(), "", "joined-1", "").name()).isEqualTo("joined-1");
    }
  }

  @Test
  void anAddressOfAnotherNodeIsNotCertified() throws Exception {
    joining(instance("victim"), "victim", "127.0.0.81").join(token, pin());
    Instance thief = instance("thief");
    joining(thief, "thief", "127.0.0.82").join(token, pin());
    JoinedNode node = JoinedNode.read(thief).orElseThrow();
    try (ApiClient own = new HttpsApiClient(node.endpoint(thief), "kubelet")) {
      CertificateOrder order = new CertificateOrder(own, Duration.ofSeconds(2));
      assertThatThrownBy(() -> order.serving("thief", List.of("127.0.0.81")))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("was not signed");
    }
  }

  @Test
  void aWrongHashEndsBeforeTheTokenIsSent() throws Exception {
    AuthorityPin wrong = new AuthorityPin("sha256:" + "0".repeat(64));
    Instance instance = instance("wrong");
    assertThatThrownBy(() -> joining(instance, "wrong", "127.0.0.91").join(token, wrong))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("hash is wrong");
    assertThat(JoinedNode.read(instance)).isEmpty();
  }

  @Test
  void anUnknownTokenIsRefused() throws Exception {
    Instance instance = instance("unknown");
    assertThatThrownBy(
            () -> joining(instance, "unknown", "127.0.0.92").join(JoinToken.random(), pin()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("token is not valid");
  }

  @Test
  void wordsThatAreNoneAreRefused() {
    assertThatThrownBy(() -> JoinToken.parse("abc.def")).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new AuthorityPin("md5:00")).isInstanceOf(UserError.class);
    assertThat(JoinToken.parse(token.text())).isEqualTo(token);
    assertThat(token.toString()).doesNotContain(token.secret());
  }
}
