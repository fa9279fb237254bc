package dev.mokha.cli.join;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.cli.UserError;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * A bootstrap token ("Authenticating with Bootstrap Tokens"): by it a machine may ask for its first
 * certificate, and nothing else.
 *
 * @param id its public half, six characters
 * @param secret its private half, sixteen characters
 */
public record JoinToken(String id, String secret) {
  /** Where the tokens are kept. */
  public static final GroupVersionResource SECRETS = new GroupVersionResource("", "v1", "secrets");

  /** The namespace of their Secrets. */
  public static final String NAMESPACE = "kube-system";

  /** What the names of their Secrets begin with. */
  public static final String PREFIX = "bootstrap-token-";

  private static final Pattern FORM = Pattern.compile("([a-z0-9]{6})\\.([a-z0-9]{16})");
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

  /** Refuses nulls. */
  public JoinToken {
    requireNonNull(id, "id");
    requireNonNull(secret, "secret");
  }

  /** A new one. */
  public static JoinToken random() {
    SecureRandom random = new SecureRandom();
    return new JoinToken(letters(random, 6), letters(random, 16));
  }

  private static String letters(SecureRandom random, int count) {
    StringBuilder text = new StringBuilder(count);
    for (int i = 0; i < count; i++) {
      text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return text.toString();
  }

  /**
   * Reads {@code id.secret}.
   *
   * @throws UserError when it is none
   */
  public static JoinToken parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new UserError(
          "a token has six characters, a dot and sixteen characters, such as the one that mokha"
              + " token create prints");
    }
    return new JoinToken(matcher.group(1), matcher.group(2));
  }

  /** {@code id.secret}. */
  public String text() {
    return id + "." + secret;
  }

  /** The Secret that makes it valid, until it expires. */
  public KubeObject toSecret(Duration validity, Instant now) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("apiVersion", "v1").put("kind", "Secret");
    tree.putObject("metadata").put("name", PREFIX + id).put("namespace", NAMESPACE);
    tree.put("type", "bootstrap.kubernetes.io/token");
    tree.putObject("stringData")
        .put("token-id", id)
        .put("token-secret", secret)
        .put("description", "made by mokha token create")
        .put("expiration", now.plus(validity).truncatedTo(ChronoUnit.SECONDS).toString())
        .put("usage-bootstrap-authentication", "true");
    return KubeObject.of(tree);
  }

  @Override
  public String toString() {
    return id + ".(secret)";
  }
}
