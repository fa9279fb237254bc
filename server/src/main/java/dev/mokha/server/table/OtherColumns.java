package dev.mokha.server.table;

import static dev.mokha.server.table.Column.number;
import static dev.mokha.server.table.Column.text;
import static dev.mokha.server.table.PodColumns.orNone;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The columns of the kinds outside the core group. */
final class OtherColumns {
  private static final String RBAC = "rbac.authorization.k8s.io/";

  private OtherColumns() {}

  static final Map<String, List<Column>> ALL =
      Map.ofEntries(
          Map.entry("apps/Deployment", deployments()),
          Map.entry(
              "apps/StatefulSet",
              List.of(
                  Columns.NAME,
                  text("Ready", "Ready and wanted.", o -> ready(o)),
                  Columns.AGE,
                  CoreColumns.containers(),
                  CoreColumns.images())),
          Map.entry("apps/DaemonSet", daemonSets()),
          Map.entry("batch/Job", jobs()),
          Map.entry("batch/CronJob", cronJobs()),
          Map.entry(RBAC + "Role", List.of(Columns.NAME, createdAt())),
          Map.entry(RBAC + "ClusterRole", List.of(Columns.NAME, createdAt())),
          Map.entry(RBAC + "RoleBinding", bindings()),
          Map.entry(RBAC + "ClusterRoleBinding", bindings()),
          Map.entry(
              "coordination.k8s.io/Lease",
              List.of(
                  Columns.NAME,
                  text("Holder", "Who has it.", l -> field(l, "holderIdentity")),
                  Columns.AGE)),
          Map.entry(
              "discovery.k8s.io/EndpointSlice",
              List.of(
                  Columns.NAME,
                  text("AddressType", "Of which kind.", s -> s.path("addressType").asString("")),
                  text("Ports", "Where they listen.", OtherColumns::slicePorts),
                  text("Endpoints", "Addresses.", OtherColumns::sliceAddresses),
                  Columns.AGE)),
          Map.entry(
              "policy/PodDisruptionBudget",
              List.of(
                  Columns.NAME,
                  text("Min Available", "How many must stay.", b -> orNa(b, "minAvailable")),
                  text("Max Unavailable", "How many may miss.", b -> orNa(b, "maxUnavailable")),
                  number(
                      "Allowed Disruptions",
                      "How many may go now.",
                      b -> b.path("status").path("disruptionsAllowed").asInt(0)),
                  Columns.AGE)),
          Map.entry(
              "scheduling.k8s.io/PriorityClass",
              List.of(
                  Columns.NAME,
                  number("Value", "Higher goes first.", c -> c.path("value").asLong(0)),
                  new Column(
                      "Global-Default",
                      "boolean",
                      "",
                      "Whether pods without a class get it.",
                      0,
                      c -> c.path("globalDefault").asBoolean(false)),
                  Columns.AGE)),
          Map.entry(
              "storage.k8s.io/StorageClass",
              List.of(
                  Columns.NAME,
                  text(
                      "Provisioner", "Who makes volumes.", c -> c.path("provisioner").asString("")),
                  Columns.AGE)),
          Map.entry(
              "networking.k8s.io/NetworkPolicy",
              List.of(
                  Columns.NAME,
                  text(
                      "Pod-Selector",
                      "Which pods it is about.",
                      p -> CoreColumns.selector(p.path("spec").path("podSelector"))),
                  Columns.AGE)),
          Map.entry(
              "certificates.k8s.io/CertificateSigningRequest",
              List.of(
                  Columns.NAME,
                  Columns.AGE,
                  text("SignerName", "Who shall sign.", c -> field(c, "signerName")),
                  text("Requestor", "Who asks.", c -> field(c, "username")),
                  text(
                      "RequestedDuration",
                      "For how long the certificate is wanted.",
                      OtherColumns::requestedDuration),
                  text("Condition", "What became of it.", OtherColumns::csr))),
          Map.entry(
              "mokha.dev/BoundPods",
              List.of(
                  Columns.NAME,
                  number("Pods", "How many pods are bound to it.", b -> b.path("items").size()),
                  text("Running", "How many of them run.", OtherColumns::running),
                  Columns.AGE)));

  private static Column createdAt() {
    return new Column(
        "Created At",
        "date",
        "",
        "When it was created.",
        0,
        o -> o.path("metadata").path("creationTimestamp").asString(""));
  }

  private static String field(JsonNode o, String name) {
    return o.path("spec").path(name).asString("");
  }

  private static int status(JsonNode o, String name) {
    return o.path("status").path(name).asInt(0);
  }

  private static String ready(JsonNode o) {
    return status(o, "readyReplicas") + "/" + o.path("spec").path("replicas").asInt(0);
  }

  private static String orNa(JsonNode o, String name) {
    JsonNode value = o.path("spec").path(name);
    return value.isMissingNode() ? "N/A" : value.asString();
  }

  private static List<Column> deployments() {
    return List.of(
        Columns.NAME,
        text("Ready", "Ready and wanted.", OtherColumns::ready),
        number(
            "Up-to-date",
            "How many are of the newest template.",
            o -> status(o, "updatedReplicas")),
        number(
            "Available",
            "How many have been ready long enough.",
            o -> status(o, "availableReplicas")),
        Columns.AGE,
        CoreColumns.containers(),
        CoreColumns.images(),
        text(
                "Selector",
                "Which pods it owns.",
                o -> CoreColumns.selector(o.path("spec").path("selector")))
            .wide());
  }

