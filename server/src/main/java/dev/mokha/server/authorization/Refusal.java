package dev.mokha.server.authorization;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import java.util.List;

/** Says no in Kubernetes' words. */
public final class Refusal {
  private Refusal() {}

  /** The 403 for a wish that nobody allowed. */
  public static StatusException of(Attributes wish, Decision decision) {
    String because = sentence(wish);
    if (!decision.reason().isEmpty()) {
      because += ": " + decision.reason();
    }
    if (!wish.resourceRequest()) {
      return new StatusException(
          StatusReason.FORBIDDEN, "forbidden: " + because, StatusException.Details.NONE);
    }
    String what = wish.group().isEmpty() ? wish.resource() : wish.resource() + "." + wish.group();
    String subject =
        wish.name().isEmpty()
            ? what + " is forbidden: "
            : "%s \"%s\" is forbidden: ".formatted(what, wish.name());
    return new StatusException(
        StatusReason.FORBIDDEN,
        subject + because,
        new StatusException.Details(wish.group(), wish.resource(), wish.name(), "", List.of(), 0));
  }

  private static String sentence(Attributes wish) {
    if (!wish.resourceRequest()) {
      return "User \"%s\" cannot %s path \"%s\""
          .formatted(wish.user().name(), wish.verb(), wish.path());
    }
    String text =
        "User \"%s\" cannot %s resource \"%s\" in API group \"%s\""
            .formatted(wish.user().name(), wish.verb(), wish.qualifiedResource(), wish.group());
    return wish.namespace().isEmpty()
        ? text + " at the cluster scope"
        : text + " in the namespace \"%s\"".formatted(wish.namespace());
  }
}
