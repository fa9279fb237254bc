package dev.mokha.engineclient;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * How an image is built; each method gives one that differs in one thing.
 *
 * @param tags the names it gets
 * @param dockerfile the Dockerfile's path in the context
 * @param target the stage to end with; empty for the last
 * @param arguments build arguments
 * @param labels more labels
 * @param cacheFrom images whose layers may be taken
 * @param options anything else of the API's query, such as {@code networkmode}
 * @param registries credentials for images that the build starts from
 * @param hosts {@code name:address} for /etc/hosts of its commands
 */
public record Build(
    List<String> tags,
    String dockerfile,
    String target,
    Map<String, String> arguments,
    Map<String, String> labels,
    List<String> cacheFrom,
    Map<String, String> options,
    List<Credentials> registries,
    List<String> hosts) {
  /** Of the context's own Dockerfile. */
  public static final Build DEFAULT =
      new Build(
          List.of(),
          "Dockerfile",
          "",
          Map.of(),
          Map.of(),
          List.of(),
          Map.of(),
          List.of(),
          List.of());

  /** Copies the collections. */
  public Build {
    tags = List.copyOf(tags);
    arguments = Map.copyOf(arguments);
    labels = Map.copyOf(labels);
    cacheFrom = List.copyOf(cacheFrom);
    options = Map.copyOf(options);
    registries = List.copyOf(registries);
    hosts = List.copyOf(hosts);
  }

  /** With one more name. */
  public Build tag(String name) {
    return with(draft -> draft.tags = and(tags, name));
  }

  /** With another Dockerfile. */
  public Build dockerfile(String path) {
    return with(draft -> draft.dockerfile = path);
  }

  /** Up to a stage. */
  public Build target(String stage) {
    return with(draft -> draft.target = stage);
  }

  /** With one more argument. */
  public Build argument(String name, String value) {
    return with(draft -> draft.arguments = and(arguments, name, value));
  }

  /** With one more label. */
  public Build label(String name, String value) {
    return with(draft -> draft.labels = and(labels, name, value));
  }

  /** With one more image to take layers from. */
  public Build cacheFrom(String image) {
    return with(draft -> draft.cacheFrom = and(cacheFrom, image));
  }

  /** With one more option of the API's query. */
  public Build option(String name, String value) {
    return with(draft -> draft.options = and(options, name, value));
  }

  /** With credentials for one more registry. */
  public Build registry(Credentials credentials) {
    return with(draft -> draft.registries = and(registries, credentials));
  }

  /** With one more line of /etc/hosts, {@code name:address}. */
  public Build host(String line) {
    return with(draft -> draft.hosts = and(hosts, line));
  }

  private Build with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.build();
  }

  /** A build whose parts can be changed. */
  private static final class Draft {
    private List<String> tags;
    private String dockerfile;
    private String target;
    private Map<String, String> arguments;
    private Map<String, String> labels;
    private List<String> cacheFrom;
    private Map<String, String> options;
    private List<Credentials> registries;
    private List<String> hosts;

    Draft(Build build) {
      tags = build.tags;
      dockerfile = build.dockerfile;
      target = build.target;
      arguments = build.arguments;
      labels = build.labels;
      cacheFrom = build.cacheFrom;
      options = build.options;
      registries = build.registries;
      hosts = build.hosts;
    }

    Build build() {
      return new Build(
          tags, dockerfile, target, arguments, labels, cacheFrom, options, registries, hosts);
    }
  }

  private static <T> List<T> and(List<T> list, T more) {
    List<T> longer = new ArrayList<>(list);
    longer.add(more);
    return longer;
  }

  private static Map<String, String> and(Map<String, String> map, String key, String value) {
    Map<String, String> larger = new LinkedHashMap<>(map);
    larger.put(key, value);
    return larger;
  }

  Query query() {
    Query query = Query.NONE.with("dockerfile", dockerfile).with("target", target);
    for (String tag : tags) {
      query = query.with("t", tag);
    }
    if (!arguments.isEmpty()) {
      query = query.with("buildargs", Query.json(arguments));
    }
    if (!labels.isEmpty()) {
      query = query.with("labels", Query.json(labels));
    }
    if (!cacheFrom.isEmpty()) {
      query = query.with("cachefrom", Query.json(cacheFrom));
    }
    for (String host : hosts) {
      query = query.with("extrahosts", host);
    }
    for (Map.Entry<String, String> option : options.entrySet()) {
      query = query.with(option.getKey(), option.getValue());
    }
    return query;
  }

  /** As the header {@code X-Registry-Config} has it. */
  String registryConfig() {
    Map<String, Object> config = new LinkedHashMap<>();
    for (Credentials one : registries) {
      config.put(one.registry(), Map.of("username", one.user(), "password", one.password()));
    }
    return Base64.getUrlEncoder().encodeToString(Api.JSON.writeValueAsBytes(config));
  }
}
