package dev.mokha.cel.value;

import dev.mokha.cel.DeclType;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object read in place as an object with declared fields; others can't be seen.
 *
 * @param node shared, so read only
 */
public record JsonObject(ObjectNode node, DeclType type) implements StructValue {
  @Override
  public String typeName() {
    return type.name();
  }

  @Override
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    for (Map.Entry<String, DeclType.Member> e : type.fields().entrySet()) {
      if (node.has(e.getValue().jsonName())) {
        names.add(e.getKey());
      }
    }
    return names;
  }

  @Override
  public boolean has(String name) {
    DeclType.Member field = type.fields().get(name);
    return field != null && node.has(field.jsonName());
  }

  @Override
  public Object get(String name) {
    DeclType.Member field = type.fields().get(name);
    JsonNode value = field == null ? null : node.get(field.jsonName());
    return value == null ? null : Values.ofJson(value, field.type());
  }
}
