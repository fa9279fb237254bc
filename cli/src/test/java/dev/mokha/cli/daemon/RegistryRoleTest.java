package dev.mokha.cli.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.https.Endpoint;
import dev.mokha.engine.Engine;
import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.runtime.Cgroups;
import dev.mokha.linux.DurableFiles;
import dev.mokha.registry.Registry;
import dev.mokha.registry.storage.Digest;
import dev.mokha.server.pki.KeyAndCertificates;
import dev.mokha.server.pki.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The registry beside a real API server: who gets in, and who may do what. */
class RegistryRoleTest {
  private static final GroupVersionResource BINDINGS =
      new GroupVersionResource("rbac.authorization.k8s.io", "v1", "rolebindings");

  @TempDir private static Path directory;
  private static ServerRole server;
  private static URI base;
  private static ApiClient admin;
  private static Settings settings;

  @BeforeAll
  static void start() throws Exception {
    Instance instance = Instance.of(directory.resolve("data"));
    Files.createDirectories(instance.dataDir());
    Settings usual = Settings.DEFAULT;
    settings =
        new Settings(
            1,
            "127.0.0.1:" + freePort(),
            usual.podCidr(),
            usual.serviceCidr(),
            "127.169.0.0/24",
            usual.clusterDomain(),
            "",
            "",
            Map.of(),
            "",
            "",
            Integer.toString(freePort()),
            "",
            usual.dockerSockets(),
            "",
            usual.userns());
    server = ServerRole.start(instance, settings, new Phases());
    base = server.registry().orElseThrow().base();
    admin = server.masterClient();
    for (String namespace : new String[] {"team", "other"}) {
      create(Kinds.NAMESPACE.resource(), "", "v1", "Namespace", namespace);
      create(Kinds.SERVICE_ACCOUNT.resource(), namespace, "v1", "ServiceAccount", "worker");
    }
    create(Kinds.SERVICE_ACCOUNT.resource(), "other", "v1", "ServiceAccount", "pusher");
    ObjectNode binding = object("rbac.authorization.k8s.io/v1", "RoleBinding", "team", "pushers");
    binding
        .putObject("roleRef")
        .put("apiGroup", "rbac.authorization.k8s.io")
        .put("kind", "ClusterRole")
        .put("name", "edit");
    binding
        .putArray("subjects")
        .addObject()
        .put("kind", "ServiceAccount")
        .put("namespace", "other")
        .put("name", "pusher");
    admin.create(BINDINGS, "team", "", "", KubeObject.of(binding));
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static ObjectNode object(String version, String kind, String namespace, String name) {
    ObjectNode tree = Json.MAPPER.createObjectNode().put("apiVersion", version).put("kind", kind);
    ObjectNode metadata = tree.putObject("metadata").put("name", name);
    if (!namespace.isEmpty()) {
      metadata.put("namespace", namespace);
    }
    return tree;
  }

  private static void create(
      GroupVersionResource resource, String namespace, String version, String kind, String name) {
    admin.create(
        resource, namespace, "", "", KubeObject.of(object(version, kind, namespace, name)));
  }

  private static String account(String namespace, String name) {
    ObjectNode request = Json.MAPPER.createObjectNode();
    request.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenRequest");
    request.putObject("spec").put("expirationSeconds", 3600);
    return admin
        .create(Kinds.SERVICE_ACCOUNT.resource(), namespace, name, "token", KubeObject.of(request))
        .toTree()
        .path("status")
        .path("token")
        .asString();
  }

  /** A client of somebody with a certificate, or of nobody. */
  private static HttpClient client(KeyAndCertificates own) throws Exception {
    Endpoint endpoint =
        own == null
            ? Endpoint.of(base, server.pki().authorityPem(), "", "", "")
            : Endpoint.of(
                base,
                server.pki().authorityPem(),
                Pem.certificates(own.chain()),
                Pem.privateKey(own.key()),
                "");
    return HttpClient.newBuilder().sslContext(endpoint.tls()).build();
  }

  private static HttpResponse<byte[]> send(
      HttpClient client, String method, String path, byte[] body, String authorization)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path))
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  private static String basic(String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString(("token:" + password).getBytes(StandardCharsets.UTF_8));
  }

  private static String bearer(HttpClient client, String scope, String authorization)
      throws Exception {
    HttpResponse<byte[]> response =
        send(
            client,
            "GET",
            "/token?service=registry.mokha.local&scope="
                + URLEncoder.encode(scope, StandardCharsets.UTF_8),
            null,
            authorization);
    assertThat(response.statusCode()).isEqualTo(200);
    return "Bearer " + Json.parseObject(response.body()).path("token").asString();
  }

  private static int push(HttpClient client, String repository, String authorization)
      throws Exception {
    byte[] blob = "some bytes".getBytes(StandardCharsets.UTF_8);
    String path = "/v2/" + repository + "/blobs/uploads/?digest=" + Digest.of(Digest.SHA256, blob);
    return send(client, "POST", path, blob, authorization).statusCode();
  }

  private static int pull(HttpClient client, String repository, String authorization)
      throws Exception {
    Digest digest = Digest.of(Digest.SHA256, "some bytes".getBytes(StandardCharsets.UTF_8));
    return send(client, "GET", "/v2/" + repository + "/blobs/" + digest, null, authorization)
        .statusCode();
  }

  @Test
  void strangersAreToldWhereToLogIn() throws Exception {
    HttpResponse<byte[]> refused = send(client(null), "GET", "/v2/", null, "");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.headers().firstValue("WWW-Authenticate").orElse(""))
        .isEqualTo("Bearer realm=\"" + base + "/token\",service=\"registry.mokha.local\"");
    HttpResponse<byte[]> wrong = send(client(null), "GET", "/v2/", null, basic("nonsense"));
    assertThat(wrong.statusCode()).isEqualTo(401);
    HttpResponse<byte[]> right =
        send(client(null), "GET", "/v2/", null, basic(account("team", "worker")));
    assertThat(right.statusCode()).isEqualTo(200);
    assertThat(pull(client(null), "team/app", "")).isEqualTo(401);
  }

  /** Of servers that share a store the first one's registry is the pods'. */
  @Test
  void podsHaveAServiceThatLeadsToOneRegistry() throws Exception {
    GroupVersionResource slices =
        new GroupVersionResource("discovery.k8s.io", "v1", "endpointslices");
    RegistryService first =
        new RegistryService(admin, InetAddress.ofLiteral("10.44.0.1"), "first", true);
    RegistryService second =
        new RegistryService(admin, InetAddress.ofLiteral("10.44.0.2"), "second", true);
    assertThat(first.publish(5000).elsewhere()).isEmpty();
    assertThat(second.publish(5000).elsewhere()).isEqualTo("first");
    assertThat(first.publish(5000).elsewhere()).isEmpty();
    JsonNode service =
        admin.get(Kinds.SERVICE.resource(), "kube-system", "registry", "").toTree().path("spec");
    assertThat(service.path("clusterIP").asString()).isNotEmpty().isNotEqualTo("None");
    assertThat(service.path("ports").valueStream().map(p -> p.path("port").asInt()))
        .containsExactly(443, 5000);
    JsonNode slice = admin.get(slices, "kube-system", "registry", "").toTree();
    assertThat(slice.path("endpoints").toString()).contains("10.44.0.1").doesNotContain("44.0.2");
    assertThat(slice.path("ports").valueStream().map(p -> p.path("port").asInt()))
        .containsExactly(5000, 5000);
    second.withdraw();
    assertThat(admin.find(slices, "kube-system", "registry")).isPresent();
    first.withdraw();
    assertThat(admin.find(slices, "kube-system", "registry")).isEmpty();
    assertThat(admin.find(Kinds.SERVICE.resource(), "kube-system", "registry")).isEmpty();
    RegistryService here =
        new RegistryService(admin, InetAddress.getLoopbackAddress(), "third", false);
    assertThat(here.publish(5000).elsewhere()).isEmpty();
    assertThat(admin.find(slices, "kube-system", "registry")).isEmpty();
  }

  /** A pod knows the authority from kube-root-ca.crt, and the registry by these names. */
  @Test
  void theCertificateHasTheNamesThatPodsUse() throws Exception {
    SSLContext trusting = Endpoint.of(base, server.pki().authorityPem(), "", "", "").tls();
    try (SSLSocket socket =
        (SSLSocket) trusting.getSocketFactory().createSocket(base.getHost(), base.getPort())) {
      socket.startHandshake();
      X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      assertThat(shown.getSubjectAlternativeNames().stream().map(n -> n.get(1).toString()))
          .contains("registry.mokha.local")
          .contains("registry.kube-system.svc", "registry.kube-system.svc.cluster.local");
    }
  }

  @Test
  void theFiguresAreTheServers() throws Exception {
    push(client(server.pki().admin()), "team/counted", "");
    Endpoint api =
        Endpoint.of(
            URI.create(settings.serverUrl()),
            server.pki().authorityPem(),
            Pem.certificates(server.pki().admin().chain()),
            Pem.privateKey(server.pki().admin().key()),
            "");
    HttpResponse<String> response =
        HttpClient.newBuilder()
            .sslContext(api.tls())
            .build()
            .send(
                HttpRequest.newBuilder(api.server().resolve("/metrics")).build(),
                BodyHandlers.ofString());
    assertThat(response.body())
        .contains("mokha_registry_requests_total{method=\"POST\",route=\"upload\",code=\"201\"}");
  }

  @Test
  void rolesSayWhoPushesAndPullsWhere() throws Exception {
    HttpClient client = client(null);
    String pusher = basic(account("other", "pusher"));
    assertThat(push(client, "team/app", pusher)).isEqualTo(201);
    assertThat(push(client, "other/app", pusher)).isEqualTo(403);
    assertThat(push(client, "shared", pusher)).isEqualTo(403);
    String worker = basic(account("team", "worker"));
    assertThat(pull(client, "team/app", worker)).isEqualTo(200);
    assertThat(push(client, "team/app", worker)).isEqualTo(403);
    assertThat(pull(client, "team/app", basic(account("other", "worker")))).isEqualTo(403);
  }

  @Test
  void aTokenGrantsWhatItSaysAndNoMore() throws Exception {
    HttpClient client = client(null);
    String pusher = basic(account("other", "pusher"));
    String token = bearer(client, "repository:team/tokens:pull,push", pusher);
    assertThat(push(client, "team/tokens", token)).isEqualTo(201);
    assertThat(push(client, "team/else", token)).isEqualTo(401);
    String onlyPull = bearer(client, "repository:team/tokens:pull", pusher);
    assertThat(pull(client, "team/tokens", onlyPull)).isEqualTo(200);
    assertThat(push(client, "team/tokens", onlyPull)).isEqualTo(401);
    String notHis = bearer(client, "repository:other/x:pull,push,delete", pusher);
    assertThat(push(client, "other/x", notHis)).isEqualTo(401);
    String forged = token.substring(0, token.length() - 3) + "AAA";
    assertThat(push(client, "team/tokens", forged)).isEqualTo(401);
    String payload = token.substring(token.indexOf('.') + 1, token.lastIndexOf('.'));
    String none =
        "Bearer "
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8))
            + "."
            + payload
            + ".";
    assertThat(push(client, "team/tokens", none)).isEqualTo(401);
  }

  @Test
  void theTokenEndpointSpeaksOauthToo() throws Exception {
    String form =
        "grant_type=refresh_token&service=registry.mokha.local&client_id=test&scope="
            + URLEncoder.encode("repository:team/oauth:pull,push", StandardCharsets.UTF_8)
            + "&refresh_token="
            + account("other", "pusher");
    HttpResponse<byte[]> response =
        send(client(null), "POST", "/token", form.getBytes(StandardCharsets.UTF_8), "");
    JsonNode answer = Json.parseObject(response.body());
    assertThat(answer.path("scope").asString()).isEqualTo("repository:team/oauth:pull,push");
    assertThat(push(client(null), "team/oauth", "Bearer " + answer.path("access_token").asString()))
        .isEqualTo(201);
  }

  @Test
  void nodesPullWhatIsSharedAndPodsWhatIsTheirs() throws Exception {
    HttpClient master = client(server.pki().admin());
    assertThat(push(master, "library/tool", "")).isEqualTo(201);
    assertThat(push(master, "team/secret", "")).isEqualTo(201);
    HttpClient node = client(server.pki().kubelet("n1"));
    assertThat(pull(node, "library/tool", "")).isEqualTo(200);
    assertThat(push(node, "library/tool", "")).isEqualTo(401);
    assertThat(pull(node, "team/secret", "")).isEqualTo(401);
    String pod = bearer(node, "repository:team/secret:pull", basic(account("team", "worker")));
    assertThat(pull(node, "team/secret", pod)).isEqualTo(200);
    // This is how `docker login` tries a password; a certificate must not make it right.
    assertThat(send(node, "GET", "/v2/", null, "").statusCode()).isEqualTo(401);
    assertThat(send(node, "GET", "/v2/", null, basic("wrong")).statusCode()).isEqualTo(401);
    HttpClient nobody = client(null);
    assertThat(pull(nobody, "library/tool", bearer(nobody, "repository:library/tool:pull", "")))
        .isEqualTo(401);
  }

  /** What a node's engine does for `docker push` and for a pod, by the registry's own name. */
  @Test
  void enginesPushAndPullWithNoSetUp() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "an engine needs root");
    assumeTrue(Files.exists(Path.of("/usr/bin/conmon")), "an engine needs conmon");
    String name = "mokha-registry-test-" + ProcessHandle.current().pid();
    Path run = Path.of("/run", name);
    Endpoint node =
        Endpoint.of(
            base,
            server.pki().authorityPem(),
            Pem.certificates(server.pki().kubelet("n1").chain()),
            Pem.privateKey(server.pki().kubelet("n1").key()),
            "");
    EngineConfig config =
        new EngineConfig(
            directory.resolve("engine"),
            run,
            "/" + name,
            Map.of(),
            List.of(),
            Optional.of(RegistryRole.seenFrom(settings, 1, node)));
    try (Engine engine = Engine.open(config)) {
      Images images = engine.images();
      Path root = Files.createDirectories(directory.resolve("root"));
      Files.writeString(root.resolve("hello"), "hello");
      Path tar = directory.resolve("root.tar");
      assertThat(
              new ProcessBuilder("tar", "-C", root.toString(), "-cf", tar.toString(), ".")
                  .start()
                  .waitFor())
          .isZero();
      Path archive = archive(tar);
      String shared = Registry.HOST + "/library/hello:1";
      String own = "localhost:" + base.getPort() + "/team/hello:1";
      images.importArchive(archive, shared, Progress.NONE);
      images.importArchive(archive, own, Progress.NONE);
      PullOptions asAdmin = as(adminToken());
      assertThatThrownBy(() -> images.push(own, PullOptions.DEFAULT))
          .isInstanceOf(EngineException.class);
      images.push(shared, asAdmin);
      images.push(own, as(account("other", "pusher")));
      images.remove(shared);
      images.remove(own);
      // Shared images by the node's own right, those of a namespace by its service accounts'.
      assertThat(images.pull(shared, PullOptions.DEFAULT).size()).isPositive();
      assertThatThrownBy(() -> images.pull(own, PullOptions.DEFAULT))
          .isInstanceOf(EngineException.class);
      assertThat(images.pull(own, as(account("team", "worker"))).references()).contains(own);
      // As `mokha image pull` does it: by the rights of a kubeconfig's user.
      images.remove(own);
      RegistryIdentity identity = new RegistryIdentity();
      String administrator = directory.resolve("data/admin.kubeconfig").toString();
      assertThat(images.pull(own, identity.options(administrator, Progress.NONE)).references())
          .contains(own);
      images.push(own, identity.options(administrator, Progress.NONE));
      Path worker = directory.resolve("worker.kubeconfig");
      Files.writeString(
          worker,
          """
          {current-context: c, contexts: [{name: c, context: {user: u, cluster: k}}],
           clusters: [{name: k, cluster: {}}], users: [{name: u, user: {token: "%s"}}]}
          """
              .formatted(account("other", "worker")));
      assertThatThrownBy(() -> images.pull(own, identity.options(worker.toString(), Progress.NONE)))
          .isInstanceOf(EngineException.class);
      assertThatThrownBy(() -> images.pull(own, identity.options("", Progress.NONE)))
          .isInstanceOf(EngineException.class);
      Files.writeString(worker, "{current-context: c}");
      assertThatThrownBy(() -> identity.options(worker.toString(), Progress.NONE))
          .hasMessageContaining("neither a token nor a certificate");
    } finally {
      DurableFiles.delete(run);
      Cgroups.detect().remove("/" + name);
    }
  }

  private static PullOptions as(String token) {
    return new PullOptions(List.of(new PullOptions.Credentials("token", token, "")), Progress.NONE);
  }

  /** Of somebody who may do everything. */
  private static String adminToken() {
    create(Kinds.SERVICE_ACCOUNT.resource(), "team", "v1", "ServiceAccount", "admin");
    ObjectNode binding =
        object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", "registry-admin");
    binding
        .putObject("roleRef")
        .put("apiGroup", "rbac.authorization.k8s.io")
        .put("kind", "ClusterRole")
        .put("name", "registry-editor");
    binding
        .putArray("subjects")
        .addObject()
        .put("kind", "ServiceAccount")
        .put("namespace", "team")
        .put("name", "admin");
    admin.create(
        new GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterrolebindings"),
        "",
        "",
        "",
        KubeObject.of(binding));
    return account("team", "admin");
  }

  /** An image of one layer, as an OCI layout in a tar. */
  private static Path archive(Path layer) throws Exception {
    Path layout = Files.createDirectories(directory.resolve("layout"));
    Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
    byte[] content = Files.readAllBytes(layer);
    Digest diff = Digest.of(Digest.SHA256, content);
    ObjectNode config =
        Json.MAPPER.createObjectNode().put("architecture", "amd64").put("os", "linux");
    config.putObject("config").putArray("Cmd").add("/hello");
    config.putObject("rootfs").put("type", "layers").putArray("diff_ids").add(diff.toString());
    byte[] configBytes = Json.bytes(config);
    ObjectNode manifest =
        Json.MAPPER
            .createObjectNode()
            .put("schemaVersion", 2)
            .put("mediaType", "application/vnd.oci.image.manifest.v1+json");
    manifest.set("config", descriptor("application/vnd.oci.image.config.v1+json", configBytes));
    manifest.putArray("layers").add(descriptor("application/vnd.oci.image.layer.v1.tar", content));
    byte[] manifestBytes = Json.bytes(manifest);
    ObjectNode index = Json.MAPPER.createObjectNode().put("schemaVersion", 2);
    index
        .putArray("manifests")
        .add(descriptor("application/vnd.oci.image.manifest.v1+json", manifestBytes));
    for (byte[] blob : List.of(content, configBytes, manifestBytes)) {
      Files.write(blobs.resolve(Digest.of(Digest.SHA256, blob).hex()), blob);
    }
    Files.write(layout.resolve("index.json"), Json.bytes(index));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Path archive = directory.resolve("image.tar");
    assertThat(
            new ProcessBuilder("tar", "-C", layout.toString(), "-cf", archive.toString(), ".")
                .start()
                .waitFor())
        .isZero();
    return archive;
  }

  private static ObjectNode descriptor(String mediaType, byte[] content) {
    return Json.MAPPER
        .createObjectNode()
        .put("mediaType", mediaType)
        .put("digest", Digest.of(Digest.SHA256, content).toString())
        .put("size", content.length);
  }

  @Test
  void theCatalogShowsWhatOneMayPull() throws Exception {
    HttpClient client = client(null);
    HttpClient master = client(server.pki().admin());
    assertThat(push(master, "team/listed", "")).isEqualTo(201);
    assertThat(push(master, "other/listed", "")).isEqualTo(201);
    assertThat(send(client, "GET", "/v2/_catalog", null, "").statusCode()).isEqualTo(401);
    String token = bearer(client, "registry:catalog:*", basic(account("team", "worker")));
    HttpResponse<byte[]> seen = send(client, "GET", "/v2/_catalog", null, token);
    assertThat(Json.parseObject(seen.body()).path("repositories").toString())
        .contains("team/listed")
        .doesNotContain("other/listed");
  }
}
