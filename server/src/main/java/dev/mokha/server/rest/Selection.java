package dev.mokha.server.rest;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.selector.FieldSelector;
import dev.mokha.api.selector.LabelSelector;
import dev.mokha.api.selector.SelectableFields;
import dev.mokha.api.selector.SelectorException;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.storage.Lists;
import dev.mokha.server.storage.StoredObject;
import java.util.function.Predicate;

/**
 * Which objects a list, watch or deletecollection is about.
 *
 * @param scope namespace and name, where they are fixed
 * @param test null when everything in the scope is meant
 */
record Selection(Lists.Scope scope, Predicate<StoredObject> test) {

  /** A watch sees all changes of a resource, so here the scope is part of the test. */
  Predicate<StoredObject> ofWatch() {
    String namespace = scope.namespace();
    String name = scope.name();
    Predicate<StoredObject> more = test;
    return o ->
        (namespace.isEmpty() || namespace.equals(o.object().namespace()))
            && (name.isEmpty() || name.equals(o.object().name()))
            && (more == null || more.test(o));
  }

  /** The value of a selectable field, kept with the object once someone asked for it. */
  private record FieldForm(String kind, String field) {}

  static Selection of(ApiCall call) {
    ServedResource resource = call.resource();
    LabelSelector labels = labels(call.query().get("labelSelector"));
    FieldSelector fields = fields(resource, call.query().get("fieldSelector"));
    if (!call.name().isEmpty()) {
      fields = FieldSelector.equal("metadata.name", call.name());
    }
    String namespace = resource.type().namespaced() ? call.namespace() : "";
    if (resource.type().namespaced() && namespace.isEmpty()) {
      namespace = fields.requiredValue("metadata.namespace").orElse("");
    }
    String name =
        resource.type().namespaced() && namespace.isEmpty()
            ? ""
            : fields.requiredValue("metadata.name").orElse("");
    return new Selection(new Lists.Scope(namespace, name), test(resource, labels, fields));
  }

  private static Predicate<StoredObject> test(
      ServedResource resource, LabelSelector labels, FieldSelector fields) {
    boolean allLabels = labels.isEverything();
    boolean allFields = fields.isEverything();
    if (allLabels && allFields) {
      return null;
    }
    SelectableFields known = resource.selectable();
    String kind = resource.type().gvk().toString();
    return o ->
        (allLabels || labels.matches(o.object().labels()))
            && (allFields || fields.matches(f -> value(resource, known, kind, f, o)));
  }

  private static String value(
      ServedResource resource, SelectableFields known, String kind, String field, StoredObject o) {
    return switch (field) {
      case "metadata.name" -> o.object().name();
      case "metadata.namespace" -> o.object().namespace();
      default -> o.form(new FieldForm(kind, field), any -> known.value(resource.view(o), field));
    };
  }

  private static LabelSelector labels(String text) {
    try {
      return LabelSelector.parse(text);
    } catch (SelectorException e) {
      throw StatusException.badRequest(e.getMessage());
    }
  }

  private static FieldSelector fields(ServedResource resource, String text) {
    try {
      return resource.selectable().require(FieldSelector.parse(text));
    } catch (SelectorException e) {
      throw StatusException.badRequest(e.getMessage());
    }
  }
}
