package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.JsonEquality;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The rules for FlowSchemas and PriorityLevelConfigurations (KEP-1040). */
final class FlowRules {
  private static final int HIGHEST_PRECEDENCE = 10_000;
  private static final int MOST_QUEUES = 10_000_000;
  private static final int MOST_ENTROPY_BITS = 60;
  private static final String EXEMPT = "exempt";
  private static final String ALL = "*";
  private static final String[] VERBS = {
    "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"
  };

  private FlowRules() {}

  static void schema(Value schema) {
    Value spec = schema.at("spec");
    Value precedence = spec.at("matchingPrecedence");
    String name = schema.at("metadata", "name").text();
    if (precedence.number() <= 0) {
      precedence.invalid("must be a positive value");
    }
    if (precedence.number() > HIGHEST_PRECEDENCE) {
      precedence.invalid("must not be greater than " + HIGHEST_PRECEDENCE);
    }
    if (precedence.number() == 1 && !name.equals(EXEMPT)) {
      precedence.invalid("only the schema named 'exempt' may have matchingPrecedence 1");
    }
    Value type = spec.at("distinguisherMethod", "type");
    if (spec.has("distinguisherMethod") && !type.is("ByUser") && !type.is("ByNamespace")) {
      ObjectNode shown = Json.MAPPER.createObjectNode().put("Type", type.text());
      type.errors().notSupported(type.path(), shown, List.of("ByNamespace", "ByUser"));
    }
    Value level = spec.at("priorityLevelConfiguration", "name");
    if (level.isEmpty()) {
      level.required("must reference a priority level");
    } else {
      level.keeps(Names::dns1123Subdomain);
    }
    for (Value rule : spec.at("rules").elements()) {
      rule(rule);
    }
    ObjectNode fixed = MandatoryFlow.schemas().get(name);
    if (fixed != null && !JsonEquality.equal(spec.node(), fixed.path("spec"))) {
      spec.invalid("spec of '" + name + "' must equal the fixed value");
    }
    conditions(schema);
  }

  private static void rule(Value rule) {
    Value subjects = rule.at("subjects");
    if (subjects.isEmpty()) {
      subjects.required("subjects must contain at least one value");
    }
    subjects.elements().forEach(FlowRules::subject);
    if (rule.at("resourceRules").isEmpty() && rule.at("nonResourceRules").isEmpty()) {
      rule.required("at least one of resourceRules and nonResourceRules has to be non-empty");
    }
    rule.at("resourceRules").elements().forEach(FlowRules::resourceRule);
    rule.at("nonResourceRules").elements().forEach(FlowRules::pathRule);
  }

  private static void subject(Value subject) {
    Value kind = subject.at("kind");
    String own =
        switch (kind.text()) {
          case "User" -> "user";
          case "Group" -> "group";
          case "ServiceAccount" -> "serviceAccount";
          default -> "";
        };
    if (own.isEmpty()) {
      kind.notSupported("Group", "ServiceAccount", "User");
      return;
    }
    if (!subject.has(own)) {
      subject.at(own).required(own + " is required when subject kind is '" + kind.text() + "'");
    } else if (own.equals("serviceAccount")) {
      serviceAccount(subject.at(own));
    } else {
      subject.at(own, "name").isRequired();
    }
    forbidOther(subject, own, "user", "User");
    forbidOther(subject, own, "group", "Group");
    forbidOther(subject, own, "serviceAccount", "ServiceAccount");
  }

  private static void forbidOther(Value subject, String own, String other, String kind) {
    if (!own.equals(other) && subject.has(other)) {
      subject.at(other).forbidden(other + " is forbidden when subject kind is not '" + kind + "'");
    }
  }

  private static void serviceAccount(Value account) {
    Value name = account.at("name");
    if (name.isRequired() && !name.is(ALL)) {
      name.keeps(Names::dns1123Subdomain);
    }
    Value namespace = account.at("namespace");
    if (namespace.isEmpty()) {
      namespace.required("must specify namespace for service account");
    } else {
      namespace.keeps(Names::dns1123Label);
    }
  }

