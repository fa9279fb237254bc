package dev.mokha.server.authorization;

import dev.mokha.server.authentication.UserInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides whether someone may do something. What no authorizer allows is forbidden.
 *
 * <p>It runs on an event loop for every request, so it must not block: what it looks up, it looks
 * up in memory ({@link dev.mokha.server.storage.ObjectReader}).
 */
public interface Authorizer {
  /** The decision. */
  Decision authorize(Attributes wish);

  /**
   * What the user may do in a namespace, for {@code SelfSubjectRulesReview}.
   *
   * @return empty lists when this authorizer can't enumerate
   */
  default Rules rulesFor(UserInfo user, String namespace) {
    return Rules.NONE;
  }

  /**
   * Rules in the form of {@code rbac.authorization.k8s.io} PolicyRule.
   *
   * @param resourceRules what may be done to resources
   * @param pathRules what may be done to other paths
   */
  record Rules(List<ResourceRule> resourceRules, List<PathRule> pathRules) {
    /** No rules. */
    public static final Rules NONE = new Rules(List.of(), List.of());

    /** Copies the lists. */
    public Rules {
      resourceRules = List.copyOf(resourceRules);
      pathRules = List.copyOf(pathRules);
    }
  }

  /** One rule on resources; {@code *} stands for all. */
  record ResourceRule(
      List<String> verbs,
      List<String> apiGroups,
      List<String> resources,
      List<String> resourceNames) {}

  /** One rule on other paths. */
  record PathRule(List<String> verbs, List<String> nonResourceUrls) {}

  /** Asks one after the other; the first that allows or denies wins. */
  static Authorizer firstOf(List<Authorizer> authorizers) {
    List<Authorizer> all = List.copyOf(authorizers);
    return new Authorizer() {
      @Override
      public Decision authorize(Attributes wish) {
        List<String> reasons = new ArrayList<>();
        for (Authorizer a : all) {
          Decision d = a.authorize(wish);
          if (d.outcome() != Decision.Outcome.NO_OPINION) {
            return d;
          }
          if (!d.reason().isEmpty()) {
            reasons.add(d.reason());
          }
        }
        return Decision.noOpinion(String.join(", ", reasons));
      }

      @Override
      public Rules rulesFor(UserInfo user, String namespace) {
        List<ResourceRule> resources = new ArrayList<>();
        List<PathRule> paths = new ArrayList<>();
        for (Authorizer a : all) {
          Rules rules = a.rulesFor(user, namespace);
          resources.addAll(rules.resourceRules());
          paths.addAll(rules.pathRules());
        }
        return new Rules(resources, paths);
      }
    };
  }
}
