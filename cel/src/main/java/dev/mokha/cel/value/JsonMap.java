package dev.mokha.cel.value;

import dev.mokha.cel.DeclType;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A JSON object read in place as a map from strings. */
public final class JsonMap extends AbstractMap<Object, Object> {
  private final ObjectNode node;
  private final DeclType values;

  /** With values of that type. */
  public JsonMap(ObjectNode node, DeclType values) {
    this.node = node;
    this.values = values;
  }

  /** What it reads; shared, so read only. */
  public ObjectNode node() {
    return node;
  }

  @Override
  public int size() {
    return node.size();
  }

  @Override
  public boolean containsKey(Object key) {
    return key instanceof String name && node.has(name);
  }

  @Override
  public Object get(Object key) {
    JsonNode value = key instanceof String name ? node.get(name) : null;
    return value == null ? null : Values.ofJson(value, values);
  }

  @Override
  public Set<Map.Entry<Object, Object>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<Object, Object>> iterator() {
        Iterator<Map.Entry<String, JsonNode>> entries = node.properties().iterator();
        return new Iterator<>() {
          @Override
          public boolean hasNext() {
            return entries.hasNext();
          }

          @Override
          public Map.Entry<Object, Object> next() {
            Map.Entry<String, JsonNode> e = entries.next();
            return Map.entry(e.getKey(), Values.ofJson(e.getValue(), values));
          }
        };
      }

      @Override
      public int size() {
        return node.size();
      }
    };
  }
}
