package dev.mokha.server.flow;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.JsonEquality;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.validation.MandatoryFlow;
import dev.mokha.client.ApiClient;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The FlowSchemas and PriorityLevelConfigurations that every cluster begins with: the mandatory
 * ones, and those upstream's release 1.36 suggests. The suggested ones are kept as they are here
 * while their annotation {@code apf.kubernetes.io/autoupdate-spec} says so, or, when they have
 * none, while nobody has changed them.
 */
public final class FlowObjects {
  /** FlowSchemas. */
  static final GroupVersionResource SCHEMAS =
      new GroupVersionResource("flowcontrol.apiserver.k8s.io", "v1", "flowschemas");

  /** PriorityLevelConfigurations. */
  static final GroupVersionResource LEVELS =
      new GroupVersionResource("flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations");

  private static final String AUTHENTICATED = "system:authenticated";
  private static final String UNAUTHENTICATED = "system:unauthenticated";
  private static final String ALL = "*";

  private FlowObjects() {}

  /** The priority levels by name. */
  static Map<String, ObjectNode> levels() {
    Map<String, ObjectNode> all = new TreeMap<>(MandatoryFlow.levels());
    level(all, "node-high", 40, 25, 64, 6);
    level(all, "system", 30, 33, 64, 6);
    level(all, "leader-election", 10, 0, 16, 4);
    level(all, "workload-high", 40, 50, 128, 6);
    level(all, "workload-low", 100, 90, 128, 6);
    level(all, "global-default", 20, 50, 128, 6);
    return all;
  }

  private static void level(
      Map<String, ObjectNode> to, String name, int shares, int lends, int queues, int hand) {
    ObjectNode object = object("PriorityLevelConfiguration", name);
    ObjectNode limited = object.putObject("spec").put("type", "Limited").putObject("limited");
    limited.put("nominalConcurrencyShares", shares).put("lendablePercent", lends);
    ObjectNode response = limited.putObject("limitResponse").put("type", "Queue");
    response
        .putObject("queuing")
        .put("queues", queues)
        .put("handSize", hand)
        .put("queueLengthLimit", 50);
    to.put(name, object);
  }

  /** The schemas by name. */
  static Map<String, ObjectNode> schemas() {
    Map<String, ObjectNode> all = new LinkedHashMap<>(MandatoryFlow.schemas());
    ObjectNode probes =
        schema(all, "probes", "exempt", 2, "", group(UNAUTHENTICATED), group(AUTHENTICATED));
    paths(probes, "get", "/healthz", "/readyz", "/livez");
    ObjectNode election =
        schema(
            all,
            "system-leader-election",
            "leader-election",
            100,
            "ByUser",
            user("system:kube-controller-manager"),
            user("system:kube-scheduler"),
            serviceAccounts());
    leases(election, "get", "create", "update");
    ObjectNode nodes =
        schema(all, "system-node-high", "node-high", 400, "ByUser", group("system:nodes"));
    resources(nodes, List.of(ALL), "", List.of("nodes", "nodes/status")).put("clusterScope", true);
    leases(nodes, ALL);
    everything(schema(all, "system-nodes", "system", 500, "ByUser", group("system:nodes")));
    for (String manager : List.of("kube-controller-manager", "kube-scheduler")) {
      everything(
          schema(all, manager, "workload-high", 800, "ByNamespace", user("system:" + manager)));
    }
    everything(
        schema(
            all,
            "kube-system-service-accounts",
            "workload-high",
            900,
            "ByNamespace",
            serviceAccounts()));
    everything(
        schema(
            all,
            "service-accounts",
            "workload-low",
            9000,
            "ByUser",
            group("system:serviceaccounts")));
    everything(
        schema(
            all,
            "global-default",
            "global-default",
            9900,
            "ByUser",
            group(UNAUTHENTICATED),
            group(AUTHENTICATED)));
    return all;
  }

  private static ObjectNode object(String kind, String name) {
    ObjectNode object = Json.MAPPER.createObjectNode();
    object.put("apiVersion", MandatoryFlow.API_VERSION).put("kind", kind);
    ObjectNode metadata = object.putObject("metadata").put("name", name);
    metadata.putObject("annotations").put(MandatoryFlow.AUTO_UPDATE, "true");
    return object;
  }

  /** Adds a schema of one rule and gives that rule. */
  private static ObjectNode schema(
      Map<String, ObjectNode> to,
      String name,
      String level,
      int precedence,
      String flows,
      ObjectNode... subjects) {
    ObjectNode object = object("FlowSchema", name);
    ObjectNode spec = object.putObject("spec").put("matchingPrecedence", precedence);
    spec.putObject("priorityLevelConfiguration").put("name", level);
    if (!flows.isEmpty()) {
      spec.putObject("distinguisherMethod").put("type", flows);
    }
    ObjectNode rule = spec.putArray("rules").addObject();
    rule.putArray("subjects").addAll(List.of(subjects));
    to.put(name, object);
    return rule;
  }

  private static ObjectNode subject(String kind, String field, String name) {
    ObjectNode subject = Json.MAPPER.createObjectNode().put("kind", kind);
    subject.putObject(field).put("name", name);
    return subject;
  }

