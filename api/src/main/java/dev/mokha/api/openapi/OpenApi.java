package dev.mokha.api.openapi;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.ObjectSchema;
import java.lang.ref.SoftReference;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * The OpenAPI documents of the built-in resources. Each is made when first asked for, since a
 * server that nobody asks needs none, and kept as bytes as long as memory allows.
 *
 * <pre>{@code
 * OpenApi openApi = new OpenApi(BuiltinSchemas.get(), BuiltinResources.get(), "v1.36.0");
 * Document pods = openApi.v3("api/v1").orElseThrow(); // GET /openapi/v3/api/v1
 * }</pre>
 */
public final class OpenApi {
  /** The content type of {@link #v2Protobuf()}, as clients ask for it. */
  public static final String V2_PROTOBUF =
      "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

  /**
   * A document.
   *
   * @param bytes shared: read only
   * @param hash of the bytes, upper-case hex: an ETag, and the hash in version 3's addresses
   */
  public record Document(byte[] bytes, String hash) {}

  /**
   * What the documents show at one moment.
   *
   * @param custom by place; those of a place sorted by resource
   * @param made the documents made so far, by their names
   */
  private record State(
      Map<String, List<CustomType>> custom,
      Map<CustomType, SwaggerPart> parts,
      Map<String, SoftReference<Document>> made) {}

  private final BuiltinSchemas schemas;
  private final BuiltinResources resources;
  private final String version;
  private final SwaggerPart builtIn;
  private volatile State state = new State(Map.of(), Map.of(), new ConcurrentHashMap<>());

  /**
   * Documents of these resources.
   *
   * @param version what the documents name as the server's version
   */
  public OpenApi(BuiltinSchemas schemas, BuiltinResources resources, String version) {
    this.schemas = requireNonNull(schemas, "schemas");
    this.resources = requireNonNull(resources, "resources");
    this.version = requireNonNull(version, "version");
    this.builtIn =
        new SwaggerPart(
            () -> SwaggerDocument.builtIn(schemas, ApiPaths.builtIn(schemas).of(resources.all())));
  }

  /**
   * Shows these custom resources, and no others, from now on. What was made of those that stay is
   * kept.
   */
  public synchronized void show(Collection<CustomType> types) {
    State before = state;
    Map<String, List<CustomType>> custom = new TreeMap<>();
    Map<CustomType, SwaggerPart> parts = new LinkedHashMap<>();
    List<CustomType> sorted = new ArrayList<>(types);
    sorted.sort(
        Comparator.comparing(CustomType::place).thenComparing(t -> t.type().gvr().resource()));
    for (CustomType type : sorted) {
      custom.computeIfAbsent(type.place(), p -> new ArrayList<>()).add(type);
      SwaggerPart part = before.parts.get(type);
      parts.put(
          type,
          part != null
              ? part
              : new SwaggerPart(
                  () -> SwaggerDocument.custom(type, ApiPaths.custom(schemas).of(type))));
    }
    Map<String, SoftReference<Document>> made = new ConcurrentHashMap<>();
    before.made.forEach(
        (name, document) -> {
          String place = name.startsWith("v3 ") ? name.substring(3) : null;
          if (place != null && Objects.equals(custom.get(place), before.custom.get(place))) {
            made.put(name, document);
          }
        });
    state = new State(custom, parts, made);
  }

  /** {@code /openapi/v2} as JSON. */
  public Document v2Json() {
    State now = state;
    return keep(now, "v2", () -> SwaggerDocument.join(parts(now), version));
  }

  /** {@code /openapi/v2} as protobuf. */
  public Document v2Protobuf() {
    State now = state;
    return keep(now, "v2 protobuf", () -> SwaggerProtobuf.join(parts(now), version));
  }

  private List<SwaggerPart> parts(State now) {
    List<SwaggerPart> all = new ArrayList<>();
    all.add(builtIn);
    all.addAll(now.parts.values());
    return all;
  }

  /**
   * {@code /openapi/v3}: where the document of each group and version is. Addresses carry a hash of
   * the document, so that clients may keep it forever.
   */
  public Document v3Index() {
    State now = state;
    return keep(
        now,
        "v3",
        () -> {
          ObjectNode index = Json.MAPPER.createObjectNode();
          ObjectNode paths = index.putObject("paths");
          for (String place : places(now).keySet()) {
            paths
                .putObject(place)
                .put(
                    "serverRelativeURL",
                    "/openapi/v3/" + place + "?hash=" + v3(now, place).orElseThrow().hash());
          }
          return Json.bytes(index);
        });
  }

  /**
   * {@code /openapi/v3/PLACE}.
   *
   * @param place such as {@code api/v1} or {@code apis/apps/v1}
   */
  public Optional<Document> v3(String place) {
    return v3(state, place);
  }

  private Optional<Document> v3(State now, String place) {
    GroupVersionKind groupVersion = places(now).get(place);
    return groupVersion == null
        ? Optional.empty()
        : Optional.of(
            keep(
                now,
                "v3 " + place,
                () -> Json.bytes(v3(groupVersion, now.custom.getOrDefault(place, List.of())))));
  }

  private static Document keep(State now, String key, Supplier<byte[]> maker) {
    SoftReference<Document> kept = now.made.get(key);
    Document document = kept == null ? null : kept.get();
    if (document == null) {
      byte[] bytes = maker.get();
      document = new Document(bytes, hash(bytes));
      now.made.put(key, new SoftReference<>(document));
    }
    return document;
  }

  private ObjectNode v3(GroupVersionKind groupVersion, List<CustomType> custom) {
    Set<String> seeds = new TreeSet<>();
    for (GroupVersionKind kind : schemas.kinds()) {
      if (kind.group().equals(groupVersion.group())
          && kind.version().equals(groupVersion.version())) {
        schemas.byKind(kind).map(ObjectSchema::name).ifPresent(seeds::add);
      }
    }
    List<ApiOperation.Path> paths =
        new ArrayList<>(
            ApiPaths.builtIn(schemas)
                .of(resources.of(groupVersion.group(), groupVersion.version())));
    for (CustomType type : custom) {
      paths.addAll(ApiPaths.custom(schemas).of(type));
    }
    return OpenApiV3Document.make(schemas, paths, seeds, custom, version);
  }

  /** The places of all documents, each with its group and version. */
  private Map<String, GroupVersionKind> places(State now) {
    Map<String, GroupVersionKind> places = new TreeMap<>();
    for (BuiltinResources.Group group : resources.groups()) {
      for (String v : group.versions()) {
        places.put(
            group.name().isEmpty() ? "api/" + v : "apis/" + group.name() + "/" + v,
            new GroupVersionKind(group.name(), v, ""));
      }
    }
    for (Map.Entry<String, List<CustomType>> e : now.custom.entrySet()) {
      GroupVersionKind kind = e.getValue().get(0).type().gvk();
      places.putIfAbsent(e.getKey(), new GroupVersionKind(kind.group(), kind.version(), ""));
    }
    return places;
  }

  /**
   * A document of version 2 as protobuf.
   *
   * @param swagger as {@link #v2Json} has it
   */
  public static byte[] protobuf(ObjectNode swagger) {
    return SwaggerProtobuf.encode(swagger);
  }

  /** What documents are known by: upper-case hex of a SHA-512. */
  public static String hash(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(bytes);
      return HexFormat.of().formatHex(digest).toUpperCase(Locale.ROOT);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JVM has SHA-512", e);
    }
  }
}
