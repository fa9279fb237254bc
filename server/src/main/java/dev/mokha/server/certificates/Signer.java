package dev.mokha.server.certificates;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient;
import dev.mokha.client.controller.Reconciler;
import dev.mokha.server.pki.CertificateAuthority;
import dev.mokha.server.pki.Pem;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.GeneralName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Signs what is approved, for the signers of this cluster. The validity is what was asked for, at
 * least ten minutes and at most a year, and never beyond the authority's own.
 */
final class Signer implements Reconciler {
  private static final Logger log = LoggerFactory.getLogger(Signer.class);
  private static final Duration LEAST = Duration.ofMinutes(10);
  private static final Duration MOST = Duration.ofDays(365);

  private final ApiClient client;
  private final Supplier<CertificateAuthority> authority;
  private final InstantSource clock;

  Signer(ApiClient client, Supplier<CertificateAuthority> authority, InstantSource clock) {
    this.client = requireNonNull(client);
    this.authority = requireNonNull(authority);
    this.clock = requireNonNull(clock);
  }

  @Override
  public Optional<Duration> reconcile(Key key) throws GeneralSecurityException {
    Optional<KubeObject> found = client.find(SigningRequests.RESOURCE, "", key.name());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode request = found.get().toTree();
    String signer = SigningRequests.signer(request);
    boolean due =
        SignerRules.isBuiltIn(signer)
            && SigningRequests.has(request, "Approved")
            && !SigningRequests.has(request, "Denied")
            && !SigningRequests.has(request, "Failed")
            && !SigningRequests.isSigned(request);
    if (!due) {
      return Optional.empty();
    }
    CertificateRequest wanted = SigningRequests.parse(request);
    List<String> usages = SigningRequests.usages(request);
    Optional<String> complaint = SignerRules.complaint(signer, wanted, usages);
    if (complaint.isEmpty() && !wanted.isProven()) {
      complaint = Optional.of("unable to verify certificate request signature");
    }
    if (complaint.isPresent()) {
      SigningRequests.say(
          client,
          "status",
          request,
          "Failed",
          "SignerValidationFailure",
          complaint.get(),
          clock.instant());
      return Optional.empty();
    }
    X509Certificate certificate = sign(wanted, usages, lifetime(request));
    String pem = Pem.certificates(List.of(certificate));
    request
        .withObject("/status")
        .put(
            "certificate",
            Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII)));
    client.update(SigningRequests.RESOURCE, "", "status", KubeObject.of(request));
    log.info("{} signed {} for {}", signer, key.name(), wanted.subject());
    return Optional.empty();
  }

  private static Duration lifetime(ObjectNode request) {
    long seconds = request.path("spec").path("expirationSeconds").asLong(MOST.toSeconds());
    Duration wanted = Duration.ofSeconds(seconds);
    return wanted.compareTo(LEAST) < 0 ? LEAST : wanted.compareTo(MOST) > 0 ? MOST : wanted;
  }

  private X509Certificate sign(CertificateRequest wanted, List<String> usages, Duration lifetime)
      throws GeneralSecurityException {
    ExtendedKeyUsage extended = Usages.extended(usages);
    return authority
        .get()
        .issue(
            new CertificateAuthority.Certified(
                wanted.subject(),
                wanted.key(),
                wanted.names().toArray(GeneralName[]::new),
                Usages.key(usages),
                extended),
            lifetime);
  }
}
