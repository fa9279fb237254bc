package dev.mokha.server.certificates;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.x509.GeneralName;

/**
 * What each built-in signer signs ("Certificates and Certificate Signing Requests", Kubernetes
 * signers).
 */
final class SignerRules {
  static final String CLIENT = "kubernetes.io/kube-apiserver-client";
  static final String KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
  static final String KUBELET_SERVING = "kubernetes.io/kubelet-serving";
  static final String LEGACY = "kubernetes.io/legacy-unknown";

  private static final Set<String> CLIENT_USAGES =
      Set.of("digital signature", "key encipherment", "client auth");

  /** Looks at a request; says what is wrong with it. */
  @FunctionalInterface
  private interface Rule {
    Optional<String> complaint(CertificateRequest request, List<String> usages);
  }

  private static final Map<String, Rule> RULES =
      Map.of(
          CLIENT, SignerRules::client,
          KUBELET_CLIENT, SignerRules::kubeletClient,
          KUBELET_SERVING, SignerRules::kubeletServing,
          LEGACY, (request, usages) -> Optional.empty());

  private SignerRules() {}

  /** True when the signer is one of this cluster's own. */
  static boolean isBuiltIn(String signer) {
    return RULES.containsKey(signer);
  }

  /** Why the signer does not sign the request; empty when it does. */
  static Optional<String> complaint(
      String signer, CertificateRequest request, List<String> usages) {
    return RULES.get(signer).complaint(request, usages);
  }

  private static Optional<String> client(CertificateRequest request, List<String> usages) {
    for (String usage : usages) {
      if (!CLIENT_USAGES.contains(usage)) {
        return Optional.of("invalid usage for client certificate: " + usage);
      }
    }
    return usages.contains("client auth")
        ? Optional.empty()
        : Optional.of("missing required usage for client certificate: client auth");
  }

  static Optional<String> kubeletClient(CertificateRequest request, List<String> usages) {
    Optional<String> node = node(request);
    if (node.isPresent()) {
      return node;
    }
    if (request.hasName(GeneralName.dNSName)) {
      return Optional.of("DNS subjectAltNames are not allowed");
    }
    if (request.hasName(GeneralName.rfc822Name)) {
      return Optional.of("Email subjectAltNames are not allowed");
    }
    if (request.hasName(GeneralName.iPAddress)) {
      return Optional.of("IP subjectAltNames are not allowed");
    }
    if (request.hasName(GeneralName.uniformResourceIdentifier)) {
      return Optional.of("URI subjectAltNames are not allowed");
    }
    return exactly("client auth", usages);
  }

  private static Optional<String> kubeletServing(CertificateRequest request, List<String> usages) {
    Optional<String> node = node(request);
    if (node.isPresent()) {
      return node;
    }
    if (!request.hasName(GeneralName.dNSName) && !request.hasName(GeneralName.iPAddress)) {
      return Optional.of("DNS or IP subjectAltName is required");
    }
    if (request.hasName(GeneralName.rfc822Name)) {
      return Optional.of("Email subjectAltNames are not allowed");
    }
    if (request.hasName(GeneralName.uniformResourceIdentifier)) {
      return Optional.of("URI subjectAltNames are not allowed");
    }
    return exactly("server auth", usages);
  }

  private static Optional<String> node(CertificateRequest request) {
    if (!request.organizations().equals(List.of("system:nodes"))) {
      return Optional.of("subject organization is not system:nodes");
    }
    if (!request.commonName().startsWith("system:node:")) {
      return Optional.of("subject common name does not begin with system:node:");
    }
    return Optional.empty();
  }

  /** Keys that can't encipher (on elliptic curves) need not ask for it. */
  private static Optional<String> exactly(String purpose, List<String> usages) {
    Set<String> least = Set.of("digital signature", purpose);
    Set<String> most = Set.of("digital signature", "key encipherment", purpose);
    Set<String> asked = Set.copyOf(usages);
    return asked.equals(least) || asked.equals(most)
        ? Optional.empty()
        : Optional.of(
            "usages did not match [%s digital signature key encipherment]".formatted(purpose));
  }
}
