package dev.mokha.controllers.certificates;

import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * A request goes an hour after it was decided (signed, denied or failed), a day after it was made
 * when nobody has decided, and in any case when its certificate has expired.
 */
public final class SigningRequestCleaner {
  private static final Duration DECIDED = Duration.ofHours(1);
  private static final Duration OPEN = Duration.ofHours(24);

  private SigningRequestCleaner() {}

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers, InstantSource clock) {
    Informer<CertificateSigningRequest> requests = informers.get(Kinds.CERTIFICATE_SIGNING_REQUEST);
    ResourceClient<CertificateSigningRequest> write =
        ResourceClient.of(client, Kinds.CERTIFICATE_SIGNING_REQUEST);
    return Controller.create(
            "csrcleaner",
            1,
            key -> {
              CertificateSigningRequest request = requests.find("", key.name()).orElse(null);
              if (request == null) {
                return Optional.empty();
              }
              Instant now = clock.instant();
              Instant end = end(request, now);
              if (now.isBefore(end)) {
                return Optional.of(Duration.between(now, end).plusSeconds(1));
              }
              write.delete("", key.name(), DeleteOptions.uid(request.getMetadata().getUid()));
              return Optional.empty();
            })
        .watch(requests)
        .start();
  }

  /** When the request is to go. */
  static Instant end(CertificateSigningRequest request, Instant now) {
    Instant end = time(request.getMetadata().getCreationTimestamp(), now).plus(OPEN);
    if (request.getStatus() == null) {
      return end;
    }
    String certificate = request.getStatus().getCertificate();
    boolean signed = certificate != null && !certificate.isEmpty();
    List<CertificateSigningRequestCondition> conditions = request.getStatus().getConditions();
    for (CertificateSigningRequestCondition c :
        conditions == null ? List.<CertificateSigningRequestCondition>of() : conditions) {
      boolean decided =
          c.getType().equals("Denied")
              || c.getType().equals("Failed")
              || (c.getType().equals("Approved") && signed);
      if (decided) {
        end = earlier(end, time(c.getLastUpdateTime(), now).plus(DECIDED));
      }
    }
    return signed ? earlier(end, expiry(certificate).orElse(end)) : end;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static Instant time(String text, Instant otherwise) {
    return text == null || text.isEmpty() ? otherwise : Instant.parse(text);
  }

  private static Optional<Instant> expiry(String certificate) {
    try {
      X509Certificate first =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(
                      new ByteArrayInputStream(Base64.getDecoder().decode(certificate)));
      return Optional.of(first.getNotAfter().toInstant());
    } catch (CertificateException | IllegalArgumentException e) {
      // Other signers may write what we can't read; the other rules hold all the same.
      return Optional.empty();
    }
  }
}
