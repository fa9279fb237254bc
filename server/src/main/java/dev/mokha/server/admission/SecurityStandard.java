package dev.mokha.server.admission;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The two levels of the Pod Security Standards, each as the list of what a pod violates. */
final class SecurityStandard {
  private static final Set<String> DEFAULT_CAPABILITIES =
      Set.of(
          "AUDIT_WRITE",
          "CHOWN",
          "DAC_OVERRIDE",
          "FOWNER",
          "FSETID",
          "KILL",
          "MKNOD",
          "NET_BIND_SERVICE",
          "SETFCAP",
          "SETGID",
          "SETPCAP",
          "SETUID",
          "SYS_CHROOT");
  private static final Set<String> SAFE_SYSCTLS =
      Set.of(
          "kernel.shm_rmid_forced",
          "net.ipv4.ip_local_port_range",
          "net.ipv4.ip_local_reserved_ports",
          "net.ipv4.ip_unprivileged_port_start",
          "net.ipv4.ping_group_range",
          "net.ipv4.tcp_fin_timeout",
          "net.ipv4.tcp_keepalive_intvl",
          "net.ipv4.tcp_keepalive_probes",
          "net.ipv4.tcp_keepalive_time",
          "net.ipv4.tcp_rmem",
          "net.ipv4.tcp_syncookies",
          "net.ipv4.tcp_wmem");
  private static final Set<String> SAFE_VOLUMES =
      Set.of(
          "configMap",
          "csi",
          "downwardAPI",
          "emptyDir",
          "ephemeral",
          "image",
          "persistentVolumeClaim",
          "projected",
          "secret");
  private static final Set<String> SELINUX_TYPES =
      Set.of("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t");

  private final JsonNode spec;
  private final List<ObjectNode> containers;
  private final List<String> problems = new ArrayList<>();

  private SecurityStandard(JsonNode pod) {
    this.spec = pod.path("spec");
    this.containers =
        PodTree.containers(spec, "initContainers", "containers", "ephemeralContainers");
  }

  static List<String> baseline(JsonNode pod) {
    SecurityStandard standard = new SecurityStandard(pod);
    standard.checkBaseline();
    return standard.problems;
  }

  static List<String> restricted(JsonNode pod) {
    SecurityStandard standard = new SecurityStandard(pod);
    standard.checkBaseline();
    standard.checkRestricted();
    return standard.problems;
  }

  private static JsonNode security(JsonNode node) {
    return node.path("securityContext");
  }

  private void checkBaseline() {
    hostNamespaces();
    named(
        "privileged",
        c -> security(c).path("privileged").asBoolean(false),
        "must not set securityContext.privileged=true");
    capabilities();
    volumes("hostPath volumes", v -> v.has("hostPath"), v -> "\"" + PodTree.text(v, "name") + "\"");
    hostPorts();
    named(
        "procMount",
        c -> !Set.of("", "Default").contains(PodTree.text(security(c), "procMount")),
        "must not set securityContext.procMount to \"Unmasked\"");
    sysctls();
    profiles("seccompProfile", "seccompProfile");
    profiles("appArmorProfile", "forbidden AppArmor profile");
    seLinux();
    named(
        "hostProcess",
        c -> security(c).path("windowsOptions").path("hostProcess").asBoolean(false),
        "must not set securityContext.windowsOptions.hostProcess=true");
  }

  private void hostNamespaces() {
    List<String> used = new ArrayList<>();
    for (String field : new String[] {"hostNetwork", "hostPID", "hostIPC"}) {
      if (spec.path(field).asBoolean(false)) {
        used.add(field + "=true");
      }
    }
    if (!used.isEmpty()) {
      problems.add("host namespaces (" + String.join(", ", used) + ")");
    }
  }

  private void capabilities() {
    Set<String> who = new LinkedHashSet<>();
    Set<String> which = new TreeSet<>();
    for (ObjectNode container : containers) {
      for (JsonNode added : security(container).path("capabilities").path("add")) {
        if (!DEFAULT_CAPABILITIES.contains(added.asString(""))) {
          who.add(PodTree.text(container, "name"));
          which.add(added.asString(""));
        }
      }
    }
    if (!who.isEmpty()) {
      problems.add(
          "non-default capabilities (%s must not include %s in securityContext.capabilities.add)"
              .formatted(containersText(who), quoted(which)));
    }
  }

  private void hostPorts() {
    Set<String> who = new LinkedHashSet<>();
    Set<String> which = new LinkedHashSet<>();
    for (ObjectNode container : containers) {
      for (JsonNode port : container.path("ports")) {
        if (port.path("hostPort").asInt(0) != 0) {
          who.add(PodTree.text(container, "name"));
          which.add(String.valueOf(port.path("hostPort").asInt()));
        }
      }
    }
    if (!who.isEmpty()) {
      problems.add(
          "hostPort (%s %s hostPort%s %s)"
              .formatted(
                  containersText(who),
                  who.size() == 1 ? "uses" : "use",
                  which.size() == 1 ? "" : "s",
                  String.join(", ", which)));
    }
  }

