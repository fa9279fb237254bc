package dev.mokha.schemagen;

import java.util.List;
import java.util.Map;

/**
 * One named type.
 *
 * @param name such as {@code io.k8s.api.core.v1.Pod}
 * @param body what it is when it is not an object with fields; null for such objects
 * @param description for people
 * @param mapType how apply merges it, or empty
 * @param kinds {@code group/version/kind} of each kind that is written so; the core group is empty
 * @param unions fields of which at most one may be set
 * @param fields in alphabetical order
 */
record Definition(
    String name,
    Type body,
    String description,
    String mapType,
    List<String> kinds,
    List<Union> unions,
    List<Field> fields) {

  /**
   * Fields of which at most one may be set.
   *
   * @param discriminator the field that says which; empty for none
   * @param members field to the discriminator's value
   */
  record Union(String discriminator, Map<String, String> members) {}

  /**
   * One field.
   *
   * @param goType the name of the type in Kubernetes' error messages when it isn't clear from the
   *     schema; else empty
   * @param protobuf field numbers from the outer message to the inner one; empty for none
   */
  record Field(
      String name,
      Type type,
      String description,
      boolean required,
      String defaultJson,
      String goType,
      List<String> enumValues,
      List<String> patchStrategies,
      String mergeKey,
      String mapType,
      List<Integer> protobuf) {}

  String shortName() {
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
