package dev.mokha.server.certificates;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ListOptions;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.client.informer.Reflector;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Approves the serving certificates of kubelets, which upstream leaves to the administrator: when a
 * node asks for itself, and every name and address in the request is one that its Node has and no
 * other Node claims. Anything else is left for somebody to decide.
 */
public final class ServingApprover implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServingApprover.class);
  private static final GroupVersionResource REQUESTS =
      new GroupVersionResource("certificates.k8s.io", "v1", "certificatesigningrequests");
  private static final String SIGNER = "kubernetes.io/kubelet-serving";
  private static final String USER = "system:node:";
  private static final Duration AGAIN = Duration.ofSeconds(20);

  private final ApiClient client;
  private final Informer<Node> nodes;
  private final Controller loop;
  private final Reflector requests;

  private ServingApprover(ApiClient client, Informers informers) {
    this.client = requireNonNull(client, "client");
    this.nodes = informers.get(Kinds.NODE);
    this.loop =
        Controller.create("kubelet-serving-approver", 1, this::reconcile)
            .watch(nodes, node -> List.of());
    this.requests = new Reflector(client, REQUESTS, "", ListOptions.ALL, new Follower(loop));
  }

  /** Starts the loop; does not block. */
  public static ServingApprover start(ApiClient client, Informers informers) {
    ServingApprover approver = new ServingApprover(client, informers);
    approver.loop.start();
    approver.requests.start();
    return approver;
  }

  private record Follower(Controller loop) implements Reflector.Follower {
    @Override
    public void replaceAll(List<KubeObject> all) {
      all.forEach(this::put);
    }

    @Override
    public void put(KubeObject request) {
      loop.queue().add(new Key("", request.name()));
    }

    @Override
    public void remove(KubeObject request) {}
  }

  private Optional<Duration> reconcile(Key key) {
    ObjectNode request = client.find(REQUESTS, "", key.name()).map(KubeObject::toTree).orElse(null);
    if (request == null || !isOpen(request)) {
      return Optional.empty();
    }
    String user = request.path("spec").path("username").asString("");
    boolean node =
        user.startsWith(USER)
            && request
                .path("spec")
                .path("groups")
                .valueStream()
                .anyMatch(g -> g.asString("").equals("system:nodes"));
    if (!node) {
      return Optional.empty();
    }
    String name = user.substring(USER.length());
    Set<String> asked = names(request.path("spec").path("request").asString(""));
    Set<String> own = nodes.find("", name).map(ServingApprover::addresses).orElse(Set.of());
    if (asked.isEmpty() || !own.containsAll(asked)) {
      // The Node's addresses may come, or be seen here, a moment later.
      return Optional.of(AGAIN);
    }
    for (Node other : nodes.list("")) {
      if (!other.getMetadata().getName().equals(name)
          && addresses(other).stream().anyMatch(asked::contains)) {
        log.warn(
            "{} is not approved: the Node {} has an address of it too",
            key.name(),
            other.getMetadata().getName());
        return Optional.of(AGAIN);
      }
    }
    approve(request);
    return Optional.empty();
  }

  private static boolean isOpen(JsonNode request) {
    return request.path("spec").path("signerName").asString("").equals(SIGNER)
        && request.path("status").path("conditions").isEmpty()
        && request.path("status").path("certificate").isMissingNode();
  }

  private static Set<String> addresses(Node node) {
    Set<String> all = new HashSet<>();
    all.add(node.getMetadata().getName());
    if (node.getStatus() != null && node.getStatus().getAddresses() != null) {
      for (NodeAddress address : node.getStatus().getAddresses()) {
        all.add(canonical(address.getAddress()));
      }
    }
    return all;
  }

  /** IPv6 addresses have several spellings. */
  private static String canonical(String address) {
    try {
      return InetAddress.ofLiteral(address).getHostAddress();
    } catch (IllegalArgumentException e) {
      return address;
    }
  }

  /** What the request wants to be called; empty when it can't be read or wants anything else. */
  private static Set<String> names(String base64) {
    Set<String> names = new HashSet<>();
    try (PEMParser parser =
        new PEMParser(
            new StringReader(
                new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII)))) {
      if (!(parser.readObject() instanceof PKCS10CertificationRequest request)) {
        return Set.of();
      }
      for (var attribute :
          request.getAttributes(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest)) {
        Extensions extensions = Extensions.getInstance(attribute.getAttrValues().getObjectAt(0));
        GeneralNames wanted =
            GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
        for (GeneralName name : wanted == null ? new GeneralName[0] : wanted.getNames()) {
          switch (name.getTagNo()) {
            case GeneralName.dNSName -> names.add(name.getName().toString());
            case GeneralName.iPAddress ->
                names.add(
                    InetAddress.getByAddress(
                            ASN1OctetString.getInstance(name.getName()).getOctets())
                        .getHostAddress());
            default -> {
              return Set.of();
            }
          }
        }
      }
      return names;
    } catch (UnknownHostException | IllegalArgumentException e) {
      return Set.of();
    } catch (IOException e) {
      return Set.of();
    }
  }

  private void approve(ObjectNode request) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    request
        .withObject("/status")
        .withArray("/conditions")
        .addObject()
        .put("type", "Approved")
        .put("status", "True")
        .put("reason", "AutoApproved")
        .put("message", "The addresses are those of the node that asks.")
        .put("lastUpdateTime", now)
        .put("lastTransitionTime", now);
    client.update(REQUESTS, "", "approval", KubeObject.of(request));
  }

  @Override
  public void close() {
    requests.close();
    loop.close();
  }
}
