package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.selector.SelectableFields;
import dev.mokha.server.crd.validation.CustomValidator;
import dev.mokha.server.storage.StoredObject;
import dev.mokha.server.table.Column;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a CustomResourceDefinition says of one of its versions, compiled once for each change of the
 * definition.
 *
 * @param listKind the kind of its lists
 * @param openApi its {@code openAPIV3Schema} as it was written; shared, so read only
 * @param schema of its objects
 * @param validator the rules for its objects
 * @param reader makes this version of what is stored
 * @param selectable the fields that selectors may name
 * @param columns of its tables
 * @param scale where its scale is; null when it has none
 * @param deprecationWarning what clients are warned of with every request; empty for nothing
 * @param terminating whether the definition is on its way out, so that nothing new can be created
 */
public record CustomVersion(
    String listKind,
    ObjectNode openApi,
    ObjectSchema schema,
    CustomValidator validator,
    Reader reader,
    SelectableFields selectable,
    List<Column> columns,
    ScalePaths scale,
    String deprecationWarning,
    boolean terminating) {
  /** Refuses nulls and copies the columns. */
  public CustomVersion {
    requireNonNull(listKind, "listKind");
    requireNonNull(openApi, "openApi");
    requireNonNull(schema, "schema");
    requireNonNull(validator, "validator");
    requireNonNull(reader, "reader");
    requireNonNull(selectable, "selectable");
    requireNonNull(deprecationWarning, "deprecationWarning");
    columns = List.copyOf(columns);
  }

  /** Makes one version of stored objects, whatever version they were stored in. */
  public interface Reader {
    /**
     * The object in this version, pruned and defaulted; kept with the stored one once it was made.
     *
     * @throws dev.mokha.api.error.StatusException when it can't be converted
     */
    KubeObject view(StoredObject stored);

    /** Makes the views of all of them with as few calls of a conversion webhook as possible. */
    default void prepare(List<StoredObject> all) {}

    /** Whether {@link #view} may wait for a conversion webhook. */
    default boolean mayBlock() {
      return false;
    }
  }

  /**
   * Where the parts of a scale are, each the names of fields from the object's root on.
   *
   * @param selector empty when there is none
   */
  public record ScalePaths(
      List<String> specReplicas, List<String> statusReplicas, List<String> selector) {
    /** Copies the lists. */
    public ScalePaths {
      specReplicas = List.copyOf(specReplicas);
      statusReplicas = List.copyOf(statusReplicas);
      selector = List.copyOf(selector);
    }
  }
}
