package dev.mokha.server.crd.validation;

import com.google.re2j.Pattern;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.JsonEquality;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What an OpenAPI v3 schema demands of values. On a change, a part that is as it was before is not
 * complained about (KEP-4008): a schema that has become stricter does not lock old objects.
 */
final class ValueCheck {
  private final Causes causes;

  private ValueCheck(Causes causes) {
    this.causes = causes;
  }

  /** Complains about a new value. */
  static void create(SchemaNode schema, JsonNode value, Path path, Causes causes) {
    new ValueCheck(causes).value(schema, value, path, null);
  }

  /**
   * Complains about what of a changed value is wrong and was not so before.
   *
   * @param old null for none
   */
  static void update(SchemaNode schema, JsonNode value, JsonNode old, Path path, Causes causes) {
    new ValueCheck(causes).value(schema, value, path, old);
  }

  private void value(SchemaNode schema, JsonNode value, Path path, JsonNode old) {
    int before = causes.size();
    if (hasType(schema, value, path)) {
      logic(schema, value, path);
      switch (value.getNodeType()) {
        case STRING -> text(schema, value, path);
        case NUMBER -> number(schema, value, path);
        case ARRAY -> list(schema, value, path, old);
        default -> {}
      }
      allowed(schema, value, path);
      if (value.isObject()) {
        object(schema, value, path, old);
      }
    }
    if (causes.size() > before && Correlation.unchanged(old, value)) {
      causes.keep(before);
    }
  }

  private boolean hasType(SchemaNode schema, JsonNode value, Path path) {
    if (value.isNull()) {
      if (schema.nullable || schema.types.isEmpty()) {
        return false;
      }
      mismatch(schema, "null", path);
      return false;
    }
    if (schema.types.isEmpty()) {
      return true;
    }
    String type =
        switch (value.getNodeType()) {
          case STRING -> "string";
          case BOOLEAN -> "boolean";
          case ARRAY -> "array";
          case OBJECT -> "object";
          default -> isWhole(value) ? "integer" : "number";
        };
    if (schema.types.contains(type)
        || (type.equals("integer") && schema.types.contains("number"))) {
      return true;
    }
    mismatch(schema, type, path);
    if (value.isNumber() && schema.types.contains("integer")) {
      range(schema, value, path);
    }
    return false;
  }

  private static boolean isWhole(JsonNode number) {
    if (number.isIntegralNumber()) {
      return true;
    }
    double value = number.doubleValue();
    return value == Math.rint(value) && Math.abs(value) < 0x1p63;
  }

  private void mismatch(SchemaNode schema, String actual, Path path) {
    causes.wrongType(
        path,
        actual,
        "%s in body must be of type %s: \"%s\""
            .formatted(path.name(), String.join(",", schema.types), actual));
  }

  private void logic(SchemaNode schema, JsonNode value, Path path) {
    if (!schema.anyOf.isEmpty()) {
      Causes best = null;
      boolean any = false;
      for (SchemaNode one : schema.anyOf) {
        Causes found = judge(one, value, path);
        any |= found.isEmpty();
        best = best == null ? found : best;
      }
      if (!any) {
        compound(path, "must validate at least one schema (anyOf)");
        causes.addAll(best);
      }
    }
    if (!schema.oneOf.isEmpty()) {
      Causes best = null;
      int valid = 0;
      for (SchemaNode one : schema.oneOf) {
        Causes found = judge(one, value, path);
        valid += found.isEmpty() ? 1 : 0;
        best = best == null ? found : best;
      }
      if (valid != 1) {
        compound(
            path,
            "must validate one and only one schema (oneOf). "
                + (valid == 0 ? "Found none valid" : "Found " + valid + " valid alternatives"));
        if (valid == 0) {
          causes.addAll(best);
        }
      }
    }
    if (!schema.allOf.isEmpty()) {
      int valid = 0;
      for (SchemaNode one : schema.allOf) {
        Causes found = judge(one, value, path);
        valid += found.isEmpty() ? 1 : 0;
        causes.addAll(found);
      }
      if (valid != schema.allOf.size()) {
        compound(
            path, "must validate all the schemas (allOf)" + (valid == 0 ? ". None validated" : ""));
      }
    }
    if (schema.not != null && judge(schema.not, value, path).isEmpty()) {
      compound(path, "must not validate the schema (not)");
    }
  }

  private static Causes judge(SchemaNode schema, JsonNode value, Path path) {
    Causes found = new Causes();
    create(schema, value, path, found);
    return found;
  }

  private void compound(Path path, String text) {
    causes.invalid(Path.ROOT, "", Causes.quoted(path.name()) + " " + text);
  }

  private void text(SchemaNode schema, JsonNode value, Path path) {
    String text = value.stringValue();
    String name = path.name() + " in body";
    boolean fits = true;
    if (schema.maxLength != Long.MAX_VALUE || schema.minLength > 0) {
      long length = text.codePointCount(0, text.length());
      if (length > schema.maxLength) {
        causes.tooLong(path, schema.maxLength);
        fits = false;
      } else if (length < schema.minLength) {
        causes.invalid(
            path, value, name + " should be at least " + schema.minLength + " chars long");
        fits = false;
      }
    }
    Pattern pattern = schema.pattern;
    if (fits && pattern != null && !pattern.matcher(text).find()) {
      causes.invalid(path, value, name + " should match '" + pattern.pattern() + "'");
    }
    if (!schema.format.isEmpty() && !schema.intOrString && !Formats.fits(schema.format, text)) {
      causes.wrongType(
          path, text, name + " must be of type " + schema.format + ": " + Causes.quoted(text));
    }
  }

