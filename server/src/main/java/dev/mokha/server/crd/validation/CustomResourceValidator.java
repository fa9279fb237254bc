package dev.mokha.server.crd.validation;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.validation.ObjectValidator;
import dev.mokha.api.validation.Validation;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All that is demanded of the objects of a custom resource, in this order: type and metadata; what
 * OpenAPI says of values; metadata of whole objects inside; lists that are sets or maps; and the
 * rules in CEL, which are not asked when a value is missing, too large or of another type.
 */
public final class CustomResourceValidator implements CustomValidator {
  private static final String NOT_ASKED =
      "some validation rules were not checked because the object was invalid; correct the existing"
          + " errors to complete validation";

  private final Version version;
  private final ObjectValidator metadata;
  private final SchemaNode schema;

  /** For the objects of one version. */
  public CustomResourceValidator(Version version) {
    this.version = version;
    this.metadata = Validation.forKind(version.kind());
    this.schema = SchemaNode.of(version.openApi());
  }

  @Override
  public List<StatusCause> validateCreate(ObjectNode created) {
    Causes causes = new Causes();
    if (!hasRightType(created, causes)) {
      return causes.list();
    }
    causes.addAll(metadata.validateCreate(created));
    ValueCheck.create(schema, created, Path.ROOT, causes);
    EmbeddedCheck.check(schema, created, Path.ROOT, causes);
    ListCheck.check(schema, created, Path.ROOT, causes);
    askRules(created, null, causes);
    return causes.list();
  }

  @Override
  public List<StatusCause> validateUpdate(ObjectNode updated, ObjectNode old) {
    Causes causes = new Causes();
    if (!hasRightType(updated, causes)) {
      return causes.list();
    }
    causes.addAll(metadata.validateUpdate(updated, old));
    ValueCheck.update(schema, updated, old, Path.ROOT, causes);
    EmbeddedCheck.check(schema, updated, Path.ROOT, causes);
    lists(updated, old, causes);
    askRules(updated, old, causes);
    return causes.list();
  }

  @Override
  public List<StatusCause> validateStatusUpdate(ObjectNode updated, ObjectNode old) {
    Causes causes = new Causes();
    if (!hasRightType(updated, causes)) {
      return causes.list();
    }
    causes.addAll(metadata.validateUpdate(updated, old));
    SchemaNode status = schema.properties.get("status");
    JsonNode value = updated.get("status");
    if (status != null && value != null) {
      ValueCheck.update(status, value, old.get("status"), Path.of("status").asBegin(), causes);
    }
    EmbeddedCheck.check(schema, updated, Path.ROOT, causes);
    lists(updated, old, causes);
    askRules(updated, old, causes);
    return causes.list();
  }

  private boolean hasRightType(ObjectNode object, Causes causes) {
    String kind = object.path("kind").asString("");
    if (!kind.equals(version.kind().kind())) {
      causes.invalid(Path.of("kind"), kind, "must be " + version.kind().kind());
    }
    String wanted = version.kind().group() + "/" + version.kind().version();
    String apiVersion = object.path("apiVersion").asString("");
    if (!apiVersion.equals(wanted)) {
      causes.invalid(Path.of("apiVersion"), apiVersion, "must be " + wanted);
    }
    return causes.isEmpty();
  }

  /** Lists that held something twice before may go on doing so. */
  private void lists(ObjectNode updated, ObjectNode old, Causes causes) {
    Causes found = new Causes();
    ListCheck.check(schema, updated, Path.ROOT, found);
    if (!found.isEmpty()) {
      Causes before = new Causes();
      ListCheck.check(schema, old, Path.ROOT, before);
      if (before.isEmpty()) {
        causes.addAll(found);
      }
    }
  }

  private void askRules(ObjectNode object, ObjectNode old, Causes causes) {
    if (!schema.hasRules) {
      return;
    }
    if (causes.hasBlocking()) {
      causes
          .list()
          .add(new StatusCause("FieldValueInvalid", "Invalid value: null: " + NOT_ASKED, "<nil>"));
      return;
    }
    RuleCheck.check(schema, object, old, Path.ROOT, causes);
  }
}
