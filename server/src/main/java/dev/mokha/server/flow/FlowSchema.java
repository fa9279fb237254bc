package dev.mokha.server.flow;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.pipeline.RequestTarget;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * A FlowSchema, compiled: whom and what it matches, and what tells its flows apart.
 *
 * @param name of the object
 * @param uid of the object; empty for one the server imagines because it must exist
 * @param levelName the priority level of its requests
 * @param precedence the lowest that matches wins; equal ones go by name
 * @param flows what tells flows apart
 * @param rules any of which must match
 * @param figures where its requests are counted
 */
record FlowSchema(
    String name,
    String uid,
    String levelName,
    int precedence,
    Flows flows,
    List<Rule> rules,
    FlowFigures figures) {
  private static final String ALL = "*";
  private static final int DEFAULT_PRECEDENCE = 1000;
  private static final String SERVICE_ACCOUNT = "system:serviceaccount:";

  /** What tells the flows of one schema apart. */
  enum Flows {
    ONE,
    BY_USER,
    BY_NAMESPACE
  }

  /** Subjects, any of which may do any of these. */
  record Rule(List<Subject> subjects, List<Resources> resources, List<Paths> paths) {}

  /** One subject. */
  sealed interface Subject {
    boolean is(UserInfo user);
  }

  private record User(String name) implements Subject {
    @Override
    public boolean is(UserInfo user) {
      return name.equals(ALL) || name.equals(user.name());
    }
  }

  private record Group(String name) implements Subject {
    @Override
    public boolean is(UserInfo user) {
      return name.equals(ALL) || user.in(name);
    }
  }

  private record ServiceAccount(String prefix, String name) implements Subject {
    @Override
    public boolean is(UserInfo user) {
      return name.equals(ALL)
          ? user.name().startsWith(prefix)
          : user.name().length() == prefix.length() + name.length()
              && user.name().startsWith(prefix)
              && user.name().endsWith(name);
    }
  }

  private record Resources(
      Set<String> verbs,
      Set<String> groups,
      Set<String> resources,
      boolean clusterScope,
      Set<String> namespaces) {
    boolean match(String verb, RequestTarget target) {
      return has(verbs, verb)
          && has(groups, target.group())
          && hasResource(target)
          && (target.namespace().isEmpty() ? clusterScope : has(namespaces, target.namespace()));
    }

    private boolean hasResource(RequestTarget t) {
      return resources.contains(ALL)
          || resources.contains(
              t.subresource().isEmpty() ? t.resource() : t.resource() + "/" + t.subresource());
    }
  }

  private record Paths(Set<String> verbs, List<String> paths) {
    boolean match(String verb, String path) {
      if (!has(verbs, verb)) {
        return false;
      }
      for (String p : paths) {
        boolean prefix = p.endsWith(ALL);
        if (prefix ? path.startsWith(p.substring(0, p.length() - 1)) : path.equals(p)) {
          return true;
        }
      }
      return false;
    }
  }

  FlowSchema {
    requireNonNull(name, "name");
    requireNonNull(uid, "uid");
    requireNonNull(levelName, "levelName");
    rules = List.copyOf(rules);
  }

  private static boolean has(Set<String> all, String one) {
    return all.contains(ALL) || all.contains(one);
  }

  /** Reads an object of flowcontrol.apiserver.k8s.io/v1. */
  static FlowSchema of(JsonNode object, FlowFigures figures) {
    JsonNode spec = object.path("spec");
    List<Rule> rules = new ArrayList<>();
    for (JsonNode rule : spec.path("rules")) {
      rules.add(
          new Rule(
              subjects(rule.path("subjects")),
              resources(rule.path("resourceRules")),
              paths(rule.path("nonResourceRules"))));
    }
    return new FlowSchema(
        object.path("metadata").path("name").asString(""),
        object.path("metadata").path("uid").asString(""),
        levelName(object),
        spec.path("matchingPrecedence").asInt(DEFAULT_PRECEDENCE),
        switch (spec.path("distinguisherMethod").path("type").asString("")) {
          case "ByUser" -> Flows.BY_USER;
          case "ByNamespace" -> Flows.BY_NAMESPACE;
          default -> Flows.ONE;
        },
        rules,
        figures);
  }

  /** The level that a FlowSchema object names. */
  static String levelName(JsonNode object) {
    return object.path("spec").path("priorityLevelConfiguration").path("name").asString("");
  }

  private static List<Subject> subjects(JsonNode array) {
    List<Subject> all = new ArrayList<>();
    for (JsonNode s : array) {
      switch (s.path("kind").asString("")) {
        case "User" -> all.add(new User(s.path("user").path("name").asString("")));
        case "Group" -> all.add(new Group(s.path("group").path("name").asString("")));
        case "ServiceAccount" -> {
          JsonNode account = s.path("serviceAccount");
          String namespace = account.path("namespace").asString("");
          all.add(
              new ServiceAccount(
                  SERVICE_ACCOUNT + namespace + ":", account.path("name").asString("")));
        }
        default -> {
          // Validation lets no other pass; a newer version's kind matches nobody here.
        }
      }
    }
    return all;
  }

  private static List<Resources> resources(JsonNode array) {
    List<Resources> all = new ArrayList<>();
    for (JsonNode r : array) {
      all.add(
          new Resources(
              set(r.path("verbs")),
              set(r.path("apiGroups")),
              set(r.path("resources")),
              r.path("clusterScope").asBoolean(false),
              set(r.path("namespaces"))));
    }
    return all;
  }

  private static List<Paths> paths(JsonNode array) {
    List<Paths> all = new ArrayList<>();
    for (JsonNode r : array) {
      all.add(new Paths(set(r.path("verbs")), List.copyOf(set(r.path("nonResourceURLs")))));
    }
    return all;
  }

  private static Set<String> set(JsonNode array) {
    Set<String> all = new HashSet<>();
    array.forEach(n -> all.add(n.asString("")));
    return Set.copyOf(all);
  }

  boolean matches(UserInfo user, String verb, RequestTarget target) {
    for (Rule rule : rules) {
      if (isSubject(rule, user) && matches(rule, verb, target)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSubject(Rule rule, UserInfo user) {
    for (Subject s : rule.subjects) {
      if (s.is(user)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(Rule rule, String verb, RequestTarget target) {
    if (target.resourceRequest()) {
      for (Resources r : rule.resources) {
        if (r.match(verb, target)) {
          return true;
        }
      }
      return false;
    }
    for (Paths p : rule.paths) {
      if (p.match(verb, target.path())) {
        return true;
      }
    }
    return false;
  }

  String distinguisher(UserInfo user, RequestTarget target) {
    return switch (flows) {
      case ONE -> "";
      case BY_USER -> user.name();
      case BY_NAMESPACE -> target.namespace();
    };
  }
}
