package dev.mokha.node.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.ApiClient;
import dev.mokha.client.access.AccessReviews;
import dev.mokha.client.access.Deed;
import dev.mokha.client.access.Subject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a caller may: the API is asked about the matching subresource of this node, and for the
 * finer ones about {@code nodes/proxy} too (KEP-2862).
 */
final class Authorizer {
  private static final Logger log = LoggerFactory.getLogger(Authorizer.class);
  private static final Duration KEPT = Duration.ofSeconds(30);

  private final String nodeName;
  private final AccessReviews reviews;

  Authorizer(ApiClient client, String nodeName, Clock clock) {
    this.nodeName = requireNonNull(nodeName, "nodeName");
    this.reviews = new AccessReviews(client, KEPT, clock);
  }

  /** Whether the caller may. */
  boolean allows(Caller caller, String method, String path) {
    String verb =
        switch (method) {
          case "POST" -> "create";
          case "PUT" -> "update";
          case "PATCH" -> "patch";
          case "DELETE" -> "delete";
          default -> "get";
        };
    for (String subresource : subresources(path)) {
      if (review(caller, verb, subresource)) {
        return true;
      }
    }
    return false;
  }

  static List<String> subresources(String path) {
    if (under(path, "/stats")) {
      return List.of("stats");
    }
    if (under(path, "/metrics")) {
      return List.of("metrics");
    }
    if (under(path, "/logs")) {
      return List.of("log");
    }
    if (under(path, "/pods") || under(path, "/runningpods")) {
      return List.of("pods", "proxy");
    }
    if (under(path, "/healthz")) {
      return List.of("healthz", "proxy");
    }
    if (under(path, "/configz")) {
      return List.of("configz", "proxy");
    }
    return List.of("proxy");
  }

  private static boolean under(String path, String root) {
    return path.equals(root) || path.startsWith(root + "/");
  }

  private boolean review(Caller caller, String verb, String subresource) {
    try {
      return reviews
          .ask(
              new Subject(caller.user(), caller.uid(), caller.groups(), caller.extra()),
              new Deed(verb, "", "v1", "nodes", subresource, "", nodeName))
          .allowed();
    } catch (StatusException e) {
      log.warn("The API was not asked whether {} may: {}", caller.user(), e.getMessage());
      return false;
    }
  }
}
