package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The rules for Services. */
final class ServiceRules {
  private static final String CLUSTER_IP = "ClusterIP";
  private static final String EXTERNAL_NAME = "ExternalName";

  private ServiceRules() {}

  static void service(Value service) {
    Value spec = service.at("spec");
    String type = spec.at("type").text();
    spec.at("type").requiredOneOf(CLUSTER_IP, EXTERNAL_NAME, "LoadBalancer", "NodePort");
    boolean headless = spec.at("clusterIP").is("None");
    if (spec.at("ports").isEmpty() && !headless && !type.equals(EXTERNAL_NAME)) {
      spec.at("ports").required();
    }
    if (headless && (type.equals("NodePort") || type.equals("LoadBalancer"))) {
      spec.at("clusterIPs")
          .element0()
          .invalid("None", "may not be set to 'None' for " + type + " services");
    }
    if (type.equals(EXTERNAL_NAME)) {
      externalName(spec);
    }
    ports(spec.at("ports"), type);
    SelectorRules.labels(spec.at("selector"));
    affinity(spec);
    clusterIps(spec);
    for (Value address : spec.at("externalIPs").elements()) {
      if (Addresses.isAddress(address.text())) {
        EndpointRules.address(address);
      } else {
        Addresses.check(address);
      }
    }
    ranges(spec.alias("LoadBalancerSourceRanges", spec.at("loadBalancerSourceRanges")), type);
    policies(spec, type);
  }

  private static void externalName(Value spec) {
    if (!spec.at("clusterIPs").isEmpty()) {
      spec.at("clusterIPs").forbidden("may not be set for ExternalName services");
    }
    Value name = spec.at("externalName");
    String text = name.text();
    String bare = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    if (bare.isEmpty()) {
      name.required();
    } else {
      name.invalid(Names.dns1123Subdomain(bare));
    }
  }

  private static void ports(Value ports, String type) {
    Set<String> names = new HashSet<>();
    Set<String> numbers = new HashSet<>();
    Set<String> nodePorts = new HashSet<>();
    for (Value port : ports.elements()) {
      Value name = port.at("name");
      if (name.isEmpty()) {
        if (ports.size() > 1) {
          name.required();
        }
      } else {
        name.keeps(Names::dns1123Label);
        if (!names.add(name.text())) {
          name.duplicate();
        }
      }
      port.at("port").invalid(Names.portNumber(port.at("port").number()));
      port.at("protocol").requiredOneOf("SCTP", "TCP", "UDP");
      if (port.has("targetPort") && !port.at("targetPort").is("")) {
        ProbeRules.port(port.at("targetPort"));
      }
      port.at("appProtocol").keeps(Names::qualifiedName);
      String protocol = port.at("protocol").text();
      if (!numbers.add(protocol + "/" + port.at("port").number())) {
        port.errors().duplicate(port.path(), port.node());
      }
      nodePort(port, protocol, type, nodePorts);
    }
  }

  private static void nodePort(Value port, String protocol, String type, Set<String> taken) {
    Value nodePort = port.at("nodePort");
    if (nodePort.number() == 0) {
      return;
    }
    if (type.equals(CLUSTER_IP) || type.equals(EXTERNAL_NAME)) {
      nodePort.forbidden("may not be used when `type` is '" + type + "'");
    } else if (!taken.add(protocol + "/" + nodePort.number())) {
      nodePort.duplicate();
    }
  }

  private static void affinity(Value spec) {
    spec.at("sessionAffinity").requiredOneOf("ClientIP", "None");
    Value config = spec.at("sessionAffinityConfig");
    Value seconds = config.at("clientIP", "timeoutSeconds");
    if (spec.at("sessionAffinity").is("None") && config.exists()) {
      config.forbidden("must not be set when session affinity is None");
    } else if (seconds.exists() && (seconds.number() <= 0 || seconds.number() > 86400)) {
      seconds.invalid("must be greater than 0 and less than 86400");
    }
  }

