package dev.mokha.server.authentication;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.storage.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Machines that are about to join, by a token {@code ID.SECRET} that stands in a Secret of {@code
 * kube-system} (type {@code bootstrap.kubernetes.io/token}).
 */
public final class BootstrapTokens implements Authenticator {
  private static final Pattern TOKEN = Pattern.compile("([a-z0-9]{6})\\.([a-z0-9]{16})");
  private static final Pattern GROUP =
      Pattern.compile("system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]");

  private final ObjectReader objects;
  private final Clock clock;

  /** Looks the tokens up among the stored objects. */
  public BootstrapTokens(ObjectReader objects, Clock clock) {
    this.objects = requireNonNull(objects);
    this.clock = requireNonNull(clock);
  }

  @Override
  public Optional<UserInfo> authenticate(Credentials credentials) {
    Matcher token = TOKEN.matcher(credentials.bearerToken());
    if (!token.matches()) {
      return Optional.empty();
    }
    String id = token.group(1);
    KubeObject secret =
        objects
            .find("", "secrets", "kube-system", "bootstrap-token-" + id)
            .orElseThrow(() -> Unauthorized.because("there is no bootstrap token " + id));
    JsonNode tree = secret.toTree();
    JsonNode data = tree.path("data");
    boolean valid =
        "bootstrap.kubernetes.io/token".equals(tree.path("type").asString(""))
            && !secret.isDeleting()
            && id.equals(text(data, "token-id"))
            && MessageDigest.isEqual(bytes(token.group(2)), bytes(text(data, "token-secret")))
            && "true".equals(text(data, "usage-bootstrap-authentication"))
            && !expired(text(data, "expiration"));
    if (!valid) {
      throw Unauthorized.because("the bootstrap token " + id + " is not valid");
    }
    List<String> groups = new ArrayList<>(List.of("system:bootstrappers"));
    for (String group : text(data, "auth-extra-groups").split(",")) {
      if (GROUP.matcher(group.strip()).matches()) {
        groups.add(group.strip());
      }
    }
    return Optional.of(UserInfo.authenticated("system:bootstrap:" + id, groups));
  }

  private boolean expired(String expiration) {
    if (expiration.isEmpty()) {
      return false;
    }
    try {
      return clock.instant().isAfter(Instant.parse(expiration));
    } catch (DateTimeParseException e) {
      return true;
    }
  }

  private static String text(JsonNode data, String key) {
    try {
      return new String(
          Base64.getDecoder().decode(data.path(key).asString("")), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
