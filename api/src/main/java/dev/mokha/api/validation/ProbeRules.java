package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The rules for probes and lifecycle hooks: what is called, and how often. */
final class ProbeRules {
  private static final List<String> HANDLERS = List.of("exec", "httpGet", "tcpSocket", "grpc");
  private static final List<String> HOOKS = List.of("exec", "httpGet", "tcpSocket", "sleep");
  private static final Pattern HEADER_NAME = Pattern.compile("[-A-Za-z0-9]+");

  private ProbeRules() {}

  static void probes(Value container, long gracePeriod) {
    for (String name : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
      Value probe = container.at(name);
      if (probe.exists()) {
        probe(probe);
        Value success = probe.at("successThreshold");
        if (!name.equals("readinessProbe") && success.exists() && success.number() != 1) {
          success.invalid("must be 1");
        }
        if (name.equals("readinessProbe") && probe.has("terminationGracePeriodSeconds")) {
          probe.at("terminationGracePeriodSeconds").invalid("must not be set for readinessProbes");
        }
      }
    }
    Value lifecycle = container.at("lifecycle");
    for (String name : List.of("postStart", "preStop")) {
      if (lifecycle.has(name)) {
        handler(lifecycle.at(name), HOOKS);
        Value seconds =
            lifecycle.at(name).alias("sleep", lifecycle.at(name).at("sleep", "seconds"));
        if (seconds.exists() && (seconds.number() < 0 || seconds.number() > gracePeriod)) {
          seconds.invalid(
              "must be non-negative and less than terminationGracePeriodSeconds (%d)"
                  .formatted(gracePeriod));
        }
      }
    }
  }

  private static void probe(Value probe) {
    handler(probe, HANDLERS);
    for (String count :
        List.of(
            "initialDelaySeconds",
            "timeoutSeconds",
            "periodSeconds",
            "successThreshold",
            "failureThreshold")) {
      probe.at(count).nonNegative();
    }
    probe.at("terminationGracePeriodSeconds").positive();
  }

  private static void handler(Value handler, List<String> kinds) {
    List<String> set = new ArrayList<>(1);
    for (String kind : kinds) {
      if (handler.has(kind)) {
        set.add(kind);
        if (set.size() > 1) {
          handler.at(kind).forbidden("may not specify more than 1 handler type");
        } else {
          call(kind, handler.at(kind));
        }
      }
    }
    if (set.isEmpty()) {
      handler.required("must specify a handler type");
    }
  }

  private static void call(String kind, Value call) {
    switch (kind) {
      case "exec" -> call.at("command").isRequired();
      case "httpGet" -> {
        call.at("path").isRequired();
        port(call.at("port"));
        call.at("scheme").requiredOneOf("HTTP", "HTTPS");
        for (Value header : call.at("httpHeaders").elements()) {
          if (!HEADER_NAME.matcher(header.at("name").text()).matches()) {
            call.at("httpHeaders")
                .invalid(
                    header.at("name").text(),
                    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g."
                        + " 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')");
          }
        }
      }
      case "tcpSocket" -> port(call.at("port"));
      case "grpc" -> call.at("port").invalid(Names.portNumber(call.at("port").number()));
      default -> {}
    }
  }

  /** A number of a port or the name of one. */
  static void port(Value port) {
    if (port.node().isNumber()) {
      port.invalid(Names.portNumber(port.number()));
    } else {
      port.invalid(Names.portName(port.text()));
    }
  }
}
