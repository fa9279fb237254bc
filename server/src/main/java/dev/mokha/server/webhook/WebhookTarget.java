package dev.mokha.server.webhook;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.databind.JsonNode;

/**
 * Where a webhook is, as a {@code clientConfig} says (admissionregistration.k8s.io and
 * apiextensions.k8s.io have the same form).
 *
 * @param host the name its certificate must have; {@code SERVICE.NAMESPACE.svc} for services
 * @param port such as 443
 * @param path with a leading slash and maybe a query
 * @param namespace of the service; empty for a URL
 * @param service its name; empty for a URL
 * @param caBundle PEM certificates of those who may vouch for it; empty for the system's
 */
public record WebhookTarget(
    String host, int port, String path, String namespace, String service, String caBundle) {
  private static final int DEFAULT_PORT = 443;

  /** Refuses nulls. */
  public WebhookTarget {
    requireNonNull(host, "host");
    requireNonNull(path, "path");
    requireNonNull(namespace, "namespace");
    requireNonNull(service, "service");
    requireNonNull(caBundle, "caBundle");
  }

  /**
   * Reads a {@code clientConfig} that has been validated.
   *
   * @throws WebhookFailure when it names no place
   */
  public static WebhookTarget of(JsonNode clientConfig) throws WebhookFailure {
    String ca = decoded(clientConfig.path("caBundle").asString(""));
    JsonNode service = clientConfig.path("service");
    if (service.isObject()) {
      String name = service.path("name").asString("");
      String namespace = service.path("namespace").asString("");
      String path = service.path("path").asString("/");
      return new WebhookTarget(
          name + "." + namespace + ".svc",
          service.path("port").asInt(DEFAULT_PORT),
          path.startsWith("/") ? path : "/" + path,
          namespace,
          name,
          ca);
    }
    String url = clientConfig.path("url").asString("");
    try {
      URI uri = new URI(url);
      if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
        throw new WebhookFailure("the webhook's URL \"%s\" is not an https URL".formatted(url));
      }
      String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
      return new WebhookTarget(
          bare(uri.getHost()),
          uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
          uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery(),
          "",
          "",
          ca);
    } catch (URISyntaxException e) {
      throw new WebhookFailure("the webhook's URL \"%s\" can't be read".formatted(url), e);
    }
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static String decoded(String base64) throws WebhookFailure {
    if (base64.isEmpty()) {
      return "";
    }
    try {
      return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.ISO_8859_1);
    } catch (IllegalArgumentException e) {
      throw new WebhookFailure("the webhook's caBundle is not base64", e);
    }
  }

  /** True when the endpoint must be looked up. */
  public boolean isService() {
    return !service.isEmpty();
  }

  /** The URL it is called by, for messages. */
  String url() {
    String shown = host.indexOf(':') < 0 ? host : "[" + host + "]";
    // A port is shown where somebody wrote one, and always for a service.
    boolean plain = !isService() && port == DEFAULT_PORT;
    return "https://" + shown + (plain ? "" : ":" + port) + path;
  }
}
