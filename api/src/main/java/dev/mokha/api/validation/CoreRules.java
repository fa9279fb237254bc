package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import dev.mokha.api.object.Json;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;

/** The rules for the plain kinds of the core group: namespaces, nodes, configuration. */
final class CoreRules {
  private static final int MOST_DATA_BYTES = 1024 * 1024;

  private static final int MOST_EVENT_WORD = 128;
  private static final int MOST_EVENT_NOTE = 1024;

  private CoreRules() {}

  static void namespace(Value namespace) {
    for (Value finalizer : namespace.at("spec", "finalizers").elements()) {
      finalizer.keeps(Names::qualifiedName);
    }
  }

  static void namespaceStatus(Value namespace, Value old) {
    boolean deleting = namespace.at("metadata").has("deletionTimestamp");
    Value phase = namespace.at("status", "phase");
    if (!deleting && phase.is("Terminating")) {
      phase.invalid("may only be 'Active' if `deletionTimestamp` is empty");
    } else if (deleting && !phase.is("Terminating")) {
      phase.invalid("may only be 'Terminating' if `deletionTimestamp` is not empty");
    }
  }

  static void configMap(Value map) {
    Set<String> keys = new HashSet<>();
    long total = 0;
    for (Value entry : map.at("data").entries()) {
      keys.add(entry.name());
      key(entry);
      total += Sizes.utf8(entry.text());
    }
    for (Value entry : map.at("binaryData").entries()) {
      key(entry);
      if (keys.contains(entry.name())) {
        map.at("data")
            .key(entry.name())
            .invalid(entry.name(), "duplicate of key present in binaryData");
      }
      total += Sizes.base64(entry.text());
    }
    if (total > MOST_DATA_BYTES) {
      map.errors().tooLong("", MOST_DATA_BYTES);
    }
  }

  private static void key(Value entry) {
    Names.configMapKey(entry.name()).forEach(m -> entry.invalid(entry.name(), m));
  }

  static void immutableData(Value object, Value old) {
    if (!old.at("immutable").flag()) {
      return;
    }
    if (!object.at("immutable").flag()) {
      object.at("immutable").forbidden("field is immutable when `immutable` is set");
    }
    for (String field : List.of("data", "binaryData")) {
      if (!object.at(field).sameAs(old.at(field))
          && !(object.at(field).isEmpty() && old.at(field).isEmpty())) {
        object.at(field).forbidden("field is immutable when `immutable` is set");
      }
    }
  }

  static void secret(Value secret) {
    long total = 0;
    for (Value entry : secret.at("data").entries()) {
      key(entry);
      total += Sizes.base64(entry.text());
    }
    if (total > MOST_DATA_BYTES) {
      secret.errors().tooLong("data", MOST_DATA_BYTES);
    }
    Value data = secret.at("data");
    switch (secret.at("type").text()) {
      case "kubernetes.io/service-account-token" -> {
        Value account =
            secret.at("metadata", "annotations").key("kubernetes.io/service-account.name");
        if (account.isEmpty()) {
          account.required();
        }
      }
      case "kubernetes.io/dockercfg" -> json(data.key(".dockercfg"));
      case "kubernetes.io/dockerconfigjson" -> json(data.key(".dockerconfigjson"));
      case "kubernetes.io/basic-auth" -> {
        if (!data.has("username") && !data.has("password")) {
          data.key("username").required();
          data.key("password").required();
        }
      }
      case "kubernetes.io/ssh-auth" -> data.key("ssh-privatekey").isRequired();
      case "kubernetes.io/tls" -> {
        for (String part : List.of("tls.crt", "tls.key")) {
          if (!data.node().has(part)) {
            data.key(part).required();
          }
        }
      }
      default -> {}
    }
  }

  private static void json(Value entry) {
    if (!entry.exists()) {
      entry.required();
      return;
    }
    try {
      Json.MAPPER.readTree(Base64.getDecoder().decode(entry.text()));
    } catch (IllegalArgumentException | JacksonException e) {
      entry.invalid("<secret contents redacted>", e.getMessage().lines().findFirst().orElse(""));
    }
  }

  static void secretChange(Value secret, Value old) {
    secret.at("type").immutable(old.at("type"));
    immutableData(secret, old);
  }