  private static List<Column> daemonSets() {
    return List.of(
        Columns.NAME,
        number("Desired", "On how many nodes.", o -> status(o, "desiredNumberScheduled")),
        number("Current", "How many there are.", o -> status(o, "currentNumberScheduled")),
        number("Ready", "How many are ready.", o -> status(o, "numberReady")),
        number(
            "Up-to-date",
            "How many are of the newest template.",
            o -> status(o, "updatedNumberScheduled")),
        number(
            "Available",
            "How many have been ready long enough.",
            o -> status(o, "numberAvailable")),
        text(
            "Node Selector",
            "Which nodes.",
            o ->
                CoreColumns.labels(
                    o.path("spec").path("template").path("spec").path("nodeSelector"))),
        Columns.AGE,
        CoreColumns.containers(),
        CoreColumns.images());
  }

  private static List<Column> jobs() {
    return List.of(
        Columns.NAME,
        text("Status", "What became of it.", OtherColumns::jobStatus),
        text(
            "Completions",
            "Done and wanted.",
            j -> status(j, "succeeded") + "/" + j.path("spec").path("completions").asInt(1)),
        text("Duration", "How long it took.", OtherColumns::duration),
        Columns.AGE,
        CoreColumns.containers(),
        CoreColumns.images());
  }

  private static String jobStatus(JsonNode job) {
    String state = job.path("spec").path("suspend").asBoolean(false) ? "Suspended" : "Running";
    for (JsonNode c : job.path("status").path("conditions")) {
      if (c.path("status").asString("").equals("True")) {
        state =
            switch (c.path("type").asString("")) {
              case "Complete", "Failed" -> c.path("type").asString("");
              default -> state;
            };
      }
    }
    return state;
  }

  private static String duration(JsonNode job) {
    String start = job.path("status").path("startTime").asString("");
    if (start.isEmpty()) {
      return "";
    }
    String end = job.path("status").path("completionTime").asString("");
    return end.isEmpty()
        ? Ages.since(start)
        : Ages.of(Duration.between(Instant.parse(start), Instant.parse(end)));
  }

  private static List<Column> cronJobs() {
    return List.of(
        Columns.NAME,
        text("Schedule", "When it runs.", c -> field(c, "schedule")),
        text("Timezone", "Where the clock is.", c -> orNone(c.path("spec").path("timeZone"))),
        text(
            "Suspend",
            "Whether it waits.",
            c -> c.path("spec").path("suspend").asBoolean(false) ? "True" : "False"),
        number("Active", "How many run.", c -> c.path("status").path("active").size()),
        text(
            "Last Schedule",
            "When it ran last.",
            c -> {
              String last = c.path("status").path("lastScheduleTime").asString("");
              return last.isEmpty() ? "<none>" : Ages.since(last);
            }),
        Columns.AGE,
        CoreColumns.containers(),
        CoreColumns.images());
  }

  private static List<Column> bindings() {
    return List.of(
        Columns.NAME,
        text(
            "Role",
            "What they may do.",
            b ->
                b.path("roleRef").path("kind").asString("")
                    + "/"
                    + b.path("roleRef").path("name").asString("")),
        Columns.AGE,
        text("Users", "Who.", b -> subjects(b, "User")).wide(),
        text("Groups", "Who.", b -> subjects(b, "Group")).wide(),
        text("ServiceAccounts", "Who.", b -> subjects(b, "ServiceAccount")).wide());
  }

  private static String subjects(JsonNode binding, String kind) {
    List<String> names = new ArrayList<>();
    for (JsonNode s : binding.path("subjects")) {
      if (s.path("kind").asString("").equals(kind)) {
        String namespace = s.path("namespace").asString("");
        names.add((namespace.isEmpty() ? "" : namespace + "/") + s.path("name").asString(""));
      }
    }
    return String.join(", ", names);
  }

  private static String slicePorts(JsonNode slice) {
    List<String> ports = new ArrayList<>();
    slice.path("ports").forEach(p -> ports.add(p.path("port").asString("*")));
    return ports.isEmpty() ? "<unset>" : String.join(",", ports);
  }

  private static String sliceAddresses(JsonNode slice) {
    List<String> all = new ArrayList<>();
    for (JsonNode e : slice.path("endpoints")) {
      e.path("addresses").forEach(a -> all.add(a.asString("")));
    }
    if (all.isEmpty()) {
      return "<unset>";
    }
    return all.size() <= 3
        ? String.join(",", all)
        : String.join(",", all.subList(0, 3)) + " + %d more...".formatted(all.size() - 3);
  }

  private static String requestedDuration(JsonNode csr) {
    JsonNode seconds = csr.path("spec").path("expirationSeconds");
    return seconds.isNumber() ? Ages.of(Duration.ofSeconds(seconds.asLong())) : "<none>";
  }

  private static String csr(JsonNode csr) {
    List<String> states = new ArrayList<>();
    for (JsonNode c : csr.path("status").path("conditions")) {
      states.add(c.path("type").asString(""));
    }
    if (states.isEmpty()) {
      states.add("Pending");
    }
    if (!csr.path("status").path("certificate").asString("").isEmpty()) {
      states.add("Issued");
    }
    return String.join(",", states);
  }

  private static String running(JsonNode bound) {
    int running = 0;
    for (JsonNode pod : bound.path("items")) {
      running += pod.path("status").path("phase").asString("").equals("Running") ? 1 : 0;
    }
    return Integer.toString(running);
  }
}