  private static void resourceRule(Value rule) {
    verbs(rule.at("verbs"), VERBS);
    listed(rule.at("apiGroups"), "resource rules must supply at least one api group", "api groups");
    listed(rule.at("resources"), "resource rules must supply at least one resource", "resources");
    Value namespaces = rule.at("namespaces");
    if (namespaces.isEmpty() && !rule.at("clusterScope").flag()) {
      namespaces.required(
          "resource rules that are not cluster scoped must supply at least one namespace");
    } else if (hasAll(namespaces) && namespaces.size() > 1) {
      namespaces.invalid("if '*' is present, must not specify other namespaces");
    } else {
      for (Value namespace : namespaces.elements()) {
        if (!namespace.is(ALL)) {
          for (String wrong : Names.dns1123Label(namespace.text())) {
            namespace.invalid("each member of this list must be '*' or a DNS-1123 label; " + wrong);
          }
        }
      }
    }
  }

  private static void verbs(Value verbs, String... supported) {
    if (verbs.isEmpty()) {
      verbs.required("verbs must contain at least one value");
    } else if (hasAll(verbs)) {
      if (verbs.size() > 1) {
        verbs.invalid("if '*' is present, must not specify other verbs");
      }
    } else {
      Set<String> known = Set.of(supported);
      for (Value verb : verbs.elements()) {
        if (!known.contains(verb.text())) {
          verbs.notSupported(supported);
          return;
        }
      }
    }
  }

  private static void listed(Value list, String whenEmpty, String what) {
    if (list.isEmpty()) {
      list.required(whenEmpty);
    } else if (hasAll(list) && list.size() > 1) {
      list.invalid("if '*' is present, must not specify other " + what);
    }
  }

  private static boolean hasAll(Value list) {
    for (Value v : list.elements()) {
      if (v.is(ALL)) {
        return true;
      }
    }
    return false;
  }

  private static void pathRule(Value rule) {
    verbs(rule.at("verbs"), "delete", "get", "head", "options", "patch", "post", "put", "update");
    Value paths = rule.at("nonResourceURLs");
    if (paths.isEmpty()) {
      paths.required("nonResourceURLs must contain at least one value");
    } else if (hasAll(paths) && paths.size() > 1) {
      paths.invalid("if '*' is present, must not specify other non-resource URLs");
    } else {
      paths.elements().forEach(FlowRules::path);
    }
  }

  private static void path(Value path) {
    String text = path.text();
    if (text.isEmpty()) {
      path.required();
    } else if (text.equals(ALL) || text.equals("/")) {
      return;
    } else if (!text.startsWith("/")) {
      path.invalid("must start with slash");
    } else if (text.chars().anyMatch(Character::isWhitespace)) {
      path.invalid("must not contain white-space");
    } else if (text.contains("//")) {
      path.invalid("must not contain double slash");
    } else if (text.indexOf('*') >= 0 && text.indexOf('*') != text.length() - 1) {
      path.invalid("wildcard can only do suffix matching");
    }
  }

  static void level(Value level) {
    Value spec = level.at("spec");
    String name = level.at("metadata", "name").text();
    Value type = spec.at("type");
    boolean exempt = type.is("Exempt");
    if (exempt != name.equals(EXEMPT)) {
      if (exempt || type.is("Limited")) {
        type.invalid("must be 'Exempt' if and only if `name` is 'exempt'");
      }
    }
    Value limited = spec.at("limited");
    Value freed = spec.at("exempt");
    if (exempt) {
      if (limited.exists()) {
        limited.forbidden("must be nil if the type is not Limited");
      }
      shares(freed.at("nominalConcurrencyShares"));
      percent(freed.at("lendablePercent"));
    } else if (type.is("Limited")) {
      if (freed.exists()) {
        freed.forbidden("must be nil if the type is Limited");
      }
      if (limited.exists()) {
        limited(limited);
      } else {
        limited.required("must not be empty when type is Limited");
      }
    } else {
      if (type.exists()) {
        type.notSupported("Exempt", "Limited");
      } else {
        type.errors().notSupported(type.path(), "", List.of("Exempt", "Limited"));
      }
    }
    fixedLevel(spec, name);
    conditions(level);
  }

