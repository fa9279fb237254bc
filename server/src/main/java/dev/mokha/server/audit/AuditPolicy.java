package dev.mokha.server.audit;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.pipeline.RequestTarget;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Which requests are kept, and how much of them: {@code Policy} of {@code audit.k8s.io/v1}. The
 * first rule that matches decides; what none matches is not kept.
 *
 * <pre>{@code
 * apiVersion: audit.k8s.io/v1
 * kind: Policy
 * rules:
 * - level: Metadata
 *   resources: [{group: "", resources: [secrets]}]
 * - level: None
 * }</pre>
 *
 * @param rules in their order
 */
public record AuditPolicy(List<Rule> rules) {
  private static final ObjectMapper YAML = new YAMLMapper();
  private static final String ALL = "*";
  private static final Choice NOTHING =
      new Choice(AuditLevel.NONE, EnumSet.allOf(AuditStage.class), false);

  /**
   * What a rule says of a request it matches.
   *
   * @param omitStages at which no event is written
   * @param omitManagedFields whether the objects are kept without their managed fields
   */
  public record Choice(AuditLevel level, Set<AuditStage> omitStages, boolean omitManagedFields) {}

  /** One rule; an empty list matches everything. */
  record Rule(
      Choice choice,
      Set<String> users,
      Set<String> groups,
      Set<String> verbs,
      List<Resources> resources,
      Set<String> namespaces,
      List<String> paths) {
    boolean matches(UserInfo user, String verb, RequestTarget target) {
      return (users.isEmpty() || users.contains(user.name()))
          && (groups.isEmpty() || isMember(user))
          && (verbs.isEmpty() || verbs.contains(verb))
          && matchesTarget(target);
    }

    private boolean isMember(UserInfo user) {
      for (String group : user.groups()) {
        if (groups.contains(group)) {
          return true;
        }
      }
      return false;
    }

    private boolean matchesTarget(RequestTarget target) {
      boolean ofResources = !resources.isEmpty() || !namespaces.isEmpty();
      if (!ofResources && paths.isEmpty()) {
        return true;
      }
      return target.resourceRequest()
          ? ofResources && matchesResource(target)
          : matchesPath(target.path());
    }

    private boolean matchesResource(RequestTarget target) {
      if (!namespaces.isEmpty() && !namespaces.contains(target.namespace())) {
        return false;
      }
      if (resources.isEmpty()) {
        return true;
      }
      for (Resources r : resources) {
        if (r.matches(target)) {
          return true;
        }
      }
      return false;
    }

    private boolean matchesPath(String path) {
      for (String p : paths) {
        boolean prefix = p.endsWith(ALL);
        if (prefix ? path.startsWith(p.substring(0, p.length() - 1)) : path.equals(p)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Resources of one group; an empty set of resources means all of them. */
  record Resources(String group, Set<String> resources, Set<String> names) {
    boolean matches(RequestTarget t) {
      if (!group.equals(t.group())) {
        return false;
      }
      if (resources.isEmpty()) {
        return true;
      }
      if (!names.isEmpty() && !names.contains(t.name())) {
        return false;
      }
      if (t.subresource().isEmpty()) {
        return resources.contains(ALL) || resources.contains(t.resource());
      }
      // As in KEP and reference: "pods" does not cover its subresources, "*" alone covers all.
      return resources.contains(ALL)
          || resources.contains(t.resource() + "/" + t.subresource())
          || resources.contains(t.resource() + "/*")
          || resources.contains("*/" + t.subresource());
    }
  }

  /** Copies the list. */
  public AuditPolicy {
    rules = List.copyOf(rules);
  }

  /**
   * What this server keeps when it is told nothing else: metadata of writes and of whoever looks at
   * Secrets, one event per request; not the steady noise of the system's own parts.
   */
  public static AuditPolicy standard() {
    try (InputStream in =
        requireNonNull(AuditPolicy.class.getResourceAsStream("standard-policy.yaml"))) {
      return parse(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a policy file.
   *
   * @throws IllegalArgumentException when it is no policy; says where and why
   */
  public static AuditPolicy read(Path file) throws IOException {
    try {
      return parse(Files.readAllBytes(file));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("audit policy " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads a policy from YAML or JSON.
   *
   * @throws IllegalArgumentException when it is no policy; says where and why
   */
  public static AuditPolicy parse(byte[] text) {
    JsonNode policy;
    try {
      policy = YAML.readTree(text);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not YAML: " + e.getOriginalMessage(), e);
    }
    String version = policy.path("apiVersion").asString("");
    if (!policy.path("kind").asString("").equals("Policy") || !version.equals("audit.k8s.io/v1")) {
      throw new IllegalArgumentException(
          "must have kind: Policy and apiVersion: audit.k8s.io/v1, not "
              + policy.path("kind").asString("none")
              + " and "
              + (version.isEmpty() ? "none" : version));
    }
    if (policy.path("rules").isEmpty()) {
      throw new IllegalArgumentException("must have at least one of rules");
    }
    Set<AuditStage> omitted = stages(policy.path("omitStages"), "omitStages");
    boolean unmanaged = policy.path("omitManagedFields").asBoolean(false);
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < policy.path("rules").size(); i++) {
      rules.add(rule(policy.path("rules").get(i), "rules[" + i + "]", omitted, unmanaged));
    }
    return new AuditPolicy(rules);
  }

  private static Rule rule(JsonNode rule, String at, Set<AuditStage> omitted, boolean unmanaged) {
    String level = rule.path("level").asString("");
    Set<AuditStage> stages = stages(rule.path("omitStages"), at + ".omitStages");
    stages.addAll(omitted);
    Choice choice =
        new Choice(
            AuditLevel.of(level)
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            at
                                + ".level must be None, Metadata, Request or RequestResponse, not"
                                + " \""
                                + level
                                + "\"")),
            stages,
            rule.path("omitManagedFields").asBoolean(unmanaged));
    List<Resources> resources = new ArrayList<>();
    for (int i = 0; i < rule.path("resources").size(); i++) {
      resources.add(resources(rule.path("resources").get(i), at + ".resources[" + i + "]"));
    }
    List<String> paths = List.copyOf(set(rule.path("nonResourceURLs")));
    Set<String> namespaces = set(rule.path("namespaces"));
    if (!paths.isEmpty() && !(resources.isEmpty() && namespaces.isEmpty())) {
      throw new IllegalArgumentException(
          at + ".nonResourceURLs can't stand beside resources or namespaces");
    }
    for (String path : paths) {
      int star = path.indexOf('*');
      boolean wellFormed = path.equals(ALL) || path.startsWith("/");
      if (!wellFormed || (star >= 0 && star != path.length() - 1)) {
        throw new IllegalArgumentException(
            at + ".nonResourceURLs: \"" + path + "\" must begin with / and have * only at its end");
      }
    }
    return new Rule(
        choice,
        set(rule.path("users")),
        set(rule.path("userGroups")),
        set(rule.path("verbs")),
        List.copyOf(resources),
        namespaces,
        paths);
  }

  private static Resources resources(JsonNode r, String at) {
    String group = r.path("group").asString("");
    Set<String> names = set(r.path("resourceNames"));
    Set<String> resources = set(r.path("resources"));
    if (group.contains("/")) {
      throw new IllegalArgumentException(
          at + ".group must be a group without its version, not " + group);
    }
    if (!names.isEmpty() && resources.isEmpty()) {
      throw new IllegalArgumentException(at + ".resourceNames needs resources beside it");
    }
    return new Resources(group, resources, names);
  }

  private static Set<AuditStage> stages(JsonNode array, String at) {
    Set<AuditStage> all = EnumSet.noneOf(AuditStage.class);
    for (JsonNode n : array) {
      all.add(
          AuditStage.of(n.asString(""))
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          at + ": there is no stage \"" + n.asString("") + "\"")));
    }
    return all;
  }

  private static Set<String> set(JsonNode array) {
    Set<String> all = new HashSet<>();
    array.forEach(n -> all.add(n.asString("")));
    return Set.copyOf(all);
  }

  /** What is to be kept of a request. */
  public Choice choose(UserInfo user, String verb, RequestTarget target) {
    for (Rule rule : rules) {
      if (rule.matches(user, verb, target)) {
        return rule.choice;
      }
    }
    return NOTHING;
  }
}
