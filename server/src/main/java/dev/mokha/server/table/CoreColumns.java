package dev.mokha.server.table;

import static dev.mokha.server.table.Column.number;
import static dev.mokha.server.table.Column.text;
import static dev.mokha.server.table.PodColumns.orNone;

import dev.mokha.api.selector.LabelSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The columns of the kinds of the core group, pods apart. */
final class CoreColumns {
  private CoreColumns() {}

  static final Map<String, List<Column>> ALL =
      Map.ofEntries(
          Map.entry("/Namespace", List.of(Columns.NAME, phase(), Columns.AGE)),
          Map.entry("/Node", nodes()),
          Map.entry("/Service", services()),
          Map.entry(
              "/Endpoints",
              List.of(
                  Columns.NAME,
                  text("Endpoints", "Addresses and ports.", CoreColumns::endpoints),
                  Columns.AGE)),
          Map.entry(
              "/Secret",
              List.of(
                  Columns.NAME,
                  text("Type", "What it is for.", s -> s.path("type").asString("")),
                  number("Data", "How many entries it has.", s -> s.path("data").size()),
                  Columns.AGE)),
          Map.entry(
              "/ConfigMap",
              List.of(
                  Columns.NAME,
                  number(
                      "Data",
                      "How many entries it has.",
                      c -> c.path("data").size() + c.path("binaryData").size()),
                  Columns.AGE)),
          Map.entry(
              "/ServiceAccount",
              List.of(
                  Columns.NAME,
                  number("Secrets", "How many secrets it lists.", s -> s.path("secrets").size()),
                  Columns.AGE)),
          Map.entry("/ReplicationController", replicas(false)),
          Map.entry("apps/ReplicaSet", replicas(true)),
          Map.entry("/Event", events()),
          Map.entry("/PersistentVolumeClaim", claims()),
          Map.entry("/PersistentVolume", volumes()));

  private static Column phase() {
    return text("Status", "Its phase.", o -> o.path("status").path("phase").asString(""));
  }

  private static String spec(JsonNode o, String field) {
    return orNone(o.path("spec").path(field));
  }

  private static List<Column> nodes() {
    return List.of(
        Columns.NAME,
        text("Status", "Whether it takes pods.", CoreColumns::nodeStatus),
        text("Roles", "What it is for.", CoreColumns::roles),
        Columns.AGE,
        text("Version", "Of its kubelet.", n -> info(n, "kubeletVersion")),
        text("Internal-IP", "Its address in the cluster.", n -> address(n, "InternalIP")).wide(),
        text("External-IP", "Its address outside.", n -> address(n, "ExternalIP")).wide(),
        text("OS-Image", "What is installed.", n -> info(n, "osImage")).wide(),
        text("Kernel-Version", "Of its kernel.", n -> info(n, "kernelVersion")).wide(),
        text("Container-Runtime", "And its version.", n -> info(n, "containerRuntimeVersion"))
            .wide());
  }

  private static String info(JsonNode node, String field) {
    String text = node.path("status").path("nodeInfo").path(field).asString("");
    return text.isEmpty() ? "<unknown>" : text;
  }

  private static String address(JsonNode node, String type) {
    for (JsonNode a : node.path("status").path("addresses")) {
      if (a.path("type").asString("").equals(type)) {
        return a.path("address").asString("");
      }
    }
    return "<none>";
  }

  private static String nodeStatus(JsonNode node) {
    String status = "Unknown";
    for (JsonNode c : node.path("status").path("conditions")) {
      if (c.path("type").asString("").equals("Ready")) {
        status = c.path("status").asString("").equals("True") ? "Ready" : "NotReady";
      }
    }
    return node.path("spec").path("unschedulable").asBoolean(false)
        ? status + ",SchedulingDisabled"
        : status;
  }

