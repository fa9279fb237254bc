package dev.mokha.api.schema;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** One named part of an {@link ObjectSchema}. Immutable. */
public final class Field {
  /**
   * What a field is beyond its name and shape.
   *
   * @param required whether it must be given
   * @param defaultValue what it is when it is not given, JSON; null for no default. Shared: whoever
   *     puts it into a tree puts a copy
   * @param enumValues the only values allowed; empty when all are
   * @param goType the type's name in Kubernetes' error messages where the schema does not tell it,
   *     such as {@code v1.PullPolicy}; empty otherwise
   * @param patchStrategies of strategic merge patch: {@code merge}, {@code replace}, {@code
   *     retainKeys}
   * @param patchMergeKey the field that tells elements apart in a strategic merge; empty for none
   * @param mapType how apply merges the value, when the field says otherwise than its type
   * @param protobuf the field's numbers on the wire: more than one when protobuf nests a message
   *     that JSON writes in line; empty when it has no protobuf form
   */
  public record Traits(
      boolean required,
      JsonNode defaultValue,
      List<String> enumValues,
      String goType,
      List<String> patchStrategies,
      String patchMergeKey,
      MapType mapType,
      List<Integer> protobuf) {
    /** An optional field without any. */
    public static final Traits NONE =
        new Traits(false, null, List.of(), "", List.of(), "", MapType.UNSPECIFIED, List.of());

    /** Copies the lists. */
    public Traits {
      requireNonNull(patchMergeKey, "patchMergeKey");
      requireNonNull(mapType, "mapType");
      enumValues = List.copyOf(enumValues);
      patchStrategies = List.copyOf(patchStrategies);
      protobuf = List.copyOf(protobuf);
    }
  }

  private final String name;
  private final Supplier<Schema> source;
  private final Supplier<String> description;
  private final Traits traits;
  private volatile Schema schema;

  /**
   * A field whose type is asked for when first needed, since types may contain themselves.
   *
   * @param source gives the same schema whenever it is asked
   */
  public Field(String name, Supplier<Schema> source, Supplier<String> description, Traits traits) {
    this.name = requireNonNull(name, "name");
    this.source = requireNonNull(source, "source");
    this.description = requireNonNull(description, "description");
    this.traits = requireNonNull(traits, "traits");
  }

  /** The name in JSON. */
  public String name() {
    return name;
  }

  /** The shape of the value. */
  public Schema schema() {
    Schema s = schema;
    if (s == null) {
      s = requireNonNull(source.get(), name);
      schema = s;
    }
    return s;
  }

  /** One or more sentences for people; empty when none. */
  public String description() {
    return description.get();
  }

  /** Everything else. */
  public Traits traits() {
    return traits;
  }

  /** Whether it must be given. */
  public boolean required() {
    return traits.required;
  }

  /** What it is when it is not given; shared, so copy it before it goes into a tree. */
  public Optional<JsonNode> defaultValue() {
    return Optional.ofNullable(traits.defaultValue);
  }

  /** Whether strategic merge patch merges the value element by element or field by field. */
  public boolean patchMerges() {
    return traits.patchStrategies.contains("merge");
  }

  /** The field that tells elements apart in a strategic merge; empty for none. */
  public String patchMergeKey() {
    return traits.patchMergeKey;
  }

  /** Whether apply owns the value as a whole, by what the field or its type says. */
  public boolean atomic() {
    if (traits.mapType != MapType.UNSPECIFIED) {
      return traits.mapType == MapType.ATOMIC;
    }
    return switch (schema()) {
      case ObjectSchema object -> object.mapType() == MapType.ATOMIC;
      case MapSchema map -> map.type() == MapType.ATOMIC;
      case ListSchema list -> list.type() == ListType.ATOMIC || list.type() == ListType.UNSPECIFIED;
      case ScalarSchema _, AnySchema _ -> true;
    };
  }

  @Override
  public String toString() {
    return name;
  }
}
