package dev.mokha.registry.storage;

import dev.mokha.api.object.Json;
import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.node.ObjectNode;

/**
 * A manifest or index as it was pushed, with what the registry must know of it (OCI image spec 1.1,
 * "Image Manifest" and "Image Index"; Docker's image manifest version 2, schema 2).
 *
 * @param bytes exactly what was pushed
 * @param mediaType what it is
 * @param blobs the configuration and layers it names
 * @param manifests the manifests it names
 * @param subject what it is about
 * @param artifactType what kind of artifact it is; empty for none
 * @param annotations an object, maybe empty
 */
public record ManifestDocument(
    byte[] bytes,
    String mediaType,
    List<Descriptor> blobs,
    List<Descriptor> manifests,
    Optional<Digest> subject,
    String artifactType,
    ObjectNode annotations) {
  /** Longest manifest that is taken, in bytes; the spec asks for no less. */
  public static final int MAX_BYTES = 4 << 20;

  /** OCI's image manifest. */
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /** OCI's image index. */
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";

  /** Docker's manifest, version 2, schema 2. */
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";

  /** Docker's list of manifests. */
  public static final String DOCKER_LIST =
      "application/vnd.docker.distribution.manifest.list.v2+json";

  /** All types that are taken. */
  public static final List<String> MEDIA_TYPES =
      List.of(OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST);

  private static final Set<String> INDEXES = Set.of(OCI_INDEX, DOCKER_LIST);
  private static final int MOST_DESCRIPTORS = 10_000;

  // Two members of one name are read differently by different programs; nobody writes them in
  // good faith.
  private static final ObjectReader READER =
      Json.MAPPER.reader().with(StreamReadFeature.STRICT_DUPLICATE_DETECTION);

  /**
   * Reads one.
   *
   * @param contentType what the client calls it; empty when it says nothing
   * @throws RegistryException when it is not a manifest that this registry takes
   */
  public static ManifestDocument parse(byte[] bytes, String contentType) {
    JsonNode tree;
    try {
      tree = READER.readTree(bytes);
    } catch (JacksonException e) {
      throw invalid("it is not valid JSON: " + e.getOriginalMessage());
    }
    if (!(tree instanceof ObjectNode root)) {
      throw invalid("it is not a JSON object");
    }
    String type = mediaType(root, essence(contentType));
    if (root.path("schemaVersion").asInt(2) != 2) {
      throw invalid("schemaVersion must be 2; push the image anew with a current tool");
    }
    List<Descriptor> blobs = new ArrayList<>();
    List<Descriptor> manifests = new ArrayList<>();
    if (INDEXES.contains(type)) {
      refuse(root, "layers", "config");
      collect(root.path("manifests"), "manifests", manifests);
    } else {
      refuse(root, "manifests");
      if (!root.path("config").isObject()) {
        throw invalid("it has no config");
      }
      blobs.add(descriptor(root.path("config"), "config"));
      collect(root.path("layers"), "layers", blobs);
    }
    JsonNode subject = root.path("subject");
    Optional<Digest> about =
        subject.isObject()
            ? Optional.of(descriptor(subject, "subject").digest())
            : Optional.empty();
    String artifactType = root.path("artifactType").asString("");
    if (artifactType.isEmpty() && !INDEXES.contains(type)) {
      artifactType = root.path("config").path("mediaType").asString("");
    }
    ObjectNode annotations =
        root.path("annotations") instanceof ObjectNode given
            ? given
            : Json.MAPPER.createObjectNode();
    return new ManifestDocument(
        bytes, type, List.copyOf(blobs), List.copyOf(manifests), about, artifactType, annotations);
  }

  /** A media type without its parameters. */
  public static String essence(String contentType) {
    int semicolon = contentType.indexOf(';');
    return (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
        .strip()
        .toLowerCase(Locale.ROOT);
  }

  private static String mediaType(ObjectNode root, String contentType) {
    String own = root.path("mediaType").asString("");
    boolean says = !contentType.isEmpty() && !contentType.equals("application/json");
    if (says && !own.isEmpty() && !own.equals(contentType)) {
      throw invalid("it says it is " + own + ", and was sent as " + contentType);
    }
    String type = says ? contentType : own;
    if (type.isEmpty()) {
      type = root.has("manifests") ? OCI_INDEX : OCI_MANIFEST;
    }
    if (!MEDIA_TYPES.contains(type)) {
      throw invalid(
          "this registry takes no manifests of type "
              + type
              + "; it takes OCI's manifests and indexes, and Docker's of schema 2");
    }
    return type;
  }

  /** A document that is both would be one thing to one program and another to the next. */
  private static void refuse(ObjectNode root, String... members) {
    for (String member : members) {
      if (root.has(member)) {
        throw invalid("it is both a manifest and an index: it has " + member);
      }
    }
  }

  private static void collect(JsonNode list, String member, List<Descriptor> to) {
    if (list.isMissingNode() || list.isNull()) {
      return;
    }
    if (!list.isArray()) {
      throw invalid(member + " is not a list");
    }
    if (list.size() > MOST_DESCRIPTORS) {
      throw invalid(member + " has more than " + MOST_DESCRIPTORS + " entries");
    }
    for (JsonNode entry : list) {
      to.add(descriptor(entry, member));
    }
  }

  private static Descriptor descriptor(JsonNode node, String member) {
    try {
      return Descriptor.read(node);
    } catch (RegistryException e) {
      throw invalid("in " + member + ", " + e.getMessage());
    }
  }

  private static RegistryException invalid(String why) {
    return new RegistryException(ErrorCode.MANIFEST_INVALID, "the manifest is refused: " + why);
  }

  /** Whether it is an index of manifests. */
  public boolean isIndex() {
    return INDEXES.contains(mediaType);
  }

  /** Its descriptor in a list of referrers (distribution spec, "Listing Referrers"). */
  ObjectNode descriptor(Digest digest) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("mediaType", mediaType).put("digest", digest.toString()).put("size", bytes.length);
    if (!artifactType.isEmpty()) {
      node.put("artifactType", artifactType);
    }
    if (!annotations.isEmpty()) {
      node.set("annotations", annotations);
    }
    return node;
  }
}
