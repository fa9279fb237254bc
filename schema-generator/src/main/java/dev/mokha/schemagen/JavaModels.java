package dev.mokha.schemagen;

import com.google.gson.annotations.SerializedName;
import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.custom.Quantity;
import io.swagger.annotations.ApiModel;
import io.swagger.annotations.ApiModelProperty;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What the model classes of client-java-api say of names, types, required fields, and prose. */
final class JavaModels {
  /** A field as its Java class has it. */
  record Property(String name, Type type, boolean required, String description) {}

  private static final String MODELS = "io.kubernetes.client.openapi.models.";

  private final Map<String, Class<?>> classes = new HashMap<>();
  private final Map<Class<?>, String> definitions = new HashMap<>();

  JavaModels(Facts facts) {
    for (Facts.Package p : facts.packages()) {
      for (String type : p.types()) {
        find(p.name(), type)
            .ifPresent(
                c -> {
                  String definition = p.name() + "." + type;
                  classes.put(definition, c);
                  String other = definitions.put(c, definition);
                  if (other != null) {
                    throw new IllegalStateException(
                        c + " stands for both " + other + " and " + definition);
                  }
                });
      }
    }
  }

  /** Classes are named V1Pod, or CoreV1Event where two groups have a type of that name. */
  private static java.util.Optional<Class<?>> find(String packageName, String type) {
    String[] parts = packageName.split("\\.");
    String version = capital(parts[parts.length - 1]);
    String group = capital(parts[parts.length - 2]);
    for (String candidate : List.of(group + version + type, version + type)) {
      try {
        return java.util.Optional.of(Class.forName(MODELS + candidate));
      } catch (ClassNotFoundException e) {
        // The next name is tried.
      }
    }
    return java.util.Optional.empty();
  }

  private static String capital(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  boolean has(String definition) {
    return classes.containsKey(definition);
  }

  String description(String definition) {
    Class<?> c = classes.get(definition);
    ApiModel model = c == null ? null : c.getAnnotation(ApiModel.class);
    return model == null ? "" : model.description();
  }

  /** The fields in alphabetical order of their JSON names. */
  List<Property> properties(String definition) {
    Class<?> c = classes.get(definition);
    Map<String, Method> getters = new HashMap<>();
    for (Method method : c.getMethods()) {
      String name = method.getName();
      if (method.getParameterCount() == 0 && method.isAnnotationPresent(ApiModelProperty.class)) {
        getters.put(plain(name.startsWith("is") ? name.substring(2) : name.substring(3)), method);
      }
    }
    Set<String> required = required(c);
    List<Property> properties = new ArrayList<>();
    for (java.lang.reflect.Field field : c.getDeclaredFields()) {
      SerializedName json = field.getAnnotation(SerializedName.class);
      if (json == null) {
        continue;
      }
      Method getter = getters.get(plain(field.getName()));
      properties.add(
          new Property(
              json.value(),
              type(field.getGenericType(), definition + "." + json.value()),
              required.contains(json.value()),
              getter == null ? "" : getter.getAnnotation(ApiModelProperty.class).value()));
    }
    properties.sort(Comparator.comparing(Property::name));
    return properties;
  }

  private static String plain(String name) {
    return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
  }

  private static Set<String> required(Class<?> c) {
    try {
      @SuppressWarnings("unchecked") // The models declare it as HashSet<String>.
      Set<String> names = (Set<String>) c.getField("openapiRequiredFields").get(null);
      return names;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(c + " does not list its required fields", e);
    }
  }

  private Type type(java.lang.reflect.Type java, String where) {
    if (java instanceof ParameterizedType generic) {
      java.lang.reflect.Type[] arguments = generic.getActualTypeArguments();
      return generic.getRawType() == List.class
          ? new Type.ListOf(type(arguments[0], where), "", List.of())
          : new Type.MapOf(type(arguments[1], where), "");
    }
    String definition = definitions.get(java);
    if (definition != null) {
      return new Type.Ref(definition);
    }
    Map<Class<?>, Type> scalars =
        Map.of(
            String.class, Type.Scalar.STRING,
            byte[].class, Type.Scalar.BYTES,
            Boolean.class, Type.Scalar.BOOLEAN,
            Integer.class, Type.Scalar.INT32,
            Long.class, Type.Scalar.INT64,
            Double.class, Type.Scalar.DOUBLE,
            IntOrString.class, Type.Scalar.INT_OR_STRING,
            Quantity.class, Type.Scalar.QUANTITY,
            OffsetDateTime.class, Type.Scalar.TIME,
            Object.class, new Type.Any(0));
    Type scalar = scalars.get(java);
    if (scalar == null) {
      throw new IllegalStateException("No type for " + java + " of " + where);
    }
    return scalar;
  }
}
