package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The rules for the containers of a pod: plain, init and ephemeral ones. */
final class ContainerRules {
  private static final List<String> NOT_FOR_INIT =
      List.of("lifecycle", "livenessProbe", "readinessProbe", "startupProbe");
  private static final List<String> NOT_FOR_EPHEMERAL =
      List.of(
          "ports",
          "lifecycle",
          "livenessProbe",
          "readinessProbe",
          "startupProbe",
          "resources",
          "resizePolicy");

  private final Value spec;
  private final Set<String> volumes;
  private final long gracePeriod;
  private final Set<String> names = new HashSet<>();
  private final Set<String> hostPorts = new HashSet<>();

  private ContainerRules(Value spec, Set<String> volumes) {
    this.spec = spec;
    this.volumes = volumes;
    this.gracePeriod = spec.at("terminationGracePeriodSeconds").number();
  }

  /** Checks all containers of a pod's spec, given the names of its volumes. */
  static void check(Value spec, Set<String> volumes) {
    ContainerRules rules = new ContainerRules(spec, volumes);
    Value containers = spec.at("containers");
    if (containers.isEmpty()) {
      containers.required();
    }
    for (Value container : containers.elements()) {
      rules.common(container);
      ProbeRules.probes(container, rules.gracePeriod);
      rules.hostPorts(container);
    }
    rules.hostPorts.clear();
    for (Value container : spec.at("initContainers").elements()) {
      rules.common(container);
      rules.init(container);
    }
    for (Value container : spec.at("ephemeralContainers").elements()) {
      rules.ephemeral(container);
    }
  }

  private void init(Value container) {
    if (container.at("restartPolicy").is("Always")) {
      ProbeRules.probes(container, gracePeriod);
      return;
    }
    for (String field : NOT_FOR_INIT) {
      if (container.has(field)) {
        container
            .at(field)
            .forbidden("may not be set for init containers without restartPolicy=Always");
      }
    }
    hostPorts.clear();
    hostPorts(container);
  }

  private void ephemeral(Value container) {
    common(container);
    for (String field : NOT_FOR_EPHEMERAL) {
      if (!container.at(field).isEmpty()) {
        container.at(field).forbidden("cannot be set for an Ephemeral Container");
      }
    }
    Value target = container.at("targetContainerName");
    if (!target.isEmpty() && !isContainer(target.text())) {
      target.notFound();
    }
    for (Value mount : container.at("volumeMounts").elements()) {
      for (String field : List.of("subPath", "subPathExpr")) {
        if (!mount.at(field).isEmpty()) {
          mount.at(field).forbidden("cannot be set for an Ephemeral Container");
        }
      }
    }
  }

  private boolean isContainer(String name) {
    return spec.at("containers").elements().stream().anyMatch(c -> c.at("name").is(name));
  }

  private void common(Value container) {
    Value name = container.at("name");
    if (name.isRequired()) {
      name.keeps(Names::dns1123Label);
      if (!names.add(name.text())) {
        name.duplicate();
      }
    }
    Value image = container.at("image");
    if (image.isRequired() && !image.text().strip().equals(image.text())) {
      image.invalid("must not have leading or trailing whitespace");
    }
    container.at("terminationMessagePolicy").requiredOneOf("File", "FallbackToLogsOnError");
    container.at("imagePullPolicy").requiredOneOf("Always", "IfNotPresent", "Never");
    container.at("restartPolicy").oneOf("Always", "Never", "OnFailure");
    ports(container.at("ports"));
    EnvRules.env(container.at("env"));
    EnvRules.envFrom(container.at("envFrom"));
    mounts(container);
    ResourceRules.container(container.at("resources"));
    for (Value policy : container.at("resizePolicy").elements()) {
      container.alias("resizePolicy", policy.at("resourceName")).requiredOneOf("cpu", "memory");
      container
          .alias("resizePolicy", policy.at("restartPolicy"))
          .requiredOneOf("NotRequired", "RestartContainer");
    }
    SecurityRules.container(container.at("securityContext"));
  }

  private static void ports(Value ports) {
    Set<String> names = new HashSet<>();
    for (Value port : ports.elements()) {
      Value name = port.at("name");
      if (!name.isEmpty()) {
        List<String> wrong = Names.portName(name.text());
        name.invalid(wrong);
        if (wrong.isEmpty() && !names.add(name.text())) {
          name.duplicate();
        }
      }
      Value number = port.at("containerPort");
      if (number.number() == 0) {
        number.required();
      } else {
        number.invalid(Names.portNumber(number.number()));
      }
      Value host = port.at("hostPort");
      if (host.number() != 0) {
        host.invalid(Names.portNumber(host.number()));
      }
      port.at("protocol").requiredOneOf("SCTP", "TCP", "UDP");
    }
  }

  private void hostPorts(Value container) {
    boolean hostNetwork = spec.at("hostNetwork").flag();
    for (Value port : container.at("ports").elements()) {
      long host = port.at("hostPort").number();
      if (hostNetwork && host != port.at("containerPort").number()) {
        port.at("hostPort").invalid("must match `containerPort` when `hostNetwork` is true");
      }
      if (host == 0) {
        continue;
      }
      String taken = port.at("protocol").text() + "/" + port.at("hostIP").text() + "/" + host;
      if (!hostPorts.add(taken)) {
        port.errors().duplicate(port.at("hostPort").path(), taken);
      }
    }
  }

  private void mounts(Value container) {
    Set<String> paths = new HashSet<>();
    for (Value mount : container.at("volumeMounts").elements()) {
      Value name = mount.at("name");
      name.isRequired();
      if (!volumes.contains(name.text())) {
        name.notFound();
      }
      Value path = mount.at("mountPath");
      if (path.isRequired() && !paths.add(path.text())) {
        path.invalid("must be unique");
      }
      Value subPath = mount.at("subPath");
      if (!subPath.isEmpty()) {
        VolumeRules.relative(container.at("volumeMounts").alias("subPath", subPath));
      }
      Value expression = mount.at("subPathExpr");
      if (!expression.isEmpty()) {
        if (!subPath.isEmpty()) {
          expression.invalid("subPathExpr and subPath are mutually exclusive");
        }
        VolumeRules.relative(container.at("volumeMounts").alias("subPathExpr", expression));
      }
      propagation(mount, container);
      Value recursive = mount.at("recursiveReadOnly");
      recursive.oneOf("Disabled", "Enabled", "IfPossible");
      boolean demands = recursive.is("Enabled") || recursive.is("IfPossible");
      if (demands && !mount.at("readOnly").flag()) {
        recursive.forbidden("may only be specified when readOnly is true");
      }
    }
    for (Value device : container.at("volumeDevices").elements()) {
      Value name = device.at("name");
      if (name.isRequired() && !volumes.contains(name.text())) {
        name.notFound();
      }
      Value path = device.at("devicePath");
      if (path.isRequired()) {
        VolumeRules.noBacksteps(path);
        if (!paths.add(path.text())) {
          path.invalid("must be unique");
        }
      }
    }
  }

  private static void propagation(Value mount, Value container) {
    Value propagation =
        container.at("volumeMounts").alias("mountPropagation", mount.at("mountPropagation"));
    propagation.oneOf("Bidirectional", "HostToContainer", "None");
    boolean privileged = container.at("securityContext", "privileged").flag();
    if (propagation.is("Bidirectional") && !privileged) {
      propagation.forbidden(
          "Bidirectional mount propagation is available only to privileged containers");
    }
  }
}
