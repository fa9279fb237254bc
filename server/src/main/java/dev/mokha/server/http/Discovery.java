package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.aggregation.Aggregator;
import dev.mokha.server.aggregation.ApiService;
import dev.mokha.server.aggregation.RemoteDocuments;
import dev.mokha.server.rest.Catalog;
import dev.mokha.server.rest.ServedResource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What clients ask first: which groups, versions and resources there are; all at once ({@code
 * apidiscovery.k8s.io}, KEP-3352) or path by path.
 */
final class Discovery {
  private static final String AGGREGATED =
      "application/json;g=apidiscovery.k8s.io;v=%s;as=APIGroupDiscoveryList";

  private final Catalog catalog;
  private final Aggregator aggregator;
  private volatile Order order = new Order(-1, -1, Map.of());
  private final Map<String, Kept> kept = new ConcurrentHashMap<>();

  /** The groups in the order of their priorities, and of what state of things that is. */
  private record Order(long catalog, long generation, Map<String, List<String>> groups) {}

  /** An answer that holds as long as nothing changes. */
  private record Kept(Order of, Reply reply) {}

  Discovery(Catalog catalog, Aggregator aggregator) {
    this.catalog = requireNonNull(catalog, "catalog");
    this.aggregator = requireNonNull(aggregator, "aggregator");
  }

  /** All groups but the core group, with their versions. */
  private Order order() {
    Order known = order;
    long number = catalog.number();
    long generation = aggregator.generation();
    if (known.catalog != number || known.generation != generation) {
      Map<String, List<String>> own = new LinkedHashMap<>(catalog.groups());
      own.remove("");
      Map<String, List<String>> all = aggregator.directory().order(own);
      all.remove("");
      known = new Order(number, generation, all);
      order = known;
    }
    return known;
  }

  Reply root() {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    ArrayNode paths = tree.putArray("paths");
    TreeSet<String> all =
        new TreeSet<>(
            List.of(
                "/api",
                "/apis",
                "/healthz",
                "/livez",
                "/metrics",
                "/openapi/v2",
                "/openapi/v3",
                "/readyz",
                "/version"));
    all.add("/api/v1");
    order()
        .groups
        .forEach(
            (group, versions) -> {
              all.add("/apis/" + group);
              versions.forEach(v -> all.add("/apis/" + group + "/" + v));
            });
    all.forEach(paths::add);
    return Reply.json(200, Json.bytes(tree));
  }

  /** Whether there is discovery at a path. */
  boolean isPlace(String path) {
    return path.equals("/api") || path.equals("/apis") || isInGroup(path);
  }

  /** Whether a path leads into a group that is served. */
  boolean isInGroup(String path) {
    String[] p = path.split("/");
    return p.length > 2 && p[1].equals("apis") && order().groups.containsKey(p[2]);
  }

  /** The answer; null when there is no such group or version. */
  Reply answer(String path, Accept accept) {
    String[] p = path.replaceAll("/+$", "").split("/");
    boolean core = p[1].equals("api");
    if (p.length == 2) {
      return switch (accept.form()) {
        case DISCOVERY_V2 -> aggregated(core, "v2");
        case DISCOVERY_V2BETA1 -> aggregated(core, "v2beta1");
        default -> Encoder.tree(200, core ? coreVersions() : groups(), accept);
      };
    }
    Accept plain = accept.form() == Accept.Form.OBJECT ? accept : Accept.DEFAULT;
    if (core) {
      return p.length == 3 ? resources("", p[2], plain) : null;
    }
    if (p.length == 3) {
      List<String> versions = order().groups.get(p[2]);
      if (versions == null) {
        return null;
      }
      ObjectNode group = group(p[2], versions);
      group.put("kind", "APIGroup").put("apiVersion", "v1");
      return Encoder.tree(200, group, plain);
    }
    return p.length == 4 ? resources(p[2], p[3], plain) : null;
  }

  private static ObjectNode coreVersions() {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("kind", "APIVersions");
    tree.putArray("versions").add("v1");
    ObjectNode address = tree.putArray("serverAddressByClientCIDRs").addObject();
    address.put("clientCIDR", "0.0.0.0/0").put("serverAddress", "");
    return tree;
  }

  private ObjectNode groups() {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("kind", "APIGroupList").put("apiVersion", "v1");
    ArrayNode groups = tree.putArray("groups");
    order().groups.forEach((name, versions) -> groups.add(group(name, versions)));
    return tree;
  }

  private static ObjectNode group(String name, List<String> versions) {
    ObjectNode group = Json.MAPPER.createObjectNode();
    group.put("name", name);
    ArrayNode all = group.putArray("versions");
    for (String v : versions) {
      all.addObject().put("groupVersion", name + "/" + v).put("version", v);
    }
    group
        .putObject("preferredVersion")
        .put("groupVersion", name + "/" + versions.get(0))
        .put("version", versions.get(0));
    return group;
  }