  private void number(SchemaNode schema, JsonNode value, Path path) {
    if (schema.types.contains("integer")) {
      range(schema, value, path);
    }
    if (schema.maximum == null && schema.minimum == null && schema.multipleOf == null) {
      return;
    }
    // Bounds of whole numbers are whole numbers, too: their fractions are cut off.
    boolean whole = value.isIntegralNumber();
    String name = path.name() + " in body";
    BigDecimal amount = value.decimalValue();
    if (schema.multipleOf != null) {
      BigDecimal factor = bound(schema.multipleOf, whole);
      if (factor.signum() <= 0) {
        causes.invalid(
            path,
            Json.MAPPER.getNodeFactory().numberNode(factor),
            "factor MultipleOf declared for %s must be positive: %s"
                .formatted(path.name(), shown(factor.doubleValue())));
      } else if (amount.remainder(factor).signum() != 0) {
        causes.invalid(
            path, value, name + " should be a multiple of " + shown(factor.doubleValue()));
      }
    }
    if (schema.maximum != null) {
      BigDecimal most = bound(schema.maximum, whole);
      int c = amount.compareTo(most);
      if (c > 0 || (c == 0 && schema.exclusiveMaximum)) {
        causes.invalid(
            path,
            value,
            name
                + (schema.exclusiveMaximum
                    ? " should be less than "
                    : " should be less than or equal to ")
                + shown(most.doubleValue()));
      }
    }
    if (schema.minimum != null) {
      BigDecimal least = bound(schema.minimum, whole);
      int c = amount.compareTo(least);
      if (c < 0 || (c == 0 && schema.exclusiveMinimum)) {
        causes.invalid(
            path,
            value,
            name
                + (schema.exclusiveMinimum
                    ? " should be greater than "
                    : " should be greater than or equal to ")
                + shown(least.doubleValue()));
      }
    }
  }

  private static BigDecimal bound(double bound, boolean whole) {
    BigDecimal exact = BigDecimal.valueOf(bound);
    return whole ? exact.setScale(0, RoundingMode.DOWN) : exact;
  }

  /** Whether a whole number fits into its format. */
  private void range(SchemaNode schema, JsonNode value, Path path) {
    boolean fits =
        value.isIntegralNumber()
            ? schema.format.equals("int32") ? value.canConvertToInt() : value.canConvertToLong()
            : isWhole(value)
                && (!schema.format.equals("int32")
                    || Math.abs(value.doubleValue()) <= Integer.MAX_VALUE);
    if (fits || schema.intOrString) {
      return;
    }
    if (schema.format.equals("int64")) {
      causes.wrongType(
          path, "float64", path.name() + " in body must be of type int64: \"float64\"");
    }
    causes.invalid(
        Path.ROOT,
        "",
        "Checked value must be of type integer %s in %s"
            .formatted(
                schema.format.isEmpty() ? "(default format)" : "with format " + schema.format,
                path.name()));
  }

  static String shown(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e21
        ? new BigDecimal(number).toBigInteger().toString()
        : BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
  }

  private void list(SchemaNode schema, JsonNode value, Path path, JsonNode old) {
    if (schema.items != null) {
      for (int i = 0; i < value.size(); i++) {
        JsonNode element = value.get(i);
        value(schema.items, element, path.index(i), Correlation.element(schema, old, element));
      }
    }
    if (value.size() > schema.maxItems) {
      causes.tooMany(path, value.size(), schema.maxItems);
    }
    if (value.size() < schema.minItems) {
      causes.invalid(
          path,
          Json.MAPPER.getNodeFactory().numberNode(value.size()),
          path.name() + " in body should have at least " + schema.minItems + " items");
    }
    if (schema.uniqueItems && hasDuplicates(value)) {
      causes.invalid(path, "", path.name() + " in body shouldn't contain duplicates");
    }
  }

  private static boolean hasDuplicates(JsonNode list) {
    Set<JsonNode> seen = new HashSet<>();
    for (JsonNode element : list) {
      if (!seen.add(element)) {
        return true;
      }
    }
    return false;
  }

  private void allowed(SchemaNode schema, JsonNode value, Path path) {
    if (schema.values.isEmpty()) {
      return;
    }
    for (JsonNode one : schema.values) {
      if (JsonEquality.equal(one, value)) {
        return;
      }
    }
    List<String> shown = new ArrayList<>();
    for (JsonNode one : schema.values) {
      shown.add(one.isString() ? one.stringValue() : Json.text(one));
    }
    causes.notSupported(path, value, shown);
  }

  private void object(SchemaNode schema, JsonNode value, Path path, JsonNode old) {
    if (value.size() > schema.maxProperties) {
      causes.tooMany(path, value.size(), schema.maxProperties);
    }
    if (value.size() < schema.minProperties) {
      causes.invalid(
          path,
          Json.MAPPER.getNodeFactory().numberNode(value.size()),
          path.name() + " in body should have at least " + schema.minProperties + " properties");
    }
    for (Map.Entry<String, JsonNode> e : value.properties()) {
      SchemaNode field = schema.properties.get(e.getKey());
      if (field == null) {
        field = schema.additional;
      }
      if (field != null) {
        value(field, e.getValue(), path.child(e.getKey()), Correlation.field(old, e.getKey()));
      } else if (schema.forbidsAdditional) {
        causes.invalid(
            path, "", path.name() + "." + e.getKey() + " in body is a forbidden property");
      }
    }
    for (String name : schema.required) {
      if (!value.has(name)) {
        causes.required(path.child(name), "");
      }
    }
  }
}
