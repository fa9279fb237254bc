package dev.mokha.server.authorization;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.authorization.PodReferences.Reference;
import dev.mokha.server.storage.ObjectReader;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a kubelet may do ("Using Node Authorization"): read what the pods bound to its node refer
 * to, write its own node, lease and pods, and some things that every node may. A user is a node
 * when he is called {@code system:node:NAME} and belongs to {@code system:nodes}. Which fields it
 * may write is the NodeRestriction plug-in's matter.
 */
public final class NodeAuthorizer implements Authorizer {
  private static final String PREFIX = "system:node:";
  private static final String GROUP = "system:nodes";
  private static final Set<String> READ = Set.of("get", "list", "watch");

  private final ObjectReader objects;
  private final PodReferences references;
  private final List<PolicyRule> rules;

  /**
   * An authorizer.
   *
   * @param rules what every node may, before what is said of single resources
   */
  public NodeAuthorizer(ObjectReader objects, List<PolicyRule> rules) {
    this.objects = requireNonNull(objects);
    this.references = new PodReferences(objects);
    this.rules = List.copyOf(rules);
  }

  /** The node a user is, if he is one. */
  public static Optional<String> node(UserInfo user) {
    return user.name().startsWith(PREFIX) && user.in(GROUP)
        ? Optional.of(user.name().substring(PREFIX.length()))
        : Optional.empty();
  }

  @Override
  public Decision authorize(Attributes wish) {
    Optional<String> node = node(wish.user());
    if (node.isEmpty() || node.get().isEmpty()) {
      return Decision.NO_OPINION;
    }
    if (wish.resourceRequest()) {
      switch (wish.group()) {
        case "" -> {
          Decision decision = core(node.get(), wish);
          if (decision != null) {
            return decision;
          }
        }
        case "coordination.k8s.io" -> {
          if (wish.resource().equals("leases")) {
            return lease(node.get(), wish);
          }
        }
        case "storage.k8s.io" -> {
          if (wish.resource().equals("csinodes")) {
            return own(node.get(), wish, Set.of("get", "create", "update", "patch", "delete"));
          }
          if (wish.resource().equals("volumeattachments")) {
            return attachment(node.get(), wish);
          }
        }
        case "resource.k8s.io" -> {
          if (wish.resource().equals("resourceslices")) {
            return slice(node.get(), wish);
          }
          if (wish.resource().equals("resourceclaims")) {
            return Decision.noOpinion("no relationship found between node and this object");
          }
        }
        default -> {}
      }
    }
    return byRules(wish);
  }

  private Decision core(String node, Attributes wish) {
    return switch (wish.resource()) {
      case "secrets", "configmaps" -> referenced(node, wish, READ);
      case "persistentvolumeclaims" ->
          wish.subresource().equals("status")
              ? referenced(node, wish, Set.of("get", "patch", "update"))
              : referenced(node, wish, Set.of("get"));
      case "persistentvolumes" ->
          wish.verb().equals("get") && references.usesVolume(node, wish.name())
              ? Decision.allow("")
              : unrelated(node);
      case "serviceaccounts" -> {
        if (wish.subresource().equals("token")) {
          yield referencedAnyVerb(node, wish, "create");
        }
        yield wish.subresource().isEmpty() ? referenced(node, wish, Set.of("get")) : null;
      }
      case "pods" -> pods(node, wish);
      case "nodes" -> nodes(node, wish);
      default -> null;
    };
  }

  private Decision referenced(String node, Attributes wish, Set<String> verbs) {
    if (!verbs.contains(wish.verb())) {
      return Decision.noOpinion("can only read resources of this type");
    }
    boolean claimStatus = wish.subresource().equals("status");
    if (!wish.subresource().isEmpty() && !claimStatus) {
      return Decision.noOpinion("cannot read subresource");
    }
    return related(node, wish);
  }

  private Decision referencedAnyVerb(String node, Attributes wish, String verb) {
    return wish.verb().equals(verb)
        ? related(node, wish)
        : Decision.noOpinion("can only " + verb + " tokens for service accounts");
  }

  private Decision related(String node, Attributes wish) {
    String name = wish.name().isEmpty() ? selected(wish, "metadata.name") : wish.name();
    if (name.isEmpty() || wish.namespace().isEmpty()) {
      return Decision.noOpinion("No Object name found,");
    }
    return references.uses(node, new Reference(wish.resource(), wish.namespace(), name))
        ? Decision.allow("")
        : unrelated(node);
  }

  private static Decision unrelated(String node) {
    return Decision.noOpinion(
        "no relationship found between node '%s' and this object".formatted(node));
  }

