package dev.mokha.cli.daemon;

import dev.mokha.cli.UserError;
import dev.mokha.client.https.Endpoint;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.images.PullOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Who root is at the cluster's registry, for {@code mokha image pull} and {@code push}: the user of
 * a kubeconfig's current context, by certificate or token. What that user may is the registry's
 * business; without a kubeconfig it is the node that asks.
 */
final class RegistryIdentity {
  private static final YAMLMapper YAML = new YAMLMapper();

  /** The one read last: a context of TLS is made once, and not for each pull. */
  private record Kept(byte[] text, Identity identity) {}

  private record Identity(Optional<SSLContext> tls, List<PullOptions.Credentials> credentials) {}

  private volatile Kept last = new Kept(new byte[0], new Identity(Optional.empty(), List.of()));

  /**
   * How to pull as somebody.
   *
   * @param kubeconfig a file's path; empty for the node itself
   * @throws UserError when it can't be read, or has neither a certificate nor a token in it
   */
  PullOptions options(String kubeconfig, Progress progress) {
    if (kubeconfig.isEmpty()) {
      return new PullOptions(List.of(), progress);
    }
    Identity identity = read(Path.of(kubeconfig));
    return new PullOptions(identity.credentials(), progress, "", identity.tls());
  }

  private Identity read(Path file) {
    try {
      byte[] text = Files.readAllBytes(file);
      Kept kept = last;
      if (!Arrays.equals(kept.text(), text)) {
        kept = new Kept(text, identity(YAML.readTree(text)));
        last = kept;
      }
      return kept.identity();
    } catch (IOException | JacksonException | IllegalArgumentException | IllegalStateException e) {
      throw new UserError("the kubeconfig " + file + " can't be used: " + e.getMessage());
    }
  }

  private static Identity identity(JsonNode config) {
    JsonNode context =
        named(config, "contexts", config.path("current-context").asString("")).path("context");
    JsonNode user = named(config, "users", context.path("user").asString("")).path("user");
    JsonNode cluster =
        named(config, "clusters", context.path("cluster").asString("")).path("cluster");
    String token = user.path("token").asString("");
    if (!token.isEmpty()) {
      return new Identity(
          Optional.empty(), List.of(new PullOptions.Credentials("token", token, "")));
    }
    String certificate = decoded(user, "client-certificate-data");
    String key = decoded(user, "client-key-data");
    String authority = decoded(cluster, "certificate-authority-data");
    if (certificate.isEmpty() || key.isEmpty() || authority.isEmpty()) {
      throw new IllegalArgumentException(
          "the user of its current context has neither a token nor a certificate in the file");
    }
    return new Identity(
        Optional.of(
            Endpoint.of(
                    URI.create(cluster.path("server").asString("")),
                    authority,
                    certificate,
                    key,
                    "")
                .tls()),
        List.of());
  }

  private static JsonNode named(JsonNode config, String list, String name) {
    for (JsonNode entry : config.path(list)) {
      if (entry.path("name").asString("").equals(name)) {
        return entry;
      }
    }
    return YAML.missingNode();
  }

  private static String decoded(JsonNode node, String field) {
    return new String(
        Base64.getDecoder().decode(node.path(field).asString("")), StandardCharsets.UTF_8);
  }
}
