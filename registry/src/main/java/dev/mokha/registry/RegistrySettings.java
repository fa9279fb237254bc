package dev.mokha.registry;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.http.TagRules;
import dev.mokha.registry.mirror.MirrorConfig;
import dev.mokha.registry.storage.RepositoryName;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What an administrator may choose, as in a file:
 *
 * <pre>
 * anonymousPull: false
 * immutableTags:
 *   - repositories: prod/**
 *     tags: v*
 * mirrors:
 *   docker.io:
 *     - url: https://mirror.example
 *       username: reader
 *       passwordFile: /etc/mokha/mirror-password
 * cache:
 *   size: 20Gi
 *   age: 720h
 *   fresh: 10s
 * collect: 24h
 * </pre>
 *
 * @param anonymousPull whether strangers may pull what belongs to no namespace
 * @param immutableTags which tags stay as they are
 * @param mirror what is mirrored
 * @param collect how often garbage is collected; zero for never
 */
public record RegistrySettings(
    boolean anonymousPull,
    List<TagRules.Immutable> immutableTags,
    MirrorConfig mirror,
    Duration collect) {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(Ki|Mi|Gi|Ti)?");
  private static final Pattern TIME = Pattern.compile("(\\d{1,9})(s|m|h|d)");

  /** What holds when nothing is chosen. */
  public static final RegistrySettings DEFAULT =
      new RegistrySettings(false, List.of(), MirrorConfig.DEFAULT, Duration.ofDays(1));

  /** Copies the list. */
  public RegistrySettings {
    immutableTags = List.copyOf(immutableTags);
    requireNonNull(mirror, "mirror");
    requireNonNull(collect, "collect");
  }

  /**
   * Reads a file's tree.
   *
   * @throws IllegalArgumentException with one sentence that names what is wrong
   */
  public static RegistrySettings read(JsonNode tree) {
    if (tree == null || tree.isNull() || tree.isMissingNode()) {
      return DEFAULT;
    }
    known(tree, "", "anonymousPull", "immutableTags", "mirrors", "cache", "collect");
    List<TagRules.Immutable> rules = new ArrayList<>();
    for (JsonNode rule : tree.path("immutableTags")) {
      known(rule, "immutableTags.", "repositories", "tags");
      rules.add(
          new TagRules.Immutable(
              rule.path("repositories").asString("**"), rule.path("tags").asString("*")));
    }
    Map<String, List<MirrorConfig.Source>> hosts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> host : tree.path("mirrors").properties()) {
      List<MirrorConfig.Source> sources = new ArrayList<>();
      for (JsonNode source : host.getValue()) {
        sources.add(source(source));
      }
      hosts.put(host(host.getKey()), sources);
    }
    JsonNode cache = tree.path("cache");
    known(cache, "cache.", "size", "age", "fresh");
    MirrorConfig otherwise = MirrorConfig.DEFAULT;
    return new RegistrySettings(
        tree.path("anonymousPull").asBoolean(false),
        rules,
        new MirrorConfig(
            hosts,
            cache.has("size") ? bytes(cache.path("size").asString()) : otherwise.maxBytes(),
            cache.has("age") ? time(cache.path("age").asString()) : otherwise.maxAge(),
            cache.has("fresh") ? time(cache.path("fresh").asString()) : otherwise.fresh(),
            otherwise.patience()),
        tree.has("collect") ? time(tree.path("collect").asString()) : DEFAULT.collect());
  }

  /** A misspelt word would silently be no rule at all. */
  private static void known(JsonNode node, String where, String... words) {
    if (node.isMissingNode()) {
      return;
    }
    if (!node.isObject()) {
      throw new IllegalArgumentException(
          where.isEmpty() ? "the file is not a map" : where + " is not a map");
    }
    Set<String> all = Set.of(words);
    node.properties()
        .forEach(
            e -> {
              if (!all.contains(e.getKey())) {
                throw new IllegalArgumentException(
                    "there is no setting "
                        + where
                        + e.getKey()
                        + "; there are "
                        + String.join(", ", words));
              }
            });
  }

  private static String host(String text) {
    if (!text.equals("*") && !RepositoryName.isHost(text)) {
      throw new IllegalArgumentException("mirrors: " + text + " is not a registry's host");
    }
    return text;
  }

  private static MirrorConfig.Source source(JsonNode node) {
    if (node.isString()) {
      return new MirrorConfig.Source(address(node.asString()), Optional.empty());
    }
    known(node, "mirrors.", "url", "username", "password", "passwordFile");
    Optional<MirrorConfig.Login> login = Optional.empty();
    String user = node.path("username").asString("");
    if (!user.isEmpty()) {
      String password = node.path("password").asString("");
      String file = node.path("passwordFile").asString("");
      if (!file.isEmpty()) {
        try {
          password = Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
          throw new IllegalArgumentException(
              "mirrors: the password file " + file + " can't be read: " + e.getMessage(), e);
        }
      }
      login = Optional.of(new MirrorConfig.Login(user, password));
    }
    return new MirrorConfig.Source(address(node.path("url").asString("")), login);
  }

  /**
   * The address of an upstream, as {@code --registry-mirror} has it too: a host, or a URL. What is
   * on this machine is spoken to in plain HTTP unless the URL says otherwise.
   */
  public static URI address(String text) {
    String bare = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    try {
      if (bare.startsWith("http://") || bare.startsWith("https://")) {
        URI uri = URI.create(bare);
        if (uri.getHost() != null) {
          return uri;
        }
      } else if (RepositoryName.isHost(bare)) {
        boolean here = bare.startsWith("127.") || bare.matches("localhost(:\\d+)?");
        return URI.create((here ? "http://" : "https://") + bare);
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new IllegalArgumentException("mirrors: \"" + text + "\" is not a registry's address");
  }

  private static long bytes(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("cache.size must be like 20Gi, not " + text);
    }
    int shift =
        switch (matcher.group(2) == null ? "" : matcher.group(2)) {
          case "Ki" -> 10;
          case "Mi" -> 20;
          case "Gi" -> 30;
          case "Ti" -> 40;
          default -> 0;
        };
    return Long.parseLong(matcher.group(1)) << shift;
  }

  private static Duration time(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    Matcher matcher = TIME.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("a time must be like 10s, 5m, 24h or 30d, not " + text);
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