  private Decision pods(String node, Attributes wish) {
    if (!wish.subresource().isEmpty()) {
      return null;
    }
    return switch (wish.verb()) {
      case "get" -> isBoundTo(node, wish) ? Decision.allow("") : unrelated(node);
      case "list", "watch" ->
          node.equals(selected(wish, "spec.nodeName")) || isBoundTo(node, wish)
              ? Decision.allow("")
              : Decision.noOpinion("can only list/watch pods with spec.nodeName field selector");
      default -> null;
    };
  }

  private boolean isBoundTo(String node, Attributes wish) {
    String name = wish.name().isEmpty() ? selected(wish, "metadata.name") : wish.name();
    return !name.isEmpty()
        && objects
            .find("", "pods", wish.namespace(), name)
            .filter(p -> node.equals(p.toTree().path("spec").path("nodeName").asString("")))
            .isPresent();
  }

  private Decision nodes(String node, Attributes wish) {
    boolean itself = node.equals(wish.name()) || node.equals(selected(wish, "metadata.name"));
    return switch (wish.verb()) {
      case "get", "list", "watch", "update", "patch" -> {
        if (!wish.subresource().isEmpty() && !wish.subresource().equals("status")) {
          yield null;
        }
        yield itself
            ? Decision.allow("")
            : Decision.noOpinion(
                wish.verb().equals("get")
                        || wish.verb().equals("list")
                        || wish.verb().equals("watch")
                    ? "node '%s' cannot read %s, only its own Node object"
                        .formatted(
                            node, wish.name().isEmpty() ? "all nodes" : "'" + wish.name() + "'")
                    : "node '%s' cannot update other nodes".formatted(node));
      }
      // A node's name stands in the object; NodeRestriction compares it.
      case "create" -> wish.subresource().isEmpty() ? Decision.allow("") : null;
      default -> null;
    };
  }

  private Decision lease(String node, Attributes wish) {
    if (!wish.namespace().equals("kube-node-lease")) {
      return Decision.noOpinion(
          "can only access leases in the \"kube-node-lease\" system namespace");
    }
    return own(node, wish, Set.of("get", "create", "update", "patch", "delete"));
  }

  private static Decision own(String node, Attributes wish, Set<String> verbs) {
    if (!verbs.contains(wish.verb()) || !wish.subresource().isEmpty()) {
      return Decision.noOpinion("cannot " + wish.verb() + " objects of this type");
    }
    boolean itself = wish.verb().equals("create") || node.equals(wish.name());
    return itself
        ? Decision.allow("")
        : Decision.noOpinion("can only access " + wish.resource() + " with the same name");
  }

  private Decision attachment(String node, Attributes wish) {
    if (!wish.verb().equals("get") || !wish.subresource().isEmpty()) {
      return Decision.noOpinion("can only get individual resources of this type");
    }
    return isOf(node, wish) ? Decision.allow("") : unrelated(node);
  }

  /** What a node's drivers offer; which node an object names, NodeRestriction compares. */
  private Decision slice(String node, Attributes wish) {
    if (!wish.subresource().isEmpty()) {
      return Decision.noOpinion("cannot authorize ResourceSlice subresources");
    }
    return switch (wish.verb()) {
      case "create" -> Decision.allow("");
      case "get", "update", "patch", "delete" ->
          isOf(node, wish) ? Decision.allow("") : unrelated(node);
      case "list", "watch", "deletecollection" ->
          node.equals(selected(wish, "spec.nodeName"))
              ? Decision.allow("")
              : Decision.noOpinion(
                  "can only list/watch/deletecollection resourceslices with nodeName field"
                      + " selector");
      default -> Decision.noOpinion("only the usual verbs are allowed for a ResourceSlice");
    };
  }

  private boolean isOf(String node, Attributes wish) {
    return objects
        .find(wish.group(), wish.resource(), "", wish.name())
        .filter(o -> node.equals(o.toTree().path("spec").path("nodeName").asString("")))
        .isPresent();
  }

  /** The value a field selector demands of a field; empty when it demands none. */
  private static String selected(Attributes wish, String field) {
    if (wish.fieldSelector() == null || wish.fieldSelector().isEmpty()) {
      return "";
    }
    Matcher found =
        Pattern.compile("(?:^|,)\\s*" + Pattern.quote(field) + "\\s*==?\\s*([^,=]+?)\\s*(?:,|$)")
            .matcher(wish.fieldSelector());
    return found.find() ? found.group(1) : "";
  }

  private Decision byRules(Attributes wish) {
    for (PolicyRule rule : rules) {
      if (rule.allows(wish)) {
        return Decision.allow("");
      }
    }
    return Decision.NO_OPINION;
  }
}