  private static void clusterIps(Value spec) {
    Value all = spec.at("clusterIPs");
    Value one = spec.at("clusterIP");
    if (!all.isEmpty() && !one.isEmpty() && !all.element(0).sameAs(one)) {
      all.invalid("element [0] must match clusterIP");
    }
    if (all.size() > 2) {
      all.invalid("may only hold up to 2 values");
    }
    for (Value address : all.elements()) {
      if (address.is("None")) {
        if (all.size() > 1) {
          address.invalid("'None' must be the first and only value");
        }
      } else {
        Addresses.check(address);
      }
    }
    if (all.isEmpty() && !one.isEmpty() && !one.is("None")) {
      Addresses.check(all.element0().alias(one));
    }
    Set<String> families = new HashSet<>();
    for (Value family : spec.at("ipFamilies").elements()) {
      family.oneOf("IPv4", "IPv6");
      if (!families.add(family.text())) {
        family.duplicate();
      }
    }
    spec.at("ipFamilyPolicy").oneOf("PreferDualStack", "RequireDualStack", "SingleStack");
  }

  private static void ranges(Value ranges, String type) {
    if (!ranges.isEmpty() && !type.equals("LoadBalancer")) {
      ranges.forbidden("may only be used when `type` is 'LoadBalancer'");
    }
    for (Value range : ranges.elements()) {
      Addresses.checkRange(range);
    }
  }

  private static void policies(Value spec, String type) {
    Value external = spec.at("externalTrafficPolicy");
    boolean reachable =
        type.equals("LoadBalancer")
            || type.equals("NodePort")
            || (type.equals(CLUSTER_IP) && !spec.at("externalIPs").isEmpty());
    if (!external.isEmpty() && !reachable) {
      external.invalid("may only be set for externally-accessible services");
    } else {
      external.oneOf("Cluster", "Local");
    }
    spec.at("internalTrafficPolicy").oneOf("Cluster", "Local");
    spec.at("trafficDistribution").oneOf("PreferClose", "PreferSameZone", "PreferSameNode");
    Value health = spec.at("healthCheckNodePort");
    boolean local = type.equals("LoadBalancer") && external.is("Local");
    if (health.number() != 0 && !local) {
      health.invalid(
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
    }
    Value loadBalancer = spec.at("loadBalancerClass");
    loadBalancer.keeps(Names::qualifiedName);
    if (loadBalancer.exists() && !type.equals("LoadBalancer")) {
      loadBalancer.forbidden("may only be used when `type` is 'LoadBalancer'");
    }
    if (spec.has("allocateLoadBalancerNodePorts") && !type.equals("LoadBalancer")) {
      spec.at("allocateLoadBalancerNodePorts")
          .forbidden("may only be used when `type` is 'LoadBalancer'");
    }
  }

  /** A cluster address stays, unless the type changes from or to one that has none. */
  static void change(Value service, Value old) {
    Value spec = service.at("spec");
    Value before = old.at("spec");
    boolean external = spec.at("type").is(EXTERNAL_NAME) || before.at("type").is(EXTERNAL_NAME);
    Value address = spec.at("clusterIP");
    if (!external && !before.at("clusterIP").isEmpty() && !address.sameAs(before.at("clusterIP"))) {
      spec.at("clusterIPs").element0().invalid(List.of(address.text()), "may not change once set");
    }
    Value health = spec.at("healthCheckNodePort");
    boolean balancers = spec.at("type").is("LoadBalancer") && before.at("type").is("LoadBalancer");
    if (balancers) {
      if (before.at("healthCheckNodePort").number() != 0
          && health.number() != 0
          && !health.sameAs(before.at("healthCheckNodePort"))) {
        health.forbidden("field is immutable");
      }
      if (before.has("loadBalancerClass")) {
        spec.at("loadBalancerClass").immutable(before.at("loadBalancerClass"));
      }
    }
  }
}
