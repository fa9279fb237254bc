package dev.mokha.controllers.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACVerifier;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Signatures of the cluster's public information, and the tokens that make them. */
final class BootstrapSignerTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final BootstrapToken TOKEN =
      BootstrapToken.read(secret(Map.of("usage-bootstrap-signing", "true"))).orElseThrow();

  private static Secret secret(Map<String, String> more) {
    Map<String, String> data = new HashMap<>();
    data.put("token-id", "abcdef");
    data.put("token-secret", "0123456789abcdef");
    data.putAll(more);
    data.replaceAll(
        (k, v) -> Base64.getEncoder().encodeToString(v.getBytes(StandardCharsets.UTF_8)));
    return new SecretBuilder()
        .withType("bootstrap.kubernetes.io/token")
        .withNewMetadata()
        .withNamespace("kube-system")
        .withName("bootstrap-token-abcdef")
        .endMetadata()
        .withData(data)
        .build();
  }

  @Test
  void whoHasTheTokenCanVerifyTheSignature() throws Exception {
    String kubeconfig = "apiVersion: v1\nkind: Config\n";
    Map<String, String> signed =
        BootstrapSigner.signed(
            Map.of("kubeconfig", kubeconfig, "jws-kubeconfig-gone00", "old"), List.of(TOKEN));
    assertThat(signed).containsOnlyKeys("kubeconfig", "jws-kubeconfig-abcdef");
    String[] parts = signed.get("jws-kubeconfig-abcdef").split("\\.");
    assertThat(parts[1]).as("the payload stands beside it").isEmpty();
    JWSObject whole =
        JWSObject.parse(parts[0] + "." + new Payload(kubeconfig).toBase64URL() + "." + parts[2]);
    assertThat(whole.getHeader().getKeyID()).isEqualTo("abcdef");
    // RFC 7518 wants longer keys for HS256 than a token has, and so does the library's verifier.
    byte[] padded =
        java.util.Arrays.copyOf("0123456789abcdef".getBytes(StandardCharsets.UTF_8), 64);
    assertThat(whole.verify(new MACVerifier(padded))).isTrue();
    // Signed once, it stays.
    assertThat(BootstrapSigner.signed(signed, List.of(TOKEN))).isEqualTo(signed);
  }

  @Test
  void aTokenMustFitItsNameAndEndsInTime() {
    assertThat(BootstrapToken.read(secret(Map.of("token-id", "other0")))).isEmpty();
    assertThat(BootstrapToken.read(secret(Map.of("token-secret", "short")))).isEmpty();
    BootstrapToken ends =
        BootstrapToken.read(secret(Map.of("expiration", "2026-11-22T13:00:00+01:00")))
            .orElseThrow();
    assertThat(ends.isValid(NOW.minusSeconds(1))).isTrue();
    assertThat(ends.isValid(NOW)).isFalse();
    BootstrapToken typo =
        BootstrapToken.read(secret(Map.of("expiration", "tomorrow"))).orElseThrow();
    assertThat(typo.isValid(NOW)).isFalse();
    assertThat(TOKEN.toString()).doesNotContain("0123456789abcdef");
  }
}
