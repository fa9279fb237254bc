package dev.mokha.server.authorization;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.authorization.RoleBindings.Grant;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Roles and bindings ({@code rbac.authorization.k8s.io}). */
public final class RbacAuthorizer implements Authorizer {
  private final ObjectReader objects;
  private volatile Cached cached = new Cached(new long[] {-1, -1, -1, -1}, null);

  private record Cached(long[] revisions, RoleBindings bindings) {}

  /** Reads the stored roles and bindings. */
  public RbacAuthorizer(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public Decision authorize(Attributes wish) {
    RoleBindings bindings = bindings();
    for (Grant grant : bindings.grants(wish.user(), wish.namespace())) {
      for (PolicyRule rule : grant.rules()) {
        if (rule.allows(wish)) {
          return Decision.allow(grant.because());
        }
      }
    }
    return Decision.NO_OPINION;
  }

  @Override
  public Rules rulesFor(UserInfo user, String namespace) {
    List<ResourceRule> resources = new ArrayList<>();
    List<PathRule> paths = new ArrayList<>();
    for (PolicyRule rule : policyRules(user, namespace)) {
      if (!rule.resources().isEmpty()) {
        resources.add(
            new ResourceRule(
                rule.verbs(), rule.apiGroups(), rule.resources(), rule.resourceNames()));
      }
      if (!rule.nonResourceUrls().isEmpty()) {
        paths.add(new PathRule(rule.verbs(), rule.nonResourceUrls()));
      }
    }
    return new Rules(resources, paths);
  }

  /** Everything the user is granted there. */
  List<PolicyRule> policyRules(UserInfo user, String namespace) {
    List<PolicyRule> rules = new ArrayList<>();
    for (Grant grant : bindings().grants(user, namespace)) {
      rules.addAll(grant.rules());
    }
    return rules;
  }

  /** A role's rules; null when there is no such role. */
  List<PolicyRule> roleRules(String namespace, String kind, String name) {
    return bindings().rules(namespace, kind, name);
  }

  private RoleBindings bindings() {
    Cached now = cached;
    long[] revisions = {
      objects.lastChange(RoleBindings.GROUP, "clusterroles"),
      objects.lastChange(RoleBindings.GROUP, "clusterrolebindings"),
      objects.lastChange(RoleBindings.GROUP, "roles"),
      objects.lastChange(RoleBindings.GROUP, "rolebindings")
    };
    if (now.bindings() == null || !Arrays.equals(now.revisions(), revisions)) {
      // The revisions were read first: what is read now is at least as new.
      now = new Cached(revisions, new RoleBindings(objects, now.bindings()));
      cached = now;
    }
    return now.bindings();
  }
}
