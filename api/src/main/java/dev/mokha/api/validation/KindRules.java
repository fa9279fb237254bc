package dev.mokha.api.validation;

import dev.mokha.api.error.StatusCause;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rules of one kind, put together: those for metadata, those that hold for every state of the
 * object, and those for a change from one state to another.
 *
 * @param names what the objects may be called
 * @param state holds after a create and after an update
 * @param change holds for an update, in addition
 * @param subresources by subresource, holds for a change through it instead of the two before
 */
record KindRules(NameRule names, State state, Change change, Map<String, Change> subresources)
    implements ObjectValidator {
  /** Looks at one state of an object. */
  @FunctionalInterface
  interface State {
    /** Nothing more is to be said about the kind. */
    State ANY = object -> {};

    void check(Value object);
  }

  /** Looks at a change. */
  @FunctionalInterface
  interface Change {
    /** Nothing more is to be said about the change. */
    Change ANY = (updated, old) -> {};

    /**
     * Looks at it.
     *
     * @param old is only to be compared with: complaints go to the updated state
     */
    void check(Value updated, Value old);
  }

  static KindRules metadataOnly(NameRule names) {
    return new KindRules(names, State.ANY, Change.ANY, Map.of());
  }

  static KindRules of(NameRule names, State state) {
    return new KindRules(names, state, Change.ANY, Map.of());
  }

  static KindRules of(NameRule names, State state, Change change) {
    return new KindRules(names, state, change, Map.of());
  }

  @Override
  public List<StatusCause> validateCreate(ObjectNode created) {
    FieldErrors errors = new FieldErrors();
    ObjectMetaRules.checkState(created.path("metadata"), names, errors);
    state.check(Value.root(created, errors));
    return errors.causes();
  }

  @Override
  public List<StatusCause> validateUpdate(ObjectNode updated, ObjectNode old) {
    FieldErrors errors = new FieldErrors();
    ObjectMetaRules.checkChange(updated.path("metadata"), old.path("metadata"), names, errors);
    Value root = Value.root(updated, errors);
    state.check(root);
    change.check(root, Value.root(old, errors));
    return errors.causes();
  }

  @Override
  public List<StatusCause> validateSubresourceUpdate(
      String subresource, ObjectNode updated, ObjectNode old) {
    FieldErrors errors = new FieldErrors();
    ObjectMetaRules.checkChange(updated.path("metadata"), old.path("metadata"), names, errors);
    subresources
        .getOrDefault(subresource, Change.ANY)
        .check(Value.root(updated, errors), Value.root(old, errors));
    return errors.causes();
  }
}
