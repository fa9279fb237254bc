package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.authorization.Attributes;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.authorization.Decision;
import dev.mokha.server.storage.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Whoever gives an existing object another owner could have it deleted: he must be allowed to
 * delete it. Whoever lets an object hold up its owner's deletion must be allowed to change the
 * owner's finalizers.
 *
 * <p>Owners of custom kinds are found by their definitions.
 */
public final class OwnerReferenceProtection implements AdmissionPlugin {
  private static final String OWNERS = "ownerReferences";

  private final Authorizer authorizer;
  private final Function<GroupVersionKind, Optional<Owner>> owners;

  /** Where objects of a kind are. */
  private record Owner(String group, String resource, boolean namespaced) {}

  /** Asks that authorizer, and looks custom kinds up among the stored objects. */
  public OwnerReferenceProtection(Authorizer authorizer, ObjectReader objects) {
    this.authorizer = requireNonNull(authorizer);
    requireNonNull(objects);
    this.owners = kind -> find(objects, kind);
  }

  @Override
  public String name() {
    return "OwnerReferencesPermissionEnforcement";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    boolean write =
        request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE;
    // A kubelet tells a pod's status and knows nothing of owners; status writes keep them anyway.
    return write && !request.subresource().equals("status") && !request.user().in(UserInfo.MASTERS);
  }

  @Override
  public void validate(AdmissionRequest request) {
    JsonNode now = request.object().path("metadata").path(OWNERS);
    boolean hadSome = request.oldObject().map(OwnerReferenceProtection::hasOwners).orElse(false);
    if (now.isEmpty() && !hadSome) {
      return;
    }
    JsonNode before =
        request
            .oldObject()
            .map(KubeObject::toTree)
            .map(o -> o.path("metadata").path(OWNERS))
            .orElse(tools.jackson.databind.node.MissingNode.getInstance());
    if (now.equals(before) || (now.isEmpty() && before.isEmpty())) {
      return;
    }
    if (request.operation() == Operation.UPDATE) {
      Decision decision =
          authorizer.authorize(
              Attributes.ofResource(
                  request.user(),
                  "delete",
                  request.type().gvr().group(),
                  request.type().gvr().version(),
                  request.type().gvr().resource(),
                  "",
                  request.namespace(),
                  request.name()));
      if (!decision.allowed()) {
        throw request.refuse(
            "cannot set an ownerRef on a resource you can't delete: %s, <nil>"
                .formatted(decision.reason()));
      }
    }
    Set<String> blocked = new HashSet<>();
    before.forEach(
        r -> {
          if (r.path("blockOwnerDeletion").asBoolean(false)) {
            blocked.add(r.path("uid").asString(""));
          }
        });
    for (JsonNode ref : now) {
      if (ref.path("blockOwnerDeletion").asBoolean(false)
          && !blocked.contains(ref.path("uid").asString(""))) {
        mayBlock(request, ref);
      }
    }
  }

  /** Cheaper than reading the whole object; true for some that have none, which does no harm. */
  private static boolean hasOwners(KubeObject object) {
    return new String(object.json(), StandardCharsets.ISO_8859_1).contains(OWNERS);
  }

  private void mayBlock(AdmissionRequest request, JsonNode ref) {
    String apiVersion = ref.path("apiVersion").asString("");
    int slash = apiVersion.indexOf('/');
    GroupVersionKind kind =
        new GroupVersionKind(
            slash < 0 ? "" : apiVersion.substring(0, slash),
            apiVersion.substring(slash + 1),
            ref.path("kind").asString(""));
    Owner owner =
        owners
            .apply(kind)
            .orElseThrow(
                () ->
                    request.refuse(
                        ("cannot set blockOwnerDeletion in this case because cannot find"
                             + " RESTMapping for APIVersion %s Kind %s: no matches for kind \"%s\""
                             + " in version \"%s\"")
                            .formatted(apiVersion, kind.kind(), kind.kind(), apiVersion)));
    Attributes wish =
        Attributes.ofResource(
            request.user(),
            "update",
            owner.group,
            kind.version(),
            owner.resource,
            "finalizers",
            owner.namespaced ? request.namespace() : "",
            ref.path("name").asString(""));
    Decision decision = authorizer.authorize(wish);
    if (!decision.allowed()) {
      throw request.refuse(
          "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: %s, <nil>"
              .formatted(decision.reason()));
    }
  }

  private static Optional<Owner> find(ObjectReader objects, GroupVersionKind kind) {
    Optional<ResourceType> builtIn = BuiltinResources.get().find(kind);
    if (builtIn.isPresent()) {
      ResourceType t = builtIn.get();
      return Optional.of(new Owner(t.gvr().group(), t.gvr().resource(), t.namespaced()));
    }
    for (KubeObject definition :
        objects.list("apiextensions.k8s.io", "customresourcedefinitions", "")) {
      if (definition.name().endsWith("." + kind.group())) {
        JsonNode spec = definition.toTree().path("spec");
        if (spec.path("names").path("kind").asString("").equals(kind.kind())) {
          return Optional.of(
              new Owner(
                  kind.group(),
                  spec.path("names").path("plural").asString(""),
                  spec.path("scope").asString("").equals("Namespaced")));
        }
      }
    }
    return Optional.empty();
  }
}