  /** Of {@code exempt}, the shares alone may be changed; of {@code catch-all} nothing. */
  private static void fixedLevel(Value spec, String name) {
    ObjectNode mandatory = MandatoryFlow.levels().get(name);
    if (mandatory == null) {
      return;
    }
    ObjectNode fixed = (ObjectNode) mandatory.path("spec");
    JsonNode now = spec.node();
    if (name.equals(EXEMPT)) {
      fixed.remove(EXEMPT);
      ObjectNode without = now instanceof ObjectNode o ? o.deepCopy() : fixed.objectNode();
      without.remove(EXEMPT);
      if (!JsonEquality.equal(without, fixed)) {
        spec.invalid("spec of 'exempt' except the 'spec.exempt' field must equal the fixed value");
      }
    } else if (!JsonEquality.equal(now, fixed)) {
      spec.invalid("spec of '" + name + "' must equal the fixed value");
    }
  }

  private static void limited(Value limited) {
    shares(limited.at("nominalConcurrencyShares"));
    Value response = limited.at("limitResponse");
    Value queuing = response.at("queuing");
    Value type = response.at("type");
    switch (type.text()) {
      case "Reject" -> {
        if (queuing.exists()) {
          queuing.forbidden("must be nil if limited.limitResponse.type is not Limited");
        }
      }
      case "Queue" -> {
        if (queuing.exists()) {
          queuing(queuing);
        } else {
          queuing.required("must not be empty if limited.limitResponse.type is Limited");
        }
      }
      default -> type.errors().notSupported(type.path(), type.text(), List.of("Queue", "Reject"));
    }
    percent(limited.at("lendablePercent"));
    Value borrowing = limited.at("borrowingLimitPercent");
    if (borrowing.number() < 0) {
      borrowing.invalid("if specified, must be a non-negative integer");
    }
  }

  private static void shares(Value shares) {
    if (shares.number() < 0) {
      shares.invalid("must be a non-negative integer");
    }
  }

  private static void percent(Value percent) {
    if (percent.number() < 0 || percent.number() > 100) {
      percent.invalid("must be between 0 and 100, inclusive");
    }
  }

  private static void queuing(Value queuing) {
    Value queues = queuing.at("queues");
    Value hand = queuing.at("handSize");
    for (Value v : List.of(queuing.at("queueLengthLimit"), queues)) {
      if (v.number() <= 0) {
        v.invalid("must be positive");
      }
    }
    if (queues.number() > MOST_QUEUES) {
      queues.invalid("must not be greater than " + MOST_QUEUES);
    }
    if (hand.number() <= 0) {
      hand.invalid("must be positive");
    } else if (hand.number() > queues.number()) {
      hand.invalid("should not be greater than queues (" + queues.number() + ")");
    } else if (Math.ceil(Math.log(queues.number()) / Math.log(2) * hand.number())
        > MOST_ENTROPY_BITS) {
      hand.invalid(
          "required entropy bits of deckSize %d and handSize %d should not be greater than %d"
              .formatted(queues.number(), hand.number(), MOST_ENTROPY_BITS));
    }
  }

  /** Changes of the status are checked like any other state. */
  static void status(Value updated, Value old) {
    conditions(updated);
  }

  private static void conditions(Value object) {
    Set<String> types = new HashSet<>();
    for (Value condition : object.at("status", "conditions").elements()) {
      Value type = condition.at("type");
      if (type.isRequired() && !types.add(type.text())) {
        type.duplicate();
      }
    }
  }
}
