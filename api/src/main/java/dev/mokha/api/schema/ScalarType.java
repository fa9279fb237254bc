package dev.mokha.api.schema;

/** The kinds of single values. The order is part of the schema resource's format. */
public enum ScalarType {
  STRING("string", "", "string"),
  /** Base64 in JSON, raw in protobuf. */
  BYTES("string", "byte", "[]uint8"),
  BOOLEAN("boolean", "", "bool"),
  INT32("integer", "int32", "int32"),
  INT64("integer", "int64", "int64"),
  DOUBLE("number", "double", "float64"),
  /** A whole number of any size; custom resource definitions only. */
  INTEGER("integer", "", "int64"),
  /** A number or a string such as {@code "50%"}. */
  INT_OR_STRING("string", "int-or-string", "intstr.IntOrString"),
  /** An amount such as {@code 500m} or {@code 2Gi}; numbers are taken, too. */
  QUANTITY("string", "", "resource.Quantity"),
  /** RFC 3339 in whole seconds. */
  TIME("string", "date-time", "v1.Time"),
  /** RFC 3339 in microseconds. */
  MICRO_TIME("string", "date-time", "v1.MicroTime");

  private final String openApiType;
  private final String format;
  private final String goType;

  ScalarType(String openApiType, String format, String goType) {
    this.openApiType = openApiType;
    this.format = format;
    this.goType = goType;
  }

  /** The {@code type} of OpenAPI. */
  public String openApiType() {
    return openApiType;
  }

  /** The {@code format} of OpenAPI, empty when it has none. */
  public String format() {
    return format;
  }

  /** The type's name in the error messages that Kubernetes' clients know. */
  public String goType() {
    return goType;
  }
}
