package dev.mokha.controllers.bootstrap;

import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A Secret of type {@code bootstrap.kubernetes.io/token}.
 *
 * @param id six characters, public
 * @param secret sixteen characters
 * @param signing whether it may sign the cluster's public information
 * @param expiration when it ends; empty for never
 */
record BootstrapToken(String id, String secret, boolean signing, Optional<Instant> expiration) {
  static final String NAMESPACE = "kube-system";
  static final String TYPE = "bootstrap.kubernetes.io/token";

  private static final String PREFIX = "bootstrap-token-";
  private static final Pattern ID = Pattern.compile("[a-z0-9]{6}");
  private static final Pattern SECRET = Pattern.compile("[a-z0-9]{16}");

  /** True for a Secret that says that it is one. */
  static boolean isOne(Secret secret) {
    return TYPE.equals(secret.getType()) && NAMESPACE.equals(secret.getMetadata().getNamespace());
  }

  /**
   * Reads it.
   *
   * @return empty when it is none, or its parts don't fit together
   */
  static Optional<BootstrapToken> read(Secret secret) {
    if (!isOne(secret) || secret.getData() == null) {
      return Optional.empty();
    }
    String id = text(secret.getData(), "token-id");
    String key = text(secret.getData(), "token-secret");
    boolean fits =
        ID.matcher(id).matches()
            && SECRET.matcher(key).matches()
            && secret.getMetadata().getName().equals(PREFIX + id);
    return fits
        ? Optional.of(
            new BootstrapToken(
                id,
                key,
                text(secret.getData(), "usage-bootstrap-signing").equals("true"),
                expiration(secret)))
        : Optional.empty();
  }

  /** When the Secret ends; one that can't be read has ended, so that a typo opens no door. */
  static Optional<Instant> expiration(Secret secret) {
    String text = secret.getData() == null ? "" : text(secret.getData(), "expiration");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.of(Instant.EPOCH);
    }
  }

  boolean isValid(Instant now) {
    return expiration.isEmpty() || now.isBefore(expiration.get());
  }

  private static String text(Map<String, String> data, String key) {
    try {
      return new String(
          Base64.getDecoder().decode(data.getOrDefault(key, "")), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  @Override
  public String toString() {
    return "BootstrapToken[" + id + "]";
  }
}
