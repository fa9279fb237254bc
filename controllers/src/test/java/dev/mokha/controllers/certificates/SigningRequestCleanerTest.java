package dev.mokha.controllers.certificates;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When requests for certificates go. */
final class SigningRequestCleanerTest {
  private static final Instant MADE = Instant.parse("2026-11-22T12:00:00Z");
  private static final Instant DECIDED = MADE.plus(Duration.ofHours(2));

  private static CertificateSigningRequest request(String condition, String certificate) {
    CertificateSigningRequestBuilder builder =
        new CertificateSigningRequestBuilder()
            .withNewMetadata()
            .withName("a")
            .withCreationTimestamp(MADE.toString())
            .endMetadata()
            .withNewStatus()
            .withCertificate(certificate)
            .endStatus();
    return condition.isEmpty()
        ? builder.build()
        : builder
            .editStatus()
            .addNewCondition()
            .withType(condition)
            .withStatus("True")
            .withLastUpdateTime(DECIDED.toString())
            .endCondition()
            .endStatus()
            .build();
  }

  private static Duration lives(CertificateSigningRequest request) {
    return Duration.between(MADE, SigningRequestCleaner.end(request, MADE));
  }

  @Test
  void undecidedForADayAndDecidedForAnHour() {
    assertThat(lives(request("", null))).isEqualTo(Duration.ofHours(24));
    assertThat(lives(request("Approved", null)))
        .as("approved, and nobody has signed")
        .isEqualTo(Duration.ofHours(24));
    assertThat(lives(request("Approved", "bm9uZQ=="))).isEqualTo(Duration.ofHours(3));
    assertThat(lives(request("Denied", null))).isEqualTo(Duration.ofHours(3));
    assertThat(lives(request("Failed", null))).isEqualTo(Duration.ofHours(3));
  }
}