  private Reply resources(String group, String version, Accept accept) {
    List<ServedResource> of = catalog.of(group, version);
    if (of.isEmpty()) {
      return null;
    }
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("kind", "APIResourceList").put("apiVersion", "v1");
    tree.put("groupVersion", group.isEmpty() ? version : group + "/" + version);
    ArrayNode resources = tree.putArray("resources");
    for (ServedResource r : of) {
      ResourceType t = r.type();
      ObjectNode out = resources.addObject();
      out.put("name", t.gvr().resource()).put("singularName", t.singular());
      out.put("namespaced", t.namespaced()).put("kind", t.kind());
      strings(out, "verbs", new TreeSet<>(t.verbs()));
      if (!t.shortNames().isEmpty()) {
        strings(out, "shortNames", t.shortNames());
      }
      if (!t.categories().isEmpty()) {
        strings(out, "categories", t.categories());
      }
      if (r.storage() != null) {
        out.put("storageVersionHash", hash(r));
      }
      for (ResourceType.Subresource s : t.subresources()) {
        ObjectNode sub = resources.addObject();
        sub.put("name", t.gvr().resource() + "/" + s.name()).put("singularName", "");
        sub.put("namespaced", t.namespaced());
        kind(sub, s.kind(), t);
        strings(sub, "verbs", new TreeSet<>(s.verbs()));
      }
    }
    return Encoder.tree(200, tree, accept);
  }

  private static void kind(ObjectNode out, GroupVersionKind kind, ResourceType of) {
    if (!kind.group().equals(of.gvr().group()) || !kind.version().equals(of.gvr().version())) {
      out.put("group", kind.group()).put("version", kind.version());
    }
    out.put("kind", kind.kind());
  }

  private static void strings(ObjectNode out, String field, Collection<String> values) {
    ArrayNode array = out.putArray(field);
    values.forEach(array::add);
  }

  /** Changes when the version objects are stored in does: 8 bytes of a SHA-256, base64. */
  private static String hash(ServedResource r) {
    GroupVersionKind s = r.storage().stored();
    byte[] digest = sha256(s.group() + "/" + s.version() + "/" + s.kind());
    return Base64.getEncoder().encodeToString(Arrays.copyOf(digest, 8));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private Reply aggregated(boolean core, String version) {
    Order now = order();
    Kept known = kept.get(core + version);
    if (known == null || known.of != now) {
      known = new Kept(now, aggregated(now, core, version));
      kept.put(core + version, known);
    }
    return known.reply;
  }

  private Reply aggregated(Order now, boolean core, String version) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("kind", "APIGroupDiscoveryList").put("apiVersion", "apidiscovery.k8s.io/" + version);
    tree.putObject("metadata");
    ArrayNode items = tree.putArray("items");
    Map<String, List<String>> groups = core ? Map.of("", List.of("v1")) : now.groups;
    for (Map.Entry<String, List<String>> group : groups.entrySet()) {
      ObjectNode item = items.addObject();
      ObjectNode meta = item.putObject("metadata");
      if (!core) {
        meta.put("name", group.getKey());
      }
      meta.putNull("creationTimestamp");
      ArrayNode versions = item.putArray("versions");
      for (String v : group.getValue()) {
        versions.add(entry(group.getKey(), v));
      }
    }
    byte[] json = Json.bytes(tree);
    String etag = HexFormat.of().withUpperCase().formatHex(sha256(Json.text(tree)));
    return Reply.of(200, AGGREGATED.formatted(version), json).with("ETag", "\"" + etag + "\"");
  }

  private ObjectNode entry(String group, String version) {
    ApiService remote = aggregator.directory().remote(group, version);
    if (remote != null) {
      RemoteDocuments documents = aggregator.documents(remote);
      ObjectNode of =
          documents.discovery() == null || !documents.current()
              ? Json.MAPPER.createObjectNode().put("version", version)
              : documents.discovery().deepCopy();
      return of.put("freshness", documents.current() ? "Current" : "Stale");
    }
    ObjectNode of = Json.MAPPER.createObjectNode().put("version", version);
    ArrayNode resources = of.putArray("resources");
    catalog.of(group, version).forEach(r -> aggregated(resources.addObject(), r.type()));
    return of.put("freshness", "Current");
  }

  private static void aggregated(ObjectNode out, ResourceType t) {
    out.put("resource", t.gvr().resource());
    responseKind(out, t.gvk());
    out.put("scope", t.namespaced() ? "Namespaced" : "Cluster");
    out.put("singularResource", t.singular());
    strings(out, "verbs", new TreeSet<>(t.verbs()));
    if (!t.shortNames().isEmpty()) {
      strings(out, "shortNames", t.shortNames());
    }
    if (!t.categories().isEmpty()) {
      strings(out, "categories", t.categories());
    }
    if (!t.subresources().isEmpty()) {
      ArrayNode subresources = out.putArray("subresources");
      for (ResourceType.Subresource s : t.subresources()) {
        ObjectNode sub = subresources.addObject();
        sub.put("subresource", s.name());
        responseKind(sub, s.kind());
        strings(sub, "verbs", new TreeSet<>(s.verbs()));
      }
    }
  }

  private static void responseKind(ObjectNode out, GroupVersionKind kind) {
    out.putObject("responseKind")
        .put("group", kind.group())
        .put("version", kind.version())
        .put("kind", kind.kind());
  }
}
