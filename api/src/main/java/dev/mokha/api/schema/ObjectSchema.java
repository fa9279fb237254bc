package dev.mokha.api.schema;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.resource.GroupVersionKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** An object with named fields. Immutable. */
public final class ObjectSchema implements Schema {
  /**
   * What an object is beyond its fields.
   *
   * @param mapType how apply merges it
   * @param kinds the kinds that are written in this form; empty for parts of objects
   * @param unions groups of fields of which at most one may be set
   * @param preservesUnknown whether fields without a schema are kept instead of dropped
   * @param unknownValues the shape of fields without a name of their own; null for none
   * @param embedded whether it is a whole object with apiVersion, kind and metadata
   */
  public record Traits(
      MapType mapType,
      List<GroupVersionKind> kinds,
      List<Union> unions,
      boolean preservesUnknown,
      Schema unknownValues,
      boolean embedded) {
    /** A plain part of an object. */
    public static final Traits NONE =
        new Traits(MapType.UNSPECIFIED, List.of(), List.of(), false, null, false);

    /** Copies the lists. */
    public Traits {
      requireNonNull(mapType, "mapType");
      kinds = List.copyOf(kinds);
      unions = List.copyOf(unions);
    }
  }

  /**
   * Fields of which at most one may be set.
   *
   * @param discriminator the field that says which one; empty when none does
   * @param members JSON name of each field and the discriminator's value for it
   */
  public record Union(String discriminator, Map<String, String> members) {
    /** Copies the members. */
    public Union {
      members = Map.copyOf(members);
    }
  }

  private final String name;
  private final Supplier<String> description;
  private final List<Field> fields;
  private final Map<String, Field> byName;
  private final Traits traits;
  private final Constraints constraints;

  /** Worked out by {@link Defaulting} when it first meets this type; the same whoever does it. */
  volatile Defaulting.Plan defaultPlan;

  /**
   * An object.
   *
   * @param name the definition's name in OpenAPI, such as {@code io.k8s.api.core.v1.Pod}; empty for
   *     one without a name
   * @param fields the fields in alphabetical order
   */
  public ObjectSchema(
      String name,
      Supplier<String> description,
      List<Field> fields,
      Traits traits,
      Constraints constraints) {
    this.name = requireNonNull(name, "name");
    this.description = requireNonNull(description, "description");
    this.fields = List.copyOf(fields);
    this.traits = requireNonNull(traits, "traits");
    this.constraints = requireNonNull(constraints, "constraints");
    Map<String, Field> map = HashMap.newHashMap(fields.size());
    for (Field field : fields) {
      map.put(field.name(), field);
    }
    this.byName = map;
  }

  /** Such as {@code io.k8s.api.core.v1.Pod}; empty for one without a name. */
  public String name() {
    return name;
  }

  /** The last part of the name, such as {@code Pod}. */
  public String shortName() {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** One or more sentences for people; empty when none. */
  public String description() {
    return description.get();
  }

  /** All fields in alphabetical order. */
  public List<Field> fields() {
    return fields;
  }

  /** The field of that name, or null: this is asked for every field of every write. */
  public Field find(String field) {
    return byName.get(field);
  }

  /** The field of that name. */
  public Optional<Field> field(String field) {
    return Optional.ofNullable(byName.get(field));
  }

  /** Everything else. */
  public Traits traits() {
    return traits;
  }

  /** How apply merges it. */
  public MapType mapType() {
    return traits.mapType;
  }

  /** Whether it is one of the built-in types, whose rules are upstream's structs' rules. */
  boolean isBuiltIn() {
    return constraints.isNone();
  }

  @Override
  public Constraints constraints() {
    return constraints;
  }

  @Override
  public String toString() {
    return name.isEmpty() ? "object" : name;
  }
}
