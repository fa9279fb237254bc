package dev.mokha.engine.content;

import dev.mokha.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A manifest of one image, or an index of several. */
public sealed interface Manifest {
  /** Longest manifest that is read, in bytes; registries allow 4 MiB. */
  int MAX_BYTES = 4 << 20;

  /** Most layers of an image; overlayfs takes up to 500. */
  int MAX_LAYERS = 500;

  /**
   * One image.
   *
   * @param mediaType OCI's or Docker's
   * @param config its configuration
   * @param layers lowest first
   */
  record Single(String mediaType, Descriptor config, List<Descriptor> layers) implements Manifest {}

  /**
   * Several images.
   *
   * @param mediaType OCI's or Docker's
   * @param manifests what is in it
   */
  record Index(String mediaType, List<Descriptor> manifests) implements Manifest {
    /** The image for this machine. */
    public Optional<Descriptor> forThisMachine() {
      return select("");
    }

    /**
     * The image for a platform.
     *
     * @param platform {@code os/architecture[/variant]}, or one of the first two; empty for this
     *     machine's
     */
    public Optional<Descriptor> select(String platform) {
      Platform wanted = Platform.parse(platform);
      List<Descriptor> fitting =
          manifests.stream()
              .filter(d -> d.os().equals(wanted.os()) || d.os().isEmpty())
              .filter(
                  d -> d.architecture().equals(wanted.architecture()) || d.architecture().isEmpty())
              .toList();
      List<Descriptor> exact = fitting.stream().filter(d -> !d.architecture().isEmpty()).toList();
      if (!wanted.variant().isEmpty()) {
        return exact.stream()
            .filter(d -> wanted.variant().equals(Platform.variant(d.architecture(), d.variant())))
            .findFirst();
      }
      // An exact match wins over one that does not say its platform; for arm64, v8 is the default.
      return Stream.of(
              exact.stream()
                  .filter(d -> d.variant().isEmpty() || d.variant().equals("v8"))
                  .findFirst(),
              exact.stream().findFirst(),
              fitting.stream().findFirst())
          .flatMap(Optional::stream)
          .findFirst();
    }
  }

  /** This machine's architecture in Go's names, which images use. */
  static String architecture() {
    String name = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return switch (name) {
      case "x86_64", "amd64" -> "amd64";
      case "aarch64", "arm64" -> "arm64";
      default -> name;
    };
  }

  /**
   * Reads one.
   *
   * @param mediaType what the registry called it; empty when nobody did
   */
  static Manifest parse(byte[] bytes, String mediaType) {
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(bytes);
    } catch (JacksonException e) {
      throw new EngineException(
          EngineException.Code.CORRUPT, "An image manifest is not valid JSON", e);
    }
    if (root == null || !root.isObject()) {
      throw new EngineException(
          EngineException.Code.CORRUPT, "An image manifest is not a JSON object");
    }
    if (root.path("schemaVersion").asInt(0) == 1) {
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "The image has a manifest of schema 1, which no one makes since 2017; push it anew with"
              + " a current tool");
    }
    String type = root.path("mediaType").asString(mediaType);
    if (root.path("manifests").isArray()) {
      List<Descriptor> manifests = new ArrayList<>();
      root.path("manifests").forEach(node -> manifests.add(Descriptor.read(node)));
      return new Index(type.isEmpty() ? MediaTypes.OCI_INDEX : type, List.copyOf(manifests));
    }
    if (!root.path("config").isObject() || !root.path("layers").isArray()) {
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "An image manifest has neither layers and config nor other manifests");
    }
    List<Descriptor> layers = new ArrayList<>();
    root.path("layers").forEach(node -> layers.add(Descriptor.read(node)));
    if (layers.size() > MAX_LAYERS) {
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "The image has " + layers.size() + " layers; at most " + MAX_LAYERS + " can be mounted");
    }
    return new Single(
        type.isEmpty() ? MediaTypes.OCI_MANIFEST : type,
        Descriptor.read(root.path("config")),
        List.copyOf(layers));
  }

  /** An OCI manifest, with the fields in a fixed order. */
  static byte[] write(Digest config, long configSize, List<Descriptor> layers) {
    ObjectNode manifest = JsonMapper.shared().createObjectNode();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", MediaTypes.OCI_MANIFEST);
    manifest.set("config", Descriptor.of(MediaTypes.OCI_CONFIG, config, configSize).toJson());
    ArrayNode all = manifest.putArray("layers");
    layers.forEach(
        layer -> all.add(Descriptor.of(layer.mediaType(), layer.digest(), layer.size()).toJson()));
    return JsonMapper.shared().writeValueAsBytes(manifest);
  }
}