  private static String roles(JsonNode node) {
    String prefix = "node-role.kubernetes.io/";
    List<String> roles = new ArrayList<>();
    for (Map.Entry<String, JsonNode> label : node.path("metadata").path("labels").properties()) {
      if (label.getKey().startsWith(prefix) && label.getKey().length() > prefix.length()) {
        roles.add(label.getKey().substring(prefix.length()));
      } else if (label.getKey().equals("kubernetes.io/role")) {
        roles.add(label.getValue().asString(""));
      }
    }
    roles.sort(null);
    return roles.isEmpty() ? "<none>" : String.join(",", roles);
  }

  private static List<Column> services() {
    return List.of(
        Columns.NAME,
        text("Type", "How it is reached.", s -> s.path("spec").path("type").asString("")),
        text("Cluster-IP", "Its address in the cluster.", s -> spec(s, "clusterIP")),
        text("External-IP", "Its address outside.", CoreColumns::external),
        text("Port(s)", "Its ports, and those on nodes.", CoreColumns::ports),
        Columns.AGE,
        text("Selector", "Which pods serve it.", s -> labels(s.path("spec").path("selector")))
            .wide());
  }

  static String labels(JsonNode map) {
    List<String> parts = new ArrayList<>();
    for (Map.Entry<String, JsonNode> e : map.properties()) {
      parts.add(e.getKey() + "=" + e.getValue().asString(""));
    }
    parts.sort(null);
    return parts.isEmpty() ? "<none>" : String.join(",", parts);
  }

  private static String external(JsonNode service) {
    JsonNode spec = service.path("spec");
    List<String> addresses = new ArrayList<>();
    String type = spec.path("type").asString("");
    if (type.equals("ExternalName")) {
      return spec.path("externalName").asString("");
    }
    if (type.equals("LoadBalancer")) {
      for (JsonNode i : service.path("status").path("loadBalancer").path("ingress")) {
        addresses.add(i.path("ip").asString(i.path("hostname").asString("")));
      }
    }
    spec.path("externalIPs").forEach(a -> addresses.add(a.asString("")));
    if (addresses.isEmpty()) {
      return type.equals("LoadBalancer") ? "<pending>" : "<none>";
    }
    return String.join(",", addresses);
  }

  private static String ports(JsonNode service) {
    List<String> ports = new ArrayList<>();
    for (JsonNode p : service.path("spec").path("ports")) {
      int node = p.path("nodePort").asInt(0);
      ports.add(
          p.path("port").asInt()
              + (node == 0 ? "" : ":" + node)
              + "/"
              + p.path("protocol").asString("TCP"));
    }
    return ports.isEmpty() ? "<none>" : String.join(",", ports);
  }

  private static String endpoints(JsonNode endpoints) {
    List<String> all = new ArrayList<>();
    for (JsonNode subset : endpoints.path("subsets")) {
      for (JsonNode address : subset.path("addresses")) {
        String ip = address.path("ip").asString("");
        if (subset.path("ports").isEmpty()) {
          all.add(ip);
        }
        for (JsonNode port : subset.path("ports")) {
          all.add(ip + ":" + port.path("port").asInt());
        }
      }
    }
    if (all.isEmpty()) {
      return "<none>";
    }
    return all.size() <= 3
        ? String.join(",", all)
        : String.join(",", all.subList(0, 3)) + " + %d more...".formatted(all.size() - 3);
  }

  private static List<Column> replicas(boolean set) {
    return List.of(
        Columns.NAME,
        number("Desired", "How many are wanted.", o -> o.path("spec").path("replicas").asInt(0)),
        number("Current", "How many there are.", o -> o.path("status").path("replicas").asInt(0)),
        number(
            "Ready", "How many are ready.", o -> o.path("status").path("readyReplicas").asInt(0)),
        Columns.AGE,
        containers(),
        images(),
        text(
                "Selector",
                "Which pods it owns.",
                o ->
                    set
                        ? selector(o.path("spec").path("selector"))
                        : labels(o.path("spec").path("selector")))
            .wide());
  }

  static Column containers() {
    return text("Containers", "Their names.", o -> join(o, "name")).wide();
  }

