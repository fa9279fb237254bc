package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How an answer shall be written, from the {@code Accept} header.
 *
 * @param encoding JSON, YAML or protobuf
 * @param form the objects themselves, a table, or their metadata alone
 * @param pretty whether people will read it
 */
record Accept(Encoding encoding, Form form, boolean pretty) {
  /** How bytes are made of trees. */
  enum Encoding {
    JSON("application/json"),
    YAML("application/yaml"),
    PROTOBUF("application/vnd.kubernetes.protobuf");

    final String mediaType;

    Encoding(String mediaType) {
      this.mediaType = mediaType;
    }
  }

  /** What is shown of an object. */
  enum Form {
    OBJECT,
    TABLE,
    METADATA,
    /** All groups and resources in one answer; discovery only. */
    DISCOVERY_V2,
    DISCOVERY_V2BETA1
  }

  /** True when the objects' kept bytes are the answer. */
  boolean isPlainJson() {
    return encoding == Encoding.JSON && form == Form.OBJECT && !pretty;
  }

  static final Accept DEFAULT = new Accept(Encoding.JSON, Form.OBJECT, false);
  private static final int MOST_KEPT = 256;
  private static final Map<String, Accept> KEPT = new ConcurrentHashMap<>();

  /**
   * Reads the header; the first media type that can be served wins, as the order of clients has it.
   *
   * @throws StatusException {@code NotAcceptable}
   */
  static Accept of(String header) {
    if (header == null || header.isEmpty()) {
      return DEFAULT;
    }
    Accept known = KEPT.get(header);
    if (known != null) {
      return known;
    }
    Accept read = parse(header);
    if (KEPT.size() < MOST_KEPT) {
      KEPT.put(header, read);
    }
    return read;
  }

  private static Accept parse(String header) {
    for (String range : header.split(",")) {
      String[] parts = range.trim().split(";");
      Map<String, String> parameters = new HashMap<>();
      for (int i = 1; i < parts.length; i++) {
        int equal = parts[i].indexOf('=');
        if (equal > 0) {
          parameters.put(parts[i].substring(0, equal).trim(), parts[i].substring(equal + 1).trim());
        }
      }
      Encoding encoding =
          switch (parts[0].trim().toLowerCase(Locale.ROOT)) {
            case "application/json", "*/*", "application/*" -> Encoding.JSON;
            case "application/yaml" -> Encoding.YAML;
            case "application/vnd.kubernetes.protobuf" -> Encoding.PROTOBUF;
            default -> null;
          };
      Form form = form(parameters);
      if (encoding != null
          && form != null
          && (encoding != Encoding.PROTOBUF || form == Form.OBJECT || form == Form.METADATA)) {
        return new Accept(encoding, form, parameters.getOrDefault("pretty", "0").equals("1"));
      }
    }
    throw new StatusException(
        StatusReason.NOT_ACCEPTABLE,
        "only the following media types are accepted: application/json, application/yaml,"
            + " application/vnd.kubernetes.protobuf",
        StatusException.Details.NONE);
  }

  private static Form form(Map<String, String> parameters) {
    String as = parameters.get("as");
    if (as == null) {
      return Form.OBJECT;
    }
    String group = parameters.getOrDefault("g", "");
    String version = parameters.getOrDefault("v", "");
    return switch (as) {
      case "Table" -> group.equals("meta.k8s.io") && version.equals("v1") ? Form.TABLE : null;
      case "PartialObjectMetadata", "PartialObjectMetadataList" ->
          group.equals("meta.k8s.io") && version.equals("v1") ? Form.METADATA : null;
      case "APIGroupDiscoveryList" ->
          !group.equals("apidiscovery.k8s.io")
              ? null
              : switch (version) {
                case "v2" -> Form.DISCOVERY_V2;
                case "v2beta1" -> Form.DISCOVERY_V2BETA1;
                default -> null;
              };
      default -> null;
    };
  }
}
