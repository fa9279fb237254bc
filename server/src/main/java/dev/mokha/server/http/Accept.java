package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How an answer shall be written, from the {@code Accept} header.
 *
 * @param encoding JSON, YAML or protobuf
 * @param form the objects themselves, a table, or their metadata alone
 * @param version of the form: {@code v1}, or {@code v1beta1} for the first tables
 * @param pretty whether people will read it
 */
record Accept(Encoding encoding, Form form, String version, boolean pretty) {
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

  /** What is asked for, which decides what forms there are of it. */
  enum Use {
    /** One object. */
    ONE,
    LIST,
    WATCH,
    /** Something that has neither metadata nor columns. */
    PLAIN,
    DISCOVERY
  }

  static final Accept DEFAULT = new Accept(Encoding.JSON, Form.OBJECT, "v1", false);
  private static final int MOST_KEPT = 256;
  private static final Map<String, List<Range>> KEPT = new ConcurrentHashMap<>();

  /** A media type that can be served at all, and for what. */
  private record Range(Accept accept, String as, double quality) {
    boolean serves(Use use) {
      boolean protobuf = accept.encoding == Encoding.PROTOBUF;
      boolean yamlWatch = use == Use.WATCH && accept.encoding == Encoding.YAML;
      return !yamlWatch
          && switch (accept.form) {
            case OBJECT -> true;
            case TABLE -> !protobuf && use != Use.PLAIN && use != Use.DISCOVERY;
            case METADATA ->
                use == Use.WATCH
                    || use == Use.LIST && as.endsWith("List")
                    || use == Use.ONE && !as.endsWith("List");
            case DISCOVERY_V2, DISCOVERY_V2BETA1 -> use == Use.DISCOVERY && !protobuf;
          };
    }
  }

  /**
   * Reads the header; the first media type that can be served wins, as the order of clients has it.
   *
   * @throws StatusException {@code NotAcceptable}
   */
  static Accept of(String header, Use use) {
    return of(header, use, true);
  }

  /**
   * The same for what may have no protobuf form, as custom resources have none.
   *
   * @throws StatusException {@code NotAcceptable}
   */
  static Accept of(String header, Use use, boolean hasProtobuf) {
    if (header == null || header.isEmpty()) {
      return DEFAULT;
    }
    List<Range> ranges = KEPT.get(header);
    if (ranges == null) {
      ranges = parse(header);
      if (KEPT.size() < MOST_KEPT) {
        KEPT.put(header, ranges);
      }
    }
    for (Range r : ranges) {
      boolean can =
          hasProtobuf || r.accept.encoding != Encoding.PROTOBUF || r.accept.form != Form.OBJECT;
      if (can && r.serves(use)) {
        return r.accept;
      }
    }
    throw new StatusException(
        StatusReason.NOT_ACCEPTABLE,
        "only the following media types are accepted: application/json, application/yaml,"
            + " application/vnd.kubernetes.protobuf",
        StatusException.Details.NONE);
  }

  private static List<Range> parse(String header) {
    List<Range> ranges = new ArrayList<>();
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
      if (encoding != null && form != null) {
        boolean pretty = parameters.getOrDefault("pretty", "0").equals("1");
        String version = parameters.getOrDefault("v", "v1");
        ranges.add(
            new Range(
                new Accept(encoding, form, form == Form.OBJECT ? "v1" : version, pretty),
                parameters.getOrDefault("as", ""),
                quality(parameters.get("q"))));
      }
    }
    ranges.sort(Comparator.comparingDouble(Range::quality).reversed());
    return List.copyOf(ranges);
  }

  private static double quality(String text) {
    try {
      return text == null ? 1 : Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return 1;
    }
  }

  private static Form form(Map<String, String> parameters) {
    String as = parameters.get("as");
    if (as == null) {
      return Form.OBJECT;
    }
    String group = parameters.getOrDefault("g", "");
    String version = parameters.getOrDefault("v", "");
    boolean meta =
        group.equals("meta.k8s.io") && (version.equals("v1") || version.equals("v1beta1"));
    return switch (as) {
      case "Table" -> meta ? Form.TABLE : null;
      case "PartialObjectMetadata", "PartialObjectMetadataList" ->
          meta && version.equals("v1") ? Form.METADATA : null;
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

  /** The apiVersion of the form. */
  String metaApiVersion() {
    return "meta.k8s.io/" + version;
  }
}