  static Column images() {
    return text("Images", "What they run.", o -> join(o, "image")).wide();
  }

  private static String join(JsonNode o, String field) {
    List<String> names = new ArrayList<>();
    JsonNode template =
        o.path("spec").has("jobTemplate")
            ? o.path("spec").path("jobTemplate").path("spec").path("template")
            : o.path("spec").path("template");
    template.path("spec").path("containers").forEach(c -> names.add(c.path(field).asString("")));
    return String.join(",", names);
  }

  static String selector(JsonNode selector) {
    return selector.isMissingNode() ? "<none>" : LabelSelector.ofObject(selector).toString();
  }

  private static List<Column> events() {
    return List.of(
        text("Last Seen", "When it happened last.", CoreColumns::lastSeen),
        text("Type", "Normal or Warning.", e -> e.path("type").asString("")),
        text("Reason", "Why.", e -> e.path("reason").asString("")),
        text(
            "Object",
            "What it is about.",
            e ->
                involved(e).path("kind").asString("").toLowerCase(Locale.ROOT)
                    + "/"
                    + involved(e).path("name").asString("")),
        text("Message", "What happened.", e -> message(e)),
        text("Source", "Who says so.", e -> e.path("source").path("component").asString("")).wide(),
        number("Count", "How often.", e -> Math.max(1, e.path("count").asInt(1))).wide(),
        Columns.NAME.wide());
  }

  private static JsonNode involved(JsonNode event) {
    return event.has("regarding") ? event.path("regarding") : event.path("involvedObject");
  }

  private static String message(JsonNode event) {
    return event.path("message").asString(event.path("note").asString("")).strip();
  }

  private static String lastSeen(JsonNode e) {
    for (String field : List.of("lastTimestamp", "eventTime", "firstTimestamp")) {
      String at = e.path(field).asString("");
      if (!at.isEmpty()) {
        return Ages.since(at);
      }
    }
    return Ages.ofObject(e);
  }

  private static List<Column> claims() {
    return List.of(
        Columns.NAME,
        phase(),
        text("Volume", "What it is bound to.", c -> c.path("spec").path("volumeName").asString("")),
        text(
            "Capacity",
            "How large that is.",
            c -> c.path("status").path("capacity").path("storage").asString("")),
        text("Access Modes", "How it may be used.", c -> modes(c.path("status"))),
        text(
            "StorageClass",
            "Where it comes from.",
            c -> c.path("spec").path("storageClassName").asString("")),
        Columns.AGE);
  }

  private static String modes(JsonNode of) {
    List<String> modes = new ArrayList<>();
    for (JsonNode m : of.path("accessModes")) {
      modes.add(
          switch (m.asString("")) {
            case "ReadWriteOnce" -> "RWO";
            case "ReadOnlyMany" -> "ROX";
            case "ReadWriteMany" -> "RWX";
            case "ReadWriteOncePod" -> "RWOP";
            default -> m.asString("");
          });
    }
    return String.join(",", modes);
  }

  private static List<Column> volumes() {
    return List.of(
        Columns.NAME,
        text(
            "Capacity",
            "How large it is.",
            v -> v.path("spec").path("capacity").path("storage").asString("")),
        text("Access Modes", "How it may be used.", v -> modes(v.path("spec"))),
        text(
            "Reclaim Policy",
            "What becomes of it when it is released.",
            v -> v.path("spec").path("persistentVolumeReclaimPolicy").asString("")),
        phase(),
        text(
            "Claim",
            "Who has it.",
            v -> {
              JsonNode ref = v.path("spec").path("claimRef");
              return ref.isMissingNode()
                  ? ""
                  : ref.path("namespace").asString("") + "/" + ref.path("name").asString("");
            }),
        text(
            "StorageClass",
            "Where it comes from.",
            v -> v.path("spec").path("storageClassName").asString("")),
        text("Reason", "Why it failed.", v -> v.path("status").path("reason").asString("")),
        Columns.AGE);
  }
}
