package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.HashSet;
import java.util.Set;

/** The rules for Endpoints and EndpointSlices. */
final class EndpointRules {
  private static final int MOST_ENDPOINTS = 1000;
  private static final int MOST_PORTS = 20000;
  private static final int MOST_ADDRESSES = 100;

  private EndpointRules() {}

  static void endpoints(Value endpoints) {
    for (Value subset : endpoints.at("subsets").elements()) {
      if (subset.at("addresses").isEmpty() && subset.at("notReadyAddresses").isEmpty()) {
        subset.required("must specify `addresses` or `notReadyAddresses`");
      }
      for (String list : new String[] {"addresses", "notReadyAddresses"}) {
        for (Value address : subset.at(list).elements()) {
          address(address.at("ip"));
          address.at("hostname").keeps(Names::dns1123Label);
          address.at("nodeName").keeps(Names::dns1123Subdomain);
        }
      }
      Set<String> names = new HashSet<>();
      for (Value port : subset.at("ports").elements()) {
        Value name = port.at("name");
        if (name.isEmpty() && subset.at("ports").size() > 1) {
          name.required();
        }
        name.keeps(Names::dns1123Label);
        if (!name.isEmpty() && !names.add(name.text())) {
          name.duplicate();
        }
        port.at("port").invalid(Names.portNumber(port.at("port").number()));
        port.at("protocol").requiredOneOf("SCTP", "TCP", "UDP");
        port.at("appProtocol").keeps(Names::qualifiedName);
      }
    }
  }

  static void address(Value ip) {
    Addresses.check(ip);
    String text = ip.text();
    if (!Addresses.isAddress(text)) {
      ip.invalid("must be a valid IP address");
      return;
    }
    if (text.equals("0.0.0.0") || text.equals("::")) {
      ip.invalid("may not be unspecified (" + text + ")");
    } else if (text.startsWith("127.") || text.equals("::1")) {
      ip.invalid("may not be in the loopback range (127.0.0.0/8, ::1/128)");
    } else if (text.startsWith("169.254.") || text.startsWith("fe80:")) {
      ip.invalid("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    } else if (text.startsWith("224.0.0.") || text.startsWith("ff02:")) {
      ip.invalid("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
    }
  }

  static void slice(Value slice) {
    slice.at("addressType").requiredOneOf("FQDN", "IPv4", "IPv6");
    String type = slice.at("addressType").text();
    Value endpoints = slice.at("endpoints");
    if (endpoints.size() > MOST_ENDPOINTS) {
      endpoints.errors().tooMany(endpoints.path(), endpoints.size(), MOST_ENDPOINTS);
    }
    for (Value endpoint : endpoints.elements()) {
      Value addresses = endpoint.at("addresses");
      if (addresses.isEmpty()) {
        addresses.required("must contain at least 1 address");
      } else if (addresses.size() > MOST_ADDRESSES) {
        addresses.errors().tooMany(addresses.path(), addresses.size(), MOST_ADDRESSES);
      }
      for (Value address : addresses.elements()) {
        sliceAddress(address, addresses.alias(address), type);
      }
      endpoint.at("hostname").keeps(Names::dns1123Label);
      endpoint.at("nodeName").keeps(Names::dns1123Subdomain);
    }
    Value ports = slice.at("ports");
    if (ports.size() > MOST_PORTS) {
      ports.errors().tooMany(ports.path(), ports.size(), MOST_PORTS);
    }
    Set<String> names = new HashSet<>();
    for (Value port : ports.elements()) {
      Value name = port.at("name");
      name.keeps(Names::dns1123Label);
      if (!names.add(name.text())) {
        name.errors().duplicate(name.path(), name.text());
      }
      port.at("protocol").requiredOneOf("SCTP", "TCP", "UDP");
      port.at("appProtocol").keeps(Names::qualifiedName);
    }
  }

  private static void sliceAddress(Value address, Value family, String type) {
    switch (type) {
      case "FQDN" -> address.keeps(Names::dns1123Subdomain);
      case "IPv4" -> {
        if (!Addresses.isAddress(address.text()) || Addresses.isIpv6(address.text())) {
          family.invalid("must be an IPv4 address");
        }
        address(address);
      }
      case "IPv6" -> {
        if (!Addresses.isIpv6(address.text())) {
          family.invalid("must be an IPv6 address");
        }
        address(address);
      }
      default -> {}
    }
  }

  static void sliceChange(Value slice, Value old) {
    slice.at("addressType").immutable(old.at("addressType"));
  }
}