  private static ObjectNode group(String name) {
    return subject("Group", "group", name);
  }

  private static ObjectNode user(String name) {
    return subject("User", "user", name);
  }

  private static ObjectNode serviceAccounts() {
    ObjectNode subject = subject("ServiceAccount", "serviceAccount", ALL);
    ((ObjectNode) subject.path("serviceAccount")).put("namespace", "kube-system");
    return subject;
  }

  private static ObjectNode resources(
      ObjectNode rule, List<String> verbs, String group, List<String> resources) {
    ObjectNode added = rule.withArray("/resourceRules").addObject();
    verbs.forEach(added.putArray("verbs")::add);
    added.putArray("apiGroups").add(group);
    resources.forEach(added.putArray("resources")::add);
    added.putArray("namespaces").add(ALL);
    return added;
  }

  private static void leases(ObjectNode rule, String... verbs) {
    resources(rule, List.of(verbs), "coordination.k8s.io", List.of("leases"));
  }

  private static void paths(ObjectNode rule, String verb, String... paths) {
    ObjectNode added = rule.withArray("/nonResourceRules").addObject();
    added.putArray("verbs").add(verb);
    ArrayNode urls = added.putArray("nonResourceURLs");
    for (String path : paths) {
      urls.add(path);
    }
  }

  private static void everything(ObjectNode rule) {
    resources(rule, List.of(ALL), ALL, List.of(ALL)).put("clusterScope", true);
    paths(rule, ALL, ALL);
  }

  /**
   * Makes what is missing, brings back what the server keeps up to date, and removes what an
   * earlier release kept so and this one does not know.
   */
  public static void ensure(ApiClient client, ObjectReader objects) {
    ensure(client, objects, LEVELS, levels(), MandatoryFlow.levels());
    ensure(client, objects, SCHEMAS, schemas(), MandatoryFlow.schemas());
  }

  private static void ensure(
      ApiClient client,
      ObjectReader objects,
      GroupVersionResource resource,
      Map<String, ObjectNode> wanted,
      Map<String, ObjectNode> mandatory) {
    wanted.forEach(
        (name, tree) -> {
          Optional<KubeObject> found =
              objects.find(resource.group(), resource.resource(), "", name);
          try {
            if (found.isEmpty()) {
              client.create(resource, "", "", "", KubeObject.of(tree));
            } else {
              ObjectNode now = found.get().toTree();
              if (isKept(now, mandatory.containsKey(name)) && adopt(now, tree)) {
                client.update(resource, "", "", KubeObject.of(now));
              }
            }
          } catch (StatusException e) {
            // Another server of the cluster, or a user, was faster: the next round will see.
            if (e.reason() != StatusReason.ALREADY_EXISTS && e.reason() != StatusReason.CONFLICT) {
              throw e;
            }
          }
        });
    for (KubeObject o : List.copyOf(objects.list(resource.group(), resource.resource(), ""))) {
      if (!wanted.containsKey(o.name()) && annotation(o.toTree()).equals("true")) {
        try {
          client.delete(resource, "", o.name(), ApiClient.DeleteOptions.DEFAULT);
        } catch (StatusException e) {
          if (!e.isNotFound()) {
            throw e;
          }
        }
      }
    }
  }

  private static String annotation(JsonNode object) {
    return object.path("metadata").path("annotations").path(MandatoryFlow.AUTO_UPDATE).asString("");
  }

  private static boolean isKept(JsonNode object, boolean mandatory) {
    String says = annotation(object);
    return mandatory
        || says.equals("true")
        || (!says.equals("false") && object.path("metadata").path("generation").asLong(0) == 1);
  }

  /** Gives the object the wanted spec and annotation; false when it has them. */
  private static boolean adopt(ObjectNode now, ObjectNode wanted) {
    ObjectNode spec = (ObjectNode) wanted.path("spec");
    JsonNode exempt = now.path("spec").path("exempt");
    if (exempt.isObject() && spec.has("exempt")) {
      spec = spec.deepCopy();
      spec.set("exempt", exempt); // Of this level, users may change the shares.
    }
    boolean same = covers(now.path("spec"), spec) && annotation(now).equals(annotation(wanted));
    if (same) {
      return false;
    }
    now.set("spec", spec);
    now.withObject("/metadata/annotations").put(MandatoryFlow.AUTO_UPDATE, "true");
    return true;
  }

  /** True when the object has all the wanted members; what defaulting added does not count. */
  private static boolean covers(JsonNode now, JsonNode wanted) {
    if (wanted.isObject()) {
      for (Map.Entry<String, JsonNode> e : wanted.properties()) {
        if (!covers(now.path(e.getKey()), e.getValue())) {
          return false;
        }
      }
      return true;
    }
    if (wanted.isArray()) {
      List<JsonNode> elements = new ArrayList<>();
      now.forEach(elements::add);
      if (elements.size() != wanted.size()) {
        return false;
      }
      for (int i = 0; i < elements.size(); i++) {
        if (!covers(elements.get(i), wanted.get(i))) {
          return false;
        }
      }
      return true;
    }
    return JsonEquality.equal(now, wanted);
  }
}