  static void node(Value node) {
    Value taints = node.at("metadata").alias("taints", node.at("spec", "taints"));
    Set<String> seen = new HashSet<>();
    for (Value taint : taints.elements()) {
      Value key = taint.at("key");
      key.invalid(Names.qualifiedName(key.text()));
      taint.at("value").keeps(Names::labelValue);
      taint.at("effect").requiredOneOf("NoSchedule", "PreferNoSchedule", "NoExecute");
      if (!seen.add(key.text() + ":" + taint.at("effect").text())) {
        taint.duplicate();
      }
    }
    Value ranges = node.at("spec", "podCIDRs");
    ranges.elements().forEach(Addresses::checkRange);
    if (!ranges.isEmpty() && !ranges.element0().sameAs(node.at("spec", "podCIDR"))) {
      ranges.element0().invalid("must match podCIDR");
    }
    if (ranges.size() > 2) {
      ranges.invalid("may specify no more than one CIDR for each IP family");
    }
  }

  static void nodeChange(Value node, Value old) {
    Value spec = node.at("spec");
    Value before = old.at("spec");
    for (String once : List.of("providerID", "podCIDR")) {
      if (!before.at(once).isEmpty() && !spec.at(once).sameAs(before.at(once))) {
        spec.at(once)
            .forbidden("node updates may not change " + once + " except from \"\" to valid");
      }
    }
  }

  static void nodeStatus(Value node, Value old) {
    nodeChange(node, old);
    Set<String> seen = new HashSet<>();
    for (Value address : node.at("status", "addresses").elements()) {
      if (!seen.add(address.at("type").text() + "/" + address.at("address").text())) {
        address.duplicate();
      }
    }
    for (String list : List.of("capacity", "allocatable")) {
      for (Value amount : node.at("status", list).entries()) {
        ResourceRules.qualified(amount, amount.name());
        ResourceRules.amountOf(amount.name(), amount);
      }
    }
  }

  static void event(Value event) {
    String about = event.at("involvedObject", "namespace").text();
    String namespace = event.at("metadata", "namespace").text();
    boolean matches =
        about.isEmpty()
            ? namespace.equals("default") || namespace.isEmpty()
            : about.equals(namespace);
    if (!matches) {
      event.at("involvedObject", "namespace").invalid("does not match event.namespace");
    }
  }

  /** Events of the newer group must say more, unless an old client writes them the old way. */
  static void groupEvent(Value event) {
    String about = event.at("regarding", "namespace").text();
    String namespace = event.at("metadata", "namespace").text();
    if (!about.isEmpty() && !about.equals(namespace)) {
      event.at("regarding", "namespace").invalid("does not match event.namespace");
    }
    if (!event.at("eventTime").exists()) {
      return;
    }
    Value controller = event.at("reportingController");
    controller.isRequired();
    controller.invalid(Names.qualifiedName(controller.text()));
    event.at("reportingInstance").isRequired();
    event.at("action").isRequired();
    event.at("reason").isRequired();
    for (String word : List.of("reportingInstance", "action", "reason")) {
      if (event.at(word).text().length() > MOST_EVENT_WORD) {
        event.at(word).invalid("can have at most 128 characters");
      }
    }
    if (event.at("note").text().length() > MOST_EVENT_NOTE) {
      event.at("note").invalid("can have at most 1024 characters");
    }
    if (!event.at("type").is("Normal") && !event.at("type").is("Warning")) {
      event.at("type").invalid("has invalid value: " + event.at("type").text());
    }
  }

  static void revision(Value revision) {
    revision.at("revision").nonNegative();
    if (revision.at("data").isEmpty()) {
      revision.at("data").required("data is mandatory");
    }
  }

  static void revisionChange(Value revision, Value old) {
    revision.at("data").immutable(old.at("data"));
  }

  static void serviceStatus(Value service, Value old) {
    Value ingress = service.at("status").at("loadBalancer", "ingress");
    if (!ingress.isEmpty() && !service.at("spec", "type").is("LoadBalancer")) {
      ingress.forbidden("may only be used when `spec.type` is \"LoadBalancer\"");
    }
    for (Value point : ingress.elements()) {
      if (!point.at("ip").isEmpty()) {
        Addresses.check(point.at("ip"));
      }
      point.at("hostname").keeps(Names::dns1123Subdomain);
    }
  }

  static void podTemplate(Value object) {
    PodRules.template(object.at("template"));
  }

  static void binding(Value binding) {
    Value target = binding.at("target");
    if (!target.at("kind").isEmpty() && !target.at("kind").is("Node")) {
      target.at("kind").notSupported("Node", "<empty>");
    }
    Value name = target.at("name");
    if (name.isRequired()) {
      name.keeps(Names::dns1123Subdomain);
    }
  }
}
