package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import dev.mokha.api.quantity.Quantity;
import dev.mokha.api.quantity.QuantityFormatException;
import java.util.Set;

/** The rules for requests, limits and other amounts of resources. */
final class ResourceRules {
  private static final Set<String> CONTAINER_RESOURCES =
      Set.of("cpu", "memory", "ephemeral-storage");
  private static final Set<String> COUNTED =
      Set.of(
          "pods",
          "services",
          "replicationcontrollers",
          "resourcequotas",
          "secrets",
          "configmaps",
          "persistentvolumeclaims",
          "services.nodeports",
          "services.loadbalancers");

  private static final Set<String> STANDARD =
      Set.of(
          "cpu",
          "memory",
          "ephemeral-storage",
          "storage",
          "requests.cpu",
          "requests.memory",
          "requests.storage",
          "requests.ephemeral-storage",
          "limits.cpu",
          "limits.memory",
          "limits.ephemeral-storage");

  private ResourceRules() {}

  /** Whether it is one of the resources that need no domain before their name. */
  static boolean isStandard(String resource) {
    return STANDARD.contains(resource)
        || COUNTED.contains(resource)
        || resource.startsWith("hugepages-")
        || resource.startsWith("requests.hugepages-");
  }

  static void standard(Value place, String resource) {
    if (resource.indexOf('/') < 0 && !isStandard(resource)) {
      place.invalid(resource, "must be a standard resource type or fully qualified");
    }
  }

  /** The amount, or zero when there is none; whether it can be read is the schema's affair. */
  static Quantity amount(Value quantity) {
    try {
      return quantity.isEmpty() ? Quantity.ZERO : Quantity.parse(quantity.text());
    } catch (QuantityFormatException e) {
      quantity.invalid(e.getMessage());
      return Quantity.ZERO;
    }
  }

  static void notNegative(Value quantity) {
    if (amount(quantity).signum() < 0) {
      quantity.invalid("must be greater than or equal to 0");
    }
  }

  /** {@code resources} of a container. */
  static void container(Value resources) {
    Value limits = resources.at("limits");
    Value requests = resources.at("requests");
    boolean huge = false;
    boolean computes = false;
    for (Value list : new Value[] {limits, requests}) {
      for (Value amount : list.entries()) {
        containerResourceName(amount);
        amountOf(amount.name(), amount);
        huge |= amount.name().startsWith("hugepages-");
        computes |= amount.name().equals("cpu") || amount.name().equals("memory");
      }
    }
    for (Value request : requests.entries()) {
      compare(request, requests, limits);
    }
    if (huge && !computes) {
      resources.forbidden("HugePages require cpu or memory");
    }
    for (Value claim : resources.at("claims").elements()) {
      claim.at("name").requiredKeeping(Names::dns1123Label);
    }
  }

  private static void compare(Value request, Value requests, Value limits) {
    String name = request.name();
    Value limit = limits.key(name);
    boolean overcommits = CONTAINER_RESOURCES.contains(name);
    if (!limit.exists()) {
      if (!overcommits) {
        limits.required("Limit must be set for non overcommitable resources");
      }
      return;
    }
    int order = amount(request).compareTo(amount(limit));
    if (!overcommits && order != 0) {
      requests.invalid(request.node(), "must be equal to " + name + " limit of " + amount(limit));
    } else if (order > 0) {
      requests.invalid(
          request.node(), "must be less than or equal to " + name + " limit of " + amount(limit));
    }
  }

  private static void containerResourceName(Value amount) {
    String name = amount.name();
    qualified(amount, name);
    standard(amount, name);
    if (name.indexOf('/') < 0
        && !CONTAINER_RESOURCES.contains(name)
        && !name.startsWith("hugepages-")) {
      amount.invalid(name, "must be a standard resource for containers");
    } else if (name.startsWith("requests.")) {
      amount.invalid(name, "doesn't follow extended resource name standard");
    }
  }

  static void qualified(Value place, String resource) {
    Names.qualifiedName(resource).forEach(m -> place.invalid(resource, m));
  }

  static void amountOf(String resource, Value quantity) {
    Quantity amount = amount(quantity);
    if (amount.signum() < 0) {
      quantity.invalid("must be greater than or equal to 0");
    }
    boolean counts = COUNTED.contains(resource) || resource.indexOf('/') >= 0;
    if (counts && !amount.isWhole()) {
      quantity.invalid("must be an integer");
    }
  }
}
