package dev.mokha.server;

import static dev.mokha.server.SecureCluster.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.informer.Informers;
import dev.mokha.server.SecureCluster.Answer;
import dev.mokha.server.certificates.CertificateLoops;
import dev.mokha.server.pki.Pem;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Certificates from the request to the first use. */
final class CertificateSigningTest {
  private static final GroupVersionResource REQUESTS =
      new GroupVersionResource("certificates.k8s.io", "v1", "certificatesigningrequests");
  private static final String PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  private static final String CLIENT = "kubernetes.io/kube-apiserver-client";
  private static final String KUBELET = "kubernetes.io/kube-apiserver-client-kubelet";
  private static final String SERVING = "kubernetes.io/kubelet-serving";

  private Store store;
  private SecureCluster cluster;
  private Informers informers;
  private CertificateLoops loops;

  @BeforeEach
  void start(@TempDir Path directory) throws Exception {
    store = MemoryStore.create();
    cluster = new SecureCluster(directory, store);
    informers = Informers.of(cluster.own());
    loops =
        CertificateLoops.start(
            name ->
                cluster.as(
                    "system:serviceaccount:kube-system:" + name,
                    "system:serviceaccounts",
                    "system:serviceaccounts:kube-system"),
            informers,
            cluster.pki::authority,
            InstantSource.system());
  }

  @AfterEach
  void stop() {
    loops.close();
    informers.close();
    cluster.close();
    store.close();
  }

