package dev.mokha.server.pipeline;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * What a path points at: a resource, or something else such as {@code /healthz}.
 *
 * @param resourceRequest false for paths that are no resource
 * @param path the path as it came, without the query
 * @param group API group, empty for the core group
 * @param version such as {@code v1}
 * @param namespace empty outside namespaces
 * @param resource plural
 * @param name empty for a collection
 * @param subresource empty for none
 * @param rest what follows the subresource ({@code proxy} alone has it), with its slash
 * @param watchPath true for the old {@code /watch/} form
 */
public record RequestTarget(
    boolean resourceRequest,
    String path,
    String group,
    String version,
    String namespace,
    String resource,
    String name,
    String subresource,
    String rest,
    boolean watchPath) {
  private static final Set<String> OF_NAMESPACES = Set.of("status", "finalize");

  /** Reads a path. */
  public static RequestTarget of(String path) {
    String[] p = path.split("/", -1);
    boolean core = p.length > 3 && p[1].equals("api");
    boolean named = p.length > 4 && p[1].equals("apis");
    int at = core ? 3 : named ? 4 : -1;
    if (at < 0 || p[at].isEmpty()) {
      return other(path);
    }
    String group = core ? "" : p[2];
    String version = p[at - 1];
    boolean watch = p[at].equals("watch") && p.length > at + 1;
    if (watch) {
      at++;
    }
    String namespace = "";
    if (p[at].equals("namespaces") && p.length > at + 2 && !p[at + 2].isEmpty()) {
      namespace = decode(p[at + 1]);
      if (!OF_NAMESPACES.contains(p[at + 2])) {
        at += 2;
      } else {
        return new RequestTarget(
            true,
            path,
            group,
            version,
            namespace,
            "namespaces",
            namespace,
            p[at + 2],
            tail(p, at + 3),
            watch);
      }
    } else if (p[at].equals("namespaces") && p.length > at + 1) {
      // The namespace itself: authorization sees it as being inside itself.
      namespace = decode(p[at + 1]);
    }
    String name = p.length > at + 1 ? decode(p[at + 1]) : "";
    String subresource = p.length > at + 2 ? p[at + 2] : "";
    return new RequestTarget(
        true, path, group, version, namespace, p[at], name, subresource, tail(p, at + 3), watch);
  }

  private static RequestTarget other(String path) {
    return new RequestTarget(false, path, "", "", "", "", "", "", "", false);
  }

  /** The path of that resource, made from its parts: for calls that had none. */
  public String toPath() {
    StringBuilder out = new StringBuilder(group.isEmpty() ? "/api/" : "/apis/" + group + "/");
    out.append(version);
    if (!namespace.isEmpty()) {
      out.append("/namespaces/").append(namespace);
    }
    out.append('/').append(resource);
    if (!name.isEmpty()) {
      out.append('/').append(name);
    }
    if (!subresource.isEmpty()) {
      out.append('/').append(subresource);
    }
    return out.toString();
  }

  private static String tail(String[] p, int from) {
    StringBuilder tail = new StringBuilder();
    for (int i = from; i < p.length; i++) {
      tail.append('/').append(p[i]);
    }
    return tail.toString();
  }

  private static String decode(String segment) {
    if (segment.indexOf('%') < 0) {
      return segment;
    }
    try {
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return segment;
    }
  }

  /** The verb of that HTTP method here, before the query parameter {@code watch} is looked at. */
  public String verb(String method, Query query) {
    if (!resourceRequest) {
      return method.toLowerCase(Locale.ROOT);
    }
    return switch (method) {
      case "POST" -> "create";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> name.isEmpty() ? "deletecollection" : "delete";
      case "GET", "HEAD" -> {
        if (!subresource.isEmpty()) {
          yield "get";
        }
        if (watchPath || query.isTrue("watch")) {
          yield "watch";
        }
        yield name.isEmpty() ? "list" : "get";
      }
      default -> method.toLowerCase(Locale.ROOT);
    };
  }
}
