package dev.mokha.server.pipeline;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.audit.AuditEvent;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.rest.ServedResource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * One request for a resource, decoded: from here on nobody can tell whether it came over the
 * network or from this process.
 *
 * @param user who asks
 * @param verb such as {@code get}; see {@link RequestTarget#verb}
 * @param resource what of, in which version
 * @param subresource empty for the object itself
 * @param namespace empty for cluster-wide
 * @param name empty for a collection
 * @param rest what the path has behind the subresource {@code proxy}; else empty
 * @param query selectors, limits, dryRun and the like
 * @param fieldManager who shall own the fields that are written
 * @param body what was sent
 * @param warnings what the client will be warned of; stages add to it
 * @param audit what is kept of it; stages add to it
 */
public record ApiCall(
    UserInfo user,
    String verb,
    ServedResource resource,
    String subresource,
    String namespace,
    String name,
    String rest,
    Query query,
    String fieldManager,
    Body body,
    List<String> warnings,
    AuditEvent audit) {

  /** Refuses nulls. */
  public ApiCall {
    requireNonNull(user, "user");
    requireNonNull(verb, "verb");
    requireNonNull(resource, "resource");
    requireNonNull(query, "query");
    requireNonNull(body, "body");
    requireNonNull(audit, "audit");
  }

  /** A list for the warnings of one call. */
  public static List<String> noWarnings() {
    return Collections.synchronizedList(new ArrayList<>(0));
  }

  /** What was sent. */
  public sealed interface Body {}

  /** Nothing was. */
  public record NoBody() implements Body {
    /** The only one needed. */
    public static final NoBody INSTANCE = new NoBody();
  }

  /**
   * An object: checked against its schema and pruned, not yet defaulted.
   *
   * @param tree the receiver's own
   */
  public record ObjectBody(ObjectNode tree) implements Body {}

  /**
   * A patch.
   *
   * @param mediaType without parameters, such as {@code application/merge-patch+json}
   * @param patch JSON, or YAML for apply
   */
  public record PatchBody(String mediaType, byte[] patch) implements Body {}

  /** The same call with a body. */
  public ApiCall with(Body other) {
    return new ApiCall(
        user,
        verb,
        resource,
        subresource,
        namespace,
        name,
        rest,
        query,
        fieldManager,
        other,
        warnings,
        audit);
  }

  /** True when nothing is to be stored. */
  public boolean dryRun() {
    return query.all("dryRun").contains("All");
  }

  /** The object that was sent. */
  public ObjectNode object() {
    if (body instanceof ObjectBody b) {
      return b.tree;
    }
    throw StatusException.badRequest(
        "the request needs a body with an object of kind " + resource.type().kind());
  }
}
