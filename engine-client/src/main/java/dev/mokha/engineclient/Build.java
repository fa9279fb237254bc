package dev.mokha.engineclient;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    return new Build(
        and(tags, name),
        dockerfile,
        target,
        arguments,
        labels,
        cacheFrom,
        options,
        registries,
        hosts);
  }

  /** With another Dockerfile. */
  public Build dockerfile(String path) {
    return new Build(tags, path, target, arguments, labels, cacheFrom, options, registries, hosts);
  }

  /** Up to a stage. */
  public Build target(String stage) {
    return new Build(
        tags, dockerfile, stage, arguments, labels, cacheFrom, options, registries, hosts);
  }

  /** With one more argument. */
  public Build argument(String name, String value) {
    return new Build(
        tags,
        dockerfile,
        target,
        and(arguments, name, value),
        labels,
        cacheFrom,
        options,
        registries,
        hosts);
  }

  /** With one more label. */
  public Build label(String name, String value) {
    return new Build(
        tags,
        dockerfile,
        target,
        arguments,
        and(labels, name, value),
        cacheFrom,
        options,
        registries,
        hosts);
  }

  /** With one more image to take layers from. */
  public Build cacheFrom(String image) {
    return new Build(
        tags,
        dockerfile,
        target,
        arguments,
        labels,
        and(cacheFrom, image),
        options,
        registries,
        hosts);
  }

  /** With one more option of the API's query. */
  public Build option(String name, String value) {
    return new Build(
        tags,
        dockerfile,
        target,
        arguments,
        labels,
        cacheFrom,
        and(options, name, value),
        registries,
        hosts);
  }

  /** With credentials for one more registry. */
  public Build registry(Credentials credentials) {
    return new Build(
        tags,
        dockerfile,
        target,
        arguments,
        labels,
        cacheFrom,
        options,
        and(registries, credentials),
        hosts);
  }

  /** With one more line of /etc/hosts, {@code name:address}. */
  public Build host(String line) {
    return new Build(
        tags,
        dockerfile,
        target,
        arguments,
        labels,
        cacheFrom,
        options,
        registries,
        and(hosts, line));
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