  private static String encoded(String subject, String... dnsNames) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    PKCS10CertificationRequestBuilder builder =
        new JcaPKCS10CertificationRequestBuilder(new X500Principal(subject), pair.getPublic());
    if (dnsNames.length > 0) {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      GeneralName[] names = new GeneralName[dnsNames.length];
      for (int i = 0; i < names.length; i++) {
        names[i] = new GeneralName(GeneralName.dNSName, dnsNames[i]);
      }
      extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
    }
    byte[] request =
        builder
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()))
            .getEncoded();
    String pem =
        "-----BEGIN CERTIFICATE REQUEST-----\n%s\n-----END CERTIFICATE REQUEST-----\n"
            .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(request));
    return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
  }

  private static String body(String name, String signer, String request, String usages) {
    return """
    apiVersion: certificates.k8s.io/v1
    kind: CertificateSigningRequest
    metadata: {name: %s}
    spec: {signerName: %s, request: %s, usages: [%s], expirationSeconds: 7200}
    """
        .formatted(name, signer, request, usages);
  }

  private Answer create(String name, String signer, String request, String usages)
      throws Exception {
    return cluster.post(ADMIN, PATH, body(name, signer, request, usages));
  }

  private JsonNode await(String name, Predicate<JsonNode> wanted) throws InterruptedException {
    Instant end = Instant.now().plusSeconds(20);
    while (true) {
      JsonNode request = cluster.own().get(REQUESTS, "", name, "").toTree();
      if (wanted.test(request)) {
        return request;
      }
      assertThat(Instant.now()).as("%s", request.path("status")).isBefore(end);
      Thread.sleep(20);
    }
  }

  private void approve(ApiClient client, String name) {
    ObjectNode request = client.get(REQUESTS, "", name, "").toTree();
    request
        .withObject("/status")
        .withArray("/conditions")
        .addObject()
        .put("type", "Approved")
        .put("status", "True")
        .put("reason", "Test");
    client.update(REQUESTS, "", "approval", KubeObject.of(request));
  }

  private X509Certificate signed(String name) throws Exception {
    JsonNode request = await(name, r -> r.at("/status/certificate").isString());
    byte[] pem = Base64.getDecoder().decode(request.at("/status/certificate").asString());
    return Pem.readCertificates(new String(pem, StandardCharsets.US_ASCII)).getFirst();
  }

  private static String condition(JsonNode request, String type, String field) {
    for (JsonNode c : request.at("/status/conditions")) {
      if (c.path("type").asString().equals(type)) {
        return c.path(field).asString("");
      }
    }
    return "";
  }

  @Test
  void anApprovedRequestBecomesACertificateForAsLongAsWasAsked() throws Exception {
    assertThat(
            create("a", CLIENT, encoded("O=devs, CN=dora"), "digital signature, client auth")
                .code())
        .isEqualTo(201);
    approve(cluster.own(), "a");
    X509Certificate certificate = signed("a");
    certificate.verify(cluster.pki.authority().certificate().getPublicKey());
    assertThat(certificate.getSubjectX500Principal())
        .isEqualTo(new X500Principal("O=devs, CN=dora"));
    assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(Duration.between(Instant.now(), certificate.getNotAfter().toInstant()))
        .isBetween(Duration.ofMinutes(118), Duration.ofMinutes(120));
    // Delivered is delivered.
    ObjectNode again = cluster.own().get(REQUESTS, "", "a", "").toTree();
    again.withObject("/status").remove("certificate");
    Answer removed = cluster.send(ADMIN, "PUT", PATH + "/a/status", again);
    assertThat(removed.code()).isEqualTo(422);
    assertThat(removed.message()).contains("updates may not modify existing certificate content");
  }

  @Test
  void whatTheSignerDoesNotSignFails() throws Exception {
    create("a", CLIENT, encoded("CN=dora"), "server auth");
    approve(cluster.own(), "a");
    JsonNode failed = await("a", r -> !condition(r, "Failed", "status").isEmpty());
    assertThat(condition(failed, "Failed", "reason")).isEqualTo("SignerValidationFailure");
    assertThat(condition(failed, "Failed", "message"))
        .isEqualTo("invalid usage for client certificate: server auth");
    create(
        "b",
        SERVING,
        encoded("O=system:nodes, CN=system:node:n1"),
        "digital signature, server auth");
    approve(cluster.own(), "b");
    assertThat(
            condition(
                await("b", r -> !condition(r, "Failed", "status").isEmpty()), "Failed", "message"))
        .isEqualTo("DNS or IP subjectAltName is required");
    create(
        "c",
        SERVING,
        encoded("O=system:nodes, CN=system:node:n1", "n1"),
        "digital signature, server auth");
    approve(cluster.own(), "c");
    assertThat(signed("c").getSubjectAlternativeNames()).hasSize(1);
  }

  @Test
  void aNodesOwnRenewalIsApprovedWhenRolesAllowIt() throws Exception {
    String request = encoded("O=system:nodes, CN=system:node:n1");
    ApiClient node = cluster.as("system:node:n1", "system:nodes");
    ApiClient other = cluster.as("system:node:n2", "system:nodes");
    String usages = "digital signature, client auth";
    SecureCluster.create(node, REQUESTS, "", body("own", KUBELET, request, usages));
    SecureCluster.create(other, REQUESTS, "", body("stolen", KUBELET, request, usages));
    assertThat(signed("own")).isNotNull();
    assertThat(condition(await("own", r -> true), "Approved", "reason")).isEqualTo("AutoApproved");
    // Approval is one loop, in order: had it meant to, it would have approved this one too.
    create("later", KUBELET, request, usages);
    signed("later");
    assertThat(condition(await("stolen", r -> true), "Approved", "status")).isEmpty();
  }

  @Test
  void nobodyBecomesAMasterByRequest() throws Exception {
    for (String subject : List.of("O=system:masters, CN=eve", "O=devs+O=system:masters, CN=eve")) {
      Answer refused = create("a", CLIENT, encoded(subject), "client auth");
      assertThat(refused.code()).as(subject).isEqualTo(403);
      assertThat(refused.message())
          .endsWith(
              "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not"
                  + " allowed");
    }
  }

  @Test
  void whoMayUpdateMayNotYetApproveOrSign() throws Exception {
    cluster.create(
        SecureCluster.rbac("clusterroles"),
        "",
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: csr}
        rules:
        - {apiGroups: [certificates.k8s.io], resources: ["*"], verbs: [get, update]}
        """);
    cluster.create(
        SecureCluster.rbac("clusterrolebindings"),
        "",
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: csr}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: csr}
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: carl}]
        """);
    create("a", "example.com/own", encoded("CN=dora"), "client auth");
    ObjectNode approved = cluster.own().get(REQUESTS, "", "a", "").toTree();
    approved
        .withObject("/status")
        .withArray("/conditions")
        .addObject()
        .put("type", "Approved")
        .put("status", "True");
    Answer answer = cluster.send("carl", "PUT", PATH + "/a/approval", approved);
    assertThat(answer.code()).isEqualTo(403);
    assertThat(answer.message())
        .endsWith("user not permitted to approve requests with signerName \"example.com/own\"");
    ObjectNode signed = cluster.own().get(REQUESTS, "", "a", "").toTree();
    String pem = cluster.pki.authorityPem();
    signed
        .withObject("/status")
        .put(
            "certificate",
            Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII)));
    answer = cluster.send("carl", "PUT", PATH + "/a/status", signed);
    assertThat(answer.code()).isEqualTo(403);
    assertThat(answer.message())
        .endsWith("user not permitted to sign requests with signerName \"example.com/own\"");
  }

  @Test
  void decisionsAreFinalAndTheRequestStaysAsItWas() throws Exception {
    create("a", "example.com/own", encoded("CN=dora"), "client auth");
    approve(cluster.own(), "a");
    ObjectNode both = cluster.own().get(REQUESTS, "", "a", "").toTree();
    both.withObject("/status")
        .withArray("/conditions")
        .addObject()
        .put("type", "Denied")
        .put("status", "True");
    Answer answer = cluster.send(ADMIN, "PUT", PATH + "/a/approval", both);
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.message()).contains("Approved and Denied conditions are mutually exclusive");
    ObjectNode none = cluster.own().get(REQUESTS, "", "a", "").toTree();
    none.withObject("/status").remove("conditions");
    answer = cluster.send(ADMIN, "PUT", PATH + "/a/approval", none);
    assertThat(answer.message())
        .contains("updates may not remove a condition of type \"Approved\"");
    ObjectNode changed = cluster.own().get(REQUESTS, "", "a", "").toTree();
    changed.withObject("/spec").put("username", "somebody-else");
    answer = cluster.send(ADMIN, "PUT", PATH + "/a", changed);
    assertThat(answer.code()).isEqualTo(200);
    assertThat(answer.body().at("/spec/username").asString()).isEqualTo("kubernetes-admin");
    assertThat(condition(answer.body(), "Approved", "lastUpdateTime")).isNotEmpty();
  }

  @Test
  void aRequestThatIsNoneIsNamedWithItsField() throws Exception {
    Answer answer = create("a", CLIENT, "aGVsbG8K", "client auth");
    assertThat(answer.code()).isEqualTo(422);
    assertThat(answer.message())
        .contains("spec.request", "PEM block type must be CERTIFICATE REQUEST");
    answer = create("a", "nodomain", encoded("CN=x"), "client auth, client auth, what");
    assertThat(answer.message())
        .contains(
            "spec.usages[1]: Duplicate value: \"client auth\"",
            "spec.usages[2]: Unsupported value: \"what\"",
            "must be a fully qualified domain and path");
  }
}