  private void sysctls() {
    Set<String> unsafe = new LinkedHashSet<>();
    for (JsonNode sysctl : security(spec).path("sysctls")) {
      if (!SAFE_SYSCTLS.contains(PodTree.text(sysctl, "name"))) {
        unsafe.add(PodTree.text(sysctl, "name"));
      }
    }
    if (!unsafe.isEmpty()) {
      problems.add("forbidden sysctls (" + String.join(", ", unsafe) + ")");
    }
  }

  private void profiles(String field, String title) {
    String must = "must not set securityContext." + field + ".type to \"Unconfined\"";
    if (PodTree.text(security(spec).path(field), "type").equals("Unconfined")) {
      problems.add(title + " (pod " + must + ")");
    }
    named(title, c -> PodTree.text(security(c).path(field), "type").equals("Unconfined"), must);
  }

  private void seLinux() {
    List<JsonNode> all = new ArrayList<>(containers);
    all.add(spec);
    for (JsonNode each : all) {
      JsonNode options = security(each).path("seLinuxOptions");
      if (!SELINUX_TYPES.contains(PodTree.text(options, "type"))
          || !PodTree.text(options, "user").isEmpty()
          || !PodTree.text(options, "role").isEmpty()) {
        problems.add("seLinuxOptions (a type, user or role that is not allowed is set)");
        return;
      }
    }
  }

  private void checkRestricted() {
    volumes(
        "restricted volume types",
        v -> !safe(v),
        v -> "\"%s\" uses restricted volume type".formatted(PodTree.text(v, "name")));
    named(
        "allowPrivilegeEscalation != false",
        c -> security(c).path("allowPrivilegeEscalation").asBoolean(true),
        "must set securityContext.allowPrivilegeEscalation=false");
    named(
        "unrestricted capabilities",
        c -> !dropsAll(c),
        "must set securityContext.capabilities.drop=[\"ALL\"]");
    named(
        "unrestricted capabilities",
        SecurityStandard::addsMoreThanPorts,
        "must not include anything but \"NET_BIND_SERVICE\" in securityContext.capabilities.add");
    boolean podNonRoot = security(spec).path("runAsNonRoot").asBoolean(false);
    inPodOr(
        "runAsNonRoot != true",
        c ->
            security(c).has("runAsNonRoot")
                ? !security(c).path("runAsNonRoot").asBoolean(false)
                : !podNonRoot,
        "must set securityContext.runAsNonRoot=true");
    if (security(spec).path("runAsUser").asLong(-1) == 0) {
      problems.add("runAsUser=0 (pod must not set runAsUser=0)");
    }
    named(
        "runAsUser=0",
        c -> security(c).path("runAsUser").asLong(-1) == 0,
        "must not set runAsUser=0");
    String podProfile = PodTree.text(security(spec).path("seccompProfile"), "type");
    inPodOr(
        "seccompProfile",
        c ->
            !Set.of("RuntimeDefault", "Localhost")
                .contains(
                    security(c).has("seccompProfile")
                        ? PodTree.text(security(c).path("seccompProfile"), "type")
                        : podProfile),
        "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"");
  }

  private static boolean safe(JsonNode volume) {
    return volume.properties().stream()
        .allMatch(e -> e.getKey().equals("name") || SAFE_VOLUMES.contains(e.getKey()));
  }

  private static boolean dropsAll(JsonNode container) {
    for (JsonNode dropped : security(container).path("capabilities").path("drop")) {
      if (dropped.asString("").equals("ALL")) {
        return true;
      }
    }
    return false;
  }

  private static boolean addsMoreThanPorts(JsonNode container) {
    for (JsonNode added : security(container).path("capabilities").path("add")) {
      if (!added.asString("").equals("NET_BIND_SERVICE")) {
        return true;
      }
    }
    return false;
  }

  private void volumes(
      String title, Predicate<JsonNode> bad, Function<JsonNode, String> description) {
    List<String> found = new ArrayList<>();
    for (JsonNode volume : spec.path("volumes")) {
      if (bad.test(volume)) {
        found.add(description.apply(volume));
      }
    }
    if (!found.isEmpty()) {
      problems.add(
          "%s (volume%s %s)"
              .formatted(title, found.size() == 1 ? "" : "s", String.join(", ", found)));
    }
  }

  private void named(String title, Predicate<JsonNode> bad, String must) {
    Set<String> who = guilty(bad);
    if (!who.isEmpty()) {
      problems.add("%s (%s %s)".formatted(title, containersText(who), must));
    }
  }

  private void inPodOr(String title, Predicate<JsonNode> bad, String must) {
    Set<String> who = guilty(bad);
    if (!who.isEmpty()) {
      problems.add("%s (pod or %s %s)".formatted(title, containersText(who), must));
    }
  }

  private Set<String> guilty(Predicate<JsonNode> bad) {
    Set<String> who = new LinkedHashSet<>();
    for (ObjectNode container : containers) {
      if (bad.test(container)) {
        who.add(PodTree.text(container, "name"));
      }
    }
    return who;
  }

  private static String containersText(Set<String> names) {
    return (names.size() == 1 ? "container " : "containers ") + quoted(names);
  }

  private static String quoted(Set<String> names) {
    return String.join(", ", names.stream().map(n -> "\"" + n + "\"").toList());
  }
}
