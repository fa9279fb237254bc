package dev.mokha.api.schema;

import static dev.mokha.api.schema.Trees.isEmpty;
import static dev.mokha.api.schema.Trees.object;
import static dev.mokha.api.schema.Trees.text;
import static dev.mokha.api.schema.Trees.textUnlessGiven;

import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Services and network policies. Addresses and IP families are the server's to allocate. */
final class ServiceDefaults {
  private ServiceDefaults() {}

  static void addTo(Map<String, Consumer<ObjectNode>> rules) {
    rules.put("io.k8s.api.core.v1.Service", ServiceDefaults::service);
    rules.put("io.k8s.api.networking.v1.NetworkPolicySpec", ServiceDefaults::networkPolicy);
  }

  private static void service(ObjectNode service) {
    ObjectNode spec = object(service, "spec");
    textUnlessGiven(spec, "sessionAffinity", "None");
    if (text(spec, "sessionAffinity").equals("ClientIP")) {
      object(object(spec, "sessionAffinityConfig"), "clientIP");
    } else if (text(spec, "sessionAffinity").equals("None")) {
      spec.remove("sessionAffinityConfig");
    }
    textUnlessGiven(spec, "type", "ClusterIP");
    for (JsonNode port : spec.path("ports")) {
      if (port instanceof ObjectNode p && isUnset(p.get("targetPort")) && p.has("port")) {
        p.set("targetPort", p.get("port"));
      }
    }
    String type = text(spec, "type");
    boolean balanced = type.equals("LoadBalancer");
    boolean outside =
        balanced
            || type.equals("NodePort")
            || (type.equals("ClusterIP") && !isEmpty(spec, "externalIPs"));
    if (outside) {
      textUnlessGiven(spec, "externalTrafficPolicy", "Cluster");
    }
    if (!type.equals("ExternalName")) {
      textUnlessGiven(spec, "internalTrafficPolicy", "Cluster");
    }
    if (balanced) {
      if (!spec.has("allocateLoadBalancerNodePorts")) {
        spec.put("allocateLoadBalancerNodePorts", true);
      }
      for (JsonNode ingress : service.path("status").path("loadBalancer").path("ingress")) {
        if (ingress instanceof ObjectNode i && !text(i, "ip").isEmpty()) {
          textUnlessGiven(i, "ipMode", "VIP");
        }
      }
    }
  }

  private static boolean isUnset(JsonNode port) {
    return port == null
        || (port.isNumber() && port.asInt() == 0)
        || (port.isString() && port.stringValue().isEmpty());
  }

  private static void networkPolicy(ObjectNode spec) {
    if (isEmpty(spec, "policyTypes")) {
      ArrayNode types = spec.putArray("policyTypes").add("Ingress");
      if (!isEmpty(spec, "egress")) {
        types.add("Egress");
      }
    }
  }
}
