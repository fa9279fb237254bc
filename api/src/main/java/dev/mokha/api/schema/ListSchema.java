package dev.mokha.api.schema;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * An array.
 *
 * @param items the shape of each element
 * @param type how apply merges it
 * @param keys the fields that tell elements apart, for {@link ListType#MAP} only
 * @param constraints demands of a custom resource definition
 */
public record ListSchema(Schema items, ListType type, List<String> keys, Constraints constraints)
    implements Schema {
  /** Copies the keys. */
  public ListSchema {
    requireNonNull(items, "items");
    requireNonNull(type, "type");
    requireNonNull(constraints, "constraints");
    keys = List.copyOf(keys);
  }
}
