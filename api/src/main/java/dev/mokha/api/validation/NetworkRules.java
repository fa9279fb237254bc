package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.List;

/** The rules for Ingresses, IngressClasses and NetworkPolicies. */
final class NetworkRules {
  private static final List<String> BAD_PATHS = List.of("//", "/./", "/../", "%2f", "%2F");

  private NetworkRules() {}

  static void ingress(Value ingress) {
    Value spec = ingress.at("spec");
    Value backend = spec.at("defaultBackend");
    if (spec.at("rules").isEmpty() && !backend.exists()) {
      spec.invalid("either `defaultBackend` or `rules` must be specified");
    }
    for (Value rule : spec.at("rules").elements()) {
      host(rule.at("host"));
      Value http = rule.at("http");
      if (http.exists()) {
        if (http.at("paths").isEmpty()) {
          http.at("paths").required();
        }
        http.at("paths").elements().forEach(NetworkRules::path);
      }
    }
    for (Value tls : spec.at("tls").elements()) {
      tls.at("hosts").elements().forEach(NetworkRules::host);
      tls.at("secretName").keeps(Names::dns1123Subdomain);
    }
    if (backend.exists()) {
      backend(backend);
    }
    spec.at("ingressClassName").keeps(Names::dns1123Subdomain);
  }

  private static void host(Value host) {
    String text = host.text();
    if (text.isEmpty()) {
      return;
    }
    if (Addresses.isAddress(text)) {
      host.invalid("must be a DNS name, not an IP address");
    } else if (text.contains("*")) {
      host.invalid(Names.wildcardDns1123Subdomain(text));
    } else {
      host.invalid(Names.dns1123Subdomain(text));
    }
  }

  private static void path(Value path) {
    Value type = path.at("pathType");
    Value text = path.at("path");
    if (!type.exists()) {
      type.required("pathType must be specified");
      return;
    }
    switch (type.text()) {
      case "Exact", "Prefix" -> {
        if (!text.text().startsWith("/")) {
          text.invalid("must be an absolute path");
        }
        for (String bad : BAD_PATHS) {
          if (text.text().contains(bad)) {
            text.invalid("must not contain '" + bad + "'");
          }
        }
      }
      case "ImplementationSpecific" -> {
        if (!text.isEmpty() && !text.text().startsWith("/")) {
          text.invalid("must be an absolute path");
        }
      }
      default -> type.notSupported("Exact", "ImplementationSpecific", "Prefix");
    }
    backend(path.at("backend"));
  }

  private static void backend(Value backend) {
    Value service = backend.at("service");
    boolean resource = backend.has("resource");
    if (resource && service.exists()) {
      backend.invalid("", "cannot set both resource and service backends");
    } else if (service.exists()) {
      service.at("name").requiredKeeping(Names::dns1123Label);
      Value port = service.at("port");
      boolean named = !port.at("name").isEmpty();
      boolean numbered = port.at("number").number() != 0;
      if (named && numbered) {
        backend.invalid("", "cannot set both port name & port number");
      } else if (named) {
        port.at("name").invalid(Names.portName(port.at("name").text()));
      } else if (numbered) {
        port.at("number").invalid(Names.portNumber(port.at("number").number()));
      } else {
        backend.required("port name or number is required");
      }
    } else if (!resource) {
      backend.invalid("", "resource or service backend is required");
    }
  }

  static void ingressClass(Value type) {
    Value controller = type.at("spec", "controller");
    if (controller.isRequired()) {
      controller.keeps(
          text ->
              text.indexOf('/') > 0 && Names.qualifiedName(text.replace('/', '.')).isEmpty()
                  ? List.of()
                  : List.of("must be a domain-prefixed path (such as \"acme.io/foo\")"));
    }
  }

  static void address(Value address) {
    Value parent = address.at("spec", "parentRef");
    if (!parent.exists()) {
      parent.required();
      return;
    }
    parent.at("resource").requiredKeeping(Names::pathSegment);
    parent.at("name").requiredKeeping(Names::pathSegment);
  }

  static void serviceRange(Value range) {
    Value ranges = range.at("spec", "cidrs");
    if (ranges.isEmpty()) {
      ranges.required("at least one CIDR required");
    } else if (ranges.size() > 2) {
      ranges.invalid("may only hold up to 2 values");
    }
    ranges.elements().forEach(Addresses::checkRange);
  }

  static void serviceRangeChange(Value range, Value old) {
    range.at("spec", "cidrs").immutable(old.at("spec", "cidrs"));
  }

  static void ingressClassChange(Value type, Value old) {
    type.at("spec", "controller").immutable(old.at("spec", "controller"));
  }

  static void policy(Value policy) {
    Value spec = policy.at("spec");
    SelectorRules.check(spec.at("podSelector"));
    for (Value rule : spec.at("ingress").elements()) {
      ports(rule.at("ports"));
      rule.at("from").elements().forEach(NetworkRules::peer);
    }
    for (Value rule : spec.at("egress").elements()) {
      ports(rule.at("ports"));
      rule.at("to").elements().forEach(NetworkRules::peer);
    }
    Value types = spec.at("policyTypes");
    if (types.size() > 2) {
      types.invalid("may not specify more than two policyTypes");
    }
    types.elements().forEach(t -> t.requiredOneOf("Ingress", "Egress"));
  }

  private static void ports(Value ports) {
    for (Value port : ports.elements()) {
      port.at("protocol").oneOf("TCP", "UDP", "SCTP");
      Value number = port.at("port");
      if (number.exists()) {
        ProbeRules.port(number);
      }
      Value end = port.at("endPort");
      if (end.exists()) {
        if (!number.exists()) {
          end.invalid("may not be specified when `port` is not specified");
        } else if (!number.node().isNumber()) {
          end.invalid("may not be specified when `port` is non-numeric");
        } else if (end.number() < number.number()) {
          end.invalid(number.node(), "must be greater than or equal to `port`");
        }
      }
    }
  }

  private static void peer(Value peer) {
    int kinds = 0;
    for (String selector : List.of("podSelector", "namespaceSelector")) {
      if (peer.has(selector)) {
        kinds++;
        SelectorRules.check(peer.at(selector));
      }
    }
    Value block = peer.at("ipBlock");
    if (block.exists()) {
      if (kinds > 0) {
        peer.forbidden("may not specify both ipBlock and another peer");
      }
      kinds++;
      if (block.at("cidr").isRequired()) {
        Addresses.checkRange(block.at("cidr"));
      }
      for (Value except : block.at("except").elements()) {
        Addresses.checkRange(except);
        if (Addresses.isRange(except.text())
            && Addresses.isRange(block.at("cidr").text())
            && !Addresses.isStrictSubset(except.text(), block.at("cidr").text())) {
          except.invalid("must be a strict subset of `cidr`");
        }
      }
    }
    if (kinds == 0) {
      peer.required("must specify a peer");
    }
  }
}
