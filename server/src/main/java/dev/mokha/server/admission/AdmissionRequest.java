package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.authentication.UserInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
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
  private final GroupVersionKind kind;
  private final String subresource;
  private final String namespace;
  private final String name;
  private final UserInfo user;
  private final boolean dryRun;
  private final ObjectNode object;
  private final KubeObject old;
  private final Supplier<ObjectNode> makeOptions;
  private final List<String> warnings = new ArrayList<>();
  private final List<Companion> companions = new ArrayList<>();
  private final List<Runnable> afterwards = new ArrayList<>();
  private Map<String, String> annotations = Map.of();
  private Map<AdmissionPlugin, Object> memories;
  private ObjectNode options;
  private boolean again;
  private boolean wantedAgain;

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
   * @param type the resource in the version of the request
   * @param kind the kind of the object, which for subresources may be one of their own
   * @param object the object as it would be stored (or what was posted to a subresource such as
   *     {@code binding}, or the options of a connection); null for DELETE
   * @param old the object as it is stored; null for CREATE and CONNECT
   * @param options makes the options of the request, such as {@code DeleteOptions}; called when
   *     somebody wants to see them
   */
  public AdmissionRequest(
      Operation operation,
      ResourceType type,
      GroupVersionKind kind,
      String subresource,
      String namespace,
      String name,
      UserInfo user,
      boolean dryRun,
      ObjectNode object,
      KubeObject old,
      Supplier<ObjectNode> options) {
    this.operation = requireNonNull(operation, "operation");
    this.type = requireNonNull(type, "type");
    this.kind = requireNonNull(kind, "kind");
    this.subresource = requireNonNull(subresource, "subresource");
    this.namespace = requireNonNull(namespace, "namespace");
    this.name = requireNonNull(name, "name");
    this.user = requireNonNull(user, "user");
    this.dryRun = dryRun;
    this.object = object;
    this.old = old;
    this.makeOptions = requireNonNull(options, "options");
  }

  /** What is done. Patches count as UPDATE, or as CREATE when apply creates. */
  public Operation operation() {
    return operation;
  }

  /** The resource in the version of the request. */
  public ResourceType type() {
    return type;
  }

  /** The kind of {@link #object}: the resource's, or for {@code scale} and the like their own. */
  public GroupVersionKind kind() {
    return kind;
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

  /**
   * {@code CreateOptions}, {@code UpdateOptions} or {@code DeleteOptions} of the request; an empty
   * object for CONNECT.
   */
  public ObjectNode options() {
    if (options == null) {
      options = requireNonNull(makeOptions.get(), "options");
    }
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

  /** Writes something into the request's audit event, under a name such as {@code x.io/reason}. */
  public void annotate(String key, String value) {
    if (annotations.isEmpty()) {
      annotations = new LinkedHashMap<>();
    }
    annotations.put(key, value);
  }

  /** What the audit event will tell. */
  public Map<String, String> annotations() {
    return Collections.unmodifiableMap(annotations);
  }

  /**
   * What a plug-in keeps about this request from one call of it to the next.
   *
   * @param make makes it when there is nothing yet; always the same class for one plug-in
   */
  @SuppressWarnings("unchecked")
  public <T> T memory(AdmissionPlugin owner, Supplier<T> make) {
    if (memories == null) {
      memories = new IdentityHashMap<>(2);
    }
    return (T) memories.computeIfAbsent(owner, o -> make.get());
  }

  /** True while the mutating plug-ins run a second time. */
  public boolean again() {
    return again;
  }

  /** Wants all mutating plug-ins to run a second time, since the object was changed late. */
  public void wantAgain() {
    wantedAgain = true;
  }

  /** Begins the second round if one is wanted; false when not, or when that was the second. */
  public boolean beginAgain() {
    if (!wantedAgain || again) {
      return false;
    }
    again = true;
    return true;
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
