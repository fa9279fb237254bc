package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.authentication.UserInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What plug-ins see of a write. */
public final class AdmissionRequest {
  /** What is done. */
  public enum Operation {
    CREATE,
    UPDATE,
    DELETE,
    CONNECT
  }

  private final Operation operation;
  private final ResourceType type;
  private final String subresource;
  private final String namespace;
  private final String name;
  private final UserInfo user;
  private final boolean dryRun;
  private final ObjectNode object;
  private final KubeObject old;
  private final ObjectNode options;
  private final List<String> warnings = new ArrayList<>();
  private final List<Companion> companions = new ArrayList<>();
  private final List<Runnable> afterwards = new ArrayList<>();

  /**
   * A change of another object that is stored together with the request's, or not at all.
   *
   * @param group API group, empty for the core group
   * @param resource plural
   * @param before the object as the plug-in read it: when it has changed by then, the request is
   *     judged again
   * @param after how it shall be, in its storage version
   */
  public record Companion(String group, String resource, KubeObject before, ObjectNode after) {}

  /**
   * A request.
   *
   * @param object the object as it would be stored (or what was posted to a subresource such as
   *     {@code binding}); null for DELETE
   * @param old the object as it is stored; null for CREATE
   * @param options the body's {@code DeleteOptions}, or an empty object
   */
  public AdmissionRequest(
      Operation operation,
      ResourceType type,
      String subresource,
      String namespace,
      String name,
      UserInfo user,
      boolean dryRun,
      ObjectNode object,
      KubeObject old,
      ObjectNode options) {
    this.operation = requireNonNull(operation, "operation");
    this.type = requireNonNull(type, "type");
    this.subresource = requireNonNull(subresource, "subresource");
    this.namespace = requireNonNull(namespace, "namespace");
    this.name = requireNonNull(name, "name");
    this.user = requireNonNull(user, "user");
    this.dryRun = dryRun;
    this.object = object;
    this.old = old;
    this.options = requireNonNull(options, "options");
  }

  /** What is done. Patches count as UPDATE, or as CREATE when apply creates. */
  public Operation operation() {
    return operation;
  }

  /** The resource in the version of the request. */
  public ResourceType type() {
    return type;
  }

  /** Such as {@code status}; empty for the object itself. */
  public String subresource() {
    return subresource;
  }

  /** Empty outside namespaces. */
  public String namespace() {
    return namespace;
  }

  /** The object's name; empty for a create whose name is still to be generated, and collections. */
  public String name() {
    return name;
  }

  /** Who asks. */
  public UserInfo user() {
    return user;
  }

  /** True when nothing will be stored. */
  public boolean dryRun() {
    return dryRun;
  }

  /** The new object, to be changed in place by mutating plug-ins; null for DELETE. */
  public ObjectNode object() {
    return object;
  }

  /** The stored object; empty for CREATE. */
  public Optional<KubeObject> oldObject() {
    return Optional.ofNullable(old);
  }

  /** The {@code DeleteOptions} of a DELETE, else an empty object. */
  public ObjectNode options() {
    return options;
  }

  /** Stores a change of another object in the same transaction. From {@code validate} only. */
  public void alsoStore(Companion companion) {
    companions.add(companion);
  }

  /** What is to be stored together with the object. */
  public List<Companion> companions() {
    return List.copyOf(companions);
  }

  /** Calls it once the object is stored or refused, or before the request is judged again. */
  public void afterwards(Runnable action) {
    afterwards.add(action);
  }

  /** The attempt is over: forgets the companions and calls what waits for that. */
  public void endAttempt() {
    companions.clear();
    List<Runnable> actions = List.copyOf(afterwards);
    afterwards.clear();
    actions.forEach(Runnable::run);
  }

  /** Sends the client a {@code Warning:} header. */
  public void warn(String text) {
    warnings.add(text);
  }

  /** The warnings so far. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** True for the resource itself, not its subresources, in any version. */
  public boolean isFor(String group, String resource) {
    return subresource.isEmpty()
        && type.gvr().group().equals(group)
        && type.gvr().resource().equals(resource);
  }

  /** True for the creation of such objects. */
  public boolean isCreateOf(String group, String resource) {
    return operation == Operation.CREATE && isFor(group, resource);
  }

  /** The refusal with that reason: 403, with the words kubectl users know. */
  public StatusException refuse(String because) {
    return StatusException.forbidden(type.gvr().group(), type.gvr().resource(), name, because);
  }
}
