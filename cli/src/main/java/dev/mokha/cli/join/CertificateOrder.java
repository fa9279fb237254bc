package dev.mokha.cli.join;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.cli.UserError;
import dev.mokha.client.ApiClient;
import dev.mokha.client.informer.AwaitedObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gets a certificate from the cluster: makes a key, asks with a CertificateSigningRequest, and
 * waits until it is approved and signed. The key never leaves this machine.
 */
public final class CertificateOrder {
  private static final GroupVersionResource REQUESTS =
      new GroupVersionResource("certificates.k8s.io", "v1", "certificatesigningrequests");
  private static final String ENCODING_LABEL = "CERTIFICATE REQUEST";

  private final ApiClient client;
  private final Duration patience;

  /**
   * Orders through that client.
   *
   * @param patience how long to wait for an answer
   */
  public CertificateOrder(ApiClient client, Duration patience) {
    this.client = requireNonNull(client, "client");
    this.patience = requireNonNull(patience, "patience");
  }

  /**
   * A certificate and its key, both in PEM.
   *
   * @param certificate with its chain
   * @param key PKCS #8
   */
  public record Delivered(String certificate, String key) {
    @Override
    public String toString() {
      return "Delivered[certificate and key]";
    }
  }

  /** As a client: the identity of a node. */
  public Delivered client(String node) {
    return order(
        "kubernetes.io/kube-apiserver-client-kubelet", "client auth", node, new GeneralName[0]);
  }

  /** As a server: what the node's kubelet shows whoever connects to it. */
  public Delivered serving(String node, List<String> addresses) {
    GeneralName[] names =
        Stream.concat(
                Stream.of(new GeneralName(GeneralName.dNSName, node)),
                addresses.stream().map(a -> new GeneralName(GeneralName.iPAddress, a)))
            .toArray(GeneralName[]::new);
    return order("kubernetes.io/kubelet-serving", "server auth", node, names);
  }

  private Delivered order(String signer, String usage, String node, GeneralName[] names) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair key = generator.generateKeyPair();
      KubeObject request =
          client.create(REQUESTS, "", "", "", request(signer, usage, encoded(key, node, names)));
      String certificate = await(request.name());
      return new Delivered(certificate, dev.mokha.server.pki.Pem.privateKey(key.getPrivate()));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("a certificate request can't be made", e);
    }
  }

  private static byte[] encoded(KeyPair key, String node, GeneralName[] names)
      throws OperatorCreationException, IOException {
    JcaPKCS10CertificationRequestBuilder builder =
        new JcaPKCS10CertificationRequestBuilder(
            new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, "system:nodes")
                .addRDN(BCStyle.CN, "system:node:" + node)
                .build(),
            key.getPublic());
    if (names.length > 0) {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
    }
    return builder
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
        .getEncoded();
  }

  private static KubeObject request(String signer, String usage, byte[] encoded) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
    String pem =
        "-----BEGIN %s-----%n%s%n-----END %s-----%n"
            .formatted(ENCODING_LABEL, lines, ENCODING_LABEL);
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("apiVersion", "certificates.k8s.io/v1").put("kind", "CertificateSigningRequest");
    tree.putObject("metadata").put("generateName", "node-csr-");
    ObjectNode spec = tree.putObject("spec");
    spec.put(
        "request", Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII)));
    spec.put("signerName", signer);
    spec.putArray("usages").add("digital signature").add(usage);
    return KubeObject.of(tree);
  }

  private String await(String name) {
    try {
      return new AwaitedObject(client, REQUESTS, "", name)
          .await(patience, request -> certificate(request.toTree()));
    } catch (TimeoutException e) {
      throw new UserError(
          "the certificate request %s was not signed within %d s; see: kubectl describe csr %s"
              .formatted(name, patience.toSeconds(), name));
    } catch (StatusException e) {
      throw new UserError("the certificate request %s was removed".formatted(name));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted while waiting for a certificate");
    }
  }

  private static Optional<String> certificate(JsonNode request) {
    for (JsonNode c : request.path("status").path("conditions")) {
      String type = c.path("type").asString("");
      if (type.equals("Denied") || type.equals("Failed")) {
        throw new UserError(
            "the certificate request %s was refused: %s"
                .formatted(
                    request.path("metadata").path("name").asString(""),
                    c.path("message").asString(type)));
      }
    }
    String certificate = request.path("status").path("certificate").asString("");
    return certificate.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new String(Base64.getDecoder().decode(certificate), StandardCharsets.US_ASCII));
  }
}
