package dev.mokha.schemagen;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Joins what the models, the descriptors and our tables say of each type. */
final class Definitions {
  private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
  private static final String CRD = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.";

  /** Types that are no objects with fields: single values and free forms. */
  private static final Map<String, Type> SPECIAL =
      Map.ofEntries(
          Map.entry("io.k8s.apimachinery.pkg.api.resource.Quantity", Type.Scalar.QUANTITY),
          Map.entry("io.k8s.apimachinery.pkg.util.intstr.IntOrString", Type.Scalar.INT_OR_STRING),
          Map.entry(META + "Time", Type.Scalar.TIME),
          Map.entry(META + "MicroTime", Type.Scalar.MICRO_TIME),
          Map.entry(CRD + "JSON", new Type.Any(0)),
          Map.entry("io.k8s.apimachinery.pkg.runtime.RawExtension", new Type.Any(1)),
          Map.entry(META + "FieldsV1", new Type.Any(2)),
          Map.entry(CRD + "JSONSchemaPropsOrArray", new Type.Any(3)),
          Map.entry(CRD + "JSONSchemaPropsOrBool", new Type.Any(4)),
          Map.entry(CRD + "JSONSchemaPropsOrStringArray", new Type.Any(5)),
          Map.entry(META + "Patch", new Type.Any(6)));

  private final Facts facts;
  private final JavaModels models;
  private final ProtobufNumbers numbers;

  Definitions(Facts facts, JavaModels models, ProtobufNumbers numbers) {
    this.facts = facts;
    this.models = models;
    this.numbers = numbers;
  }

  /** All types in alphabetical order. */
  List<Definition> all() {
    Map<String, Definition> all = new TreeMap<>();
    for (Facts.Package p : facts.packages()) {
      for (String type : p.types()) {
        Definition definition = define(p, type);
        all.put(definition.name(), definition);
      }
    }
    List<Definition> described = new ArrayList<>();
    for (Definition definition : all.values()) {
      described.add(describeFields(definition, all));
    }
    return described;
  }

  private Definition define(Facts.Package p, String type) {
    String name = p.name() + "." + type;
    List<Definition.Field> fields = new ArrayList<>();
    if (models.has(name) && !SPECIAL.containsKey(name)) {
      List<JavaModels.Property> properties = models.properties(name);
      Map<String, List<Integer>> protobuf =
          numbers.of(
              name, properties.stream().map(JavaModels.Property::name).collect(Collectors.toSet()));
      for (JavaModels.Property property : properties) {
        fields.add(field(name, property, protobuf.getOrDefault(property.name(), List.of())));
      }
    }
    String description = models.description(name);
    if (description.isEmpty()) {
      description = facts.description(name);
    }
    return new Definition(
        name,
        SPECIAL.get(name),
        description,
        facts.merge(name).getOrDefault("map", ""),
        kinds(p, type, fields),
        facts.unions(name),
        fields);
  }

  private Definition.Field field(
      String definition, JavaModels.Property property, List<Integer> protobuf) {
    String path = definition + "." + property.name();
    Map<String, String> merge = facts.merge(path);
    List<String> restricted = facts.enumOf(path);
    String known = facts.type(path);
    Type type = property.type();
    if (known != null) {
      type = innermost(type, new Type.Ref(known));
    }
    boolean map = type instanceof Type.MapOf;
    if (type instanceof Type.ListOf list) {
      String keys = merge.getOrDefault("keys", "");
      type =
          new Type.ListOf(
              list.items(),
              merge.getOrDefault("list", ""),
              keys.isEmpty() ? List.of() : List.of(keys.split(",")));
    } else if (type instanceof Type.MapOf(Type values, _)) {
      type = new Type.MapOf(values, merge.getOrDefault("map", ""));
    }
    String strategies = merge.getOrDefault("patch", "");
    return new Definition.Field(
        property.name(),
        type,
        property.description(),
        property.required(),
        facts.defaultJson(path),
        restricted.isEmpty() ? "" : restricted.get(0),
        restricted.isEmpty() ? List.of() : restricted.subList(1, restricted.size()),
        strategies.isEmpty() ? List.of() : List.of(strategies.split(",")),
        merge.getOrDefault("mergeKey", ""),
        map ? "" : merge.getOrDefault("map", ""),
        protobuf);
  }

  private static Type innermost(Type type, Type inner) {
    return switch (type) {
      case Type.ListOf list -> new Type.ListOf(innermost(list.items(), inner), "", List.of());
      case Type.MapOf map -> new Type.MapOf(innermost(map.values(), inner), "");
      case Type.Scalar _, Type.Any _, Type.Ref _ -> inner;
    };
  }

  private List<String> kinds(Facts.Package p, String type, List<Definition.Field> fields) {
    if (p.group().equals("-")) {
      return facts.metaKinds(type).stream()
          .map(gv -> (gv.startsWith("core/") ? gv.substring(4) : gv) + "/" + type)
          .toList();
    }
    List<String> names = fields.stream().map(Definition.Field::name).toList();
    return names.containsAll(List.of("apiVersion", "kind", "metadata"))
        ? List.of(p.group() + "/" + p.version() + "/" + type)
        : List.of();
  }

  /** The models lose the prose of a field beside a reference: then the type's own serves. */
  private Definition describeFields(Definition definition, Map<String, Definition> all) {
    List<Definition.Field> fields = new ArrayList<>();
    Map<String, String> own = new HashMap<>();
    for (Definition.Field f : definition.fields()) {
      String description = f.description();
      if (description.isEmpty()) {
        description = facts.description(definition.name() + "." + f.name());
      }
      if (description.isEmpty() && innermostOf(f.type()) instanceof Type.Ref(String target)) {
        description = all.get(target).description();
      }
      if (description.isEmpty()) {
        description = own.computeIfAbsent(f.name(), n -> "The " + words(n) + ".");
      }
      fields.add(
          new Definition.Field(
              f.name(),
              f.type(),
              description,
              f.required(),
              f.defaultJson(),
              f.goType(),
              f.enumValues(),
              f.patchStrategies(),
              f.mergeKey(),
              f.mapType(),
              f.protobuf()));
    }
    return new Definition(
        definition.name(),
        definition.body(),
        definition.description(),
        definition.mapType(),
        definition.kinds(),
        definition.unions(),
        fields);
  }

  private static Type innermostOf(Type type) {
    return switch (type) {
      case Type.ListOf list -> innermostOf(list.items());
      case Type.MapOf map -> innermostOf(map.values());
      case Type.Scalar _, Type.Any _, Type.Ref _ -> type;
    };
  }

  private static String words(String camelCase) {
    return camelCase.replaceAll("([a-z0-9])([A-Z])", "$1 $2").toLowerCase(java.util.Locale.ROOT);
  }
}
