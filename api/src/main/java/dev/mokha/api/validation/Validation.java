package dev.mokha.api.validation;

import dev.mokha.api.resource.GroupVersionKind;
import java.util.Map;

/**
 * The rules of every built-in kind.
 *
 * <pre>{@code
 * List<StatusCause> causes = Validation.forKind(gvk).validateCreate(tree);
 * if (!causes.isEmpty()) {
 *   throw StatusException.invalid(gvk.group(), gvk.kind(), name, causes);
 * }
 * }</pre>
 */
public final class Validation {
  private static final ObjectValidator METADATA_ONLY = KindRules.metadataOnly(NameRule.SUBDOMAIN);
  private static final Map<String, ObjectValidator> BY_KIND = Map.of();

  private Validation() {}

  /** The rules of a kind; of one without rules of its own, those for metadata alone. */
  public static ObjectValidator forKind(GroupVersionKind kind) {
    return BY_KIND.getOrDefault(kind.group() + "/" + kind.kind(), METADATA_ONLY);
  }
}
