package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.Query;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks admission about a connection before it is made: exec, attach, portforward, proxy. What it
 * sees is the query in the form of an object, such as {@code PodExecOptions}; what it changes of it
 * counts.
 */
final class AdmittedConnection implements Subresource {
  private static final List<String> FLAGS = List.of("stdin", "stdout", "stderr", "tty");

  private final AdmissionChain admission;
  private final Subresource connect;

  AdmittedConnection(AdmissionChain admission, Subresource connect) {
    this.admission = requireNonNull(admission, "admission");
    this.connect = requireNonNull(connect, "connect");
  }

  @Override
  public Answer handle(ApiCall call) {
    GroupVersionKind kind =
        call.resource()
            .type()
            .subresource(call.subresource())
            .map(ResourceType.Subresource::kind)
            .orElse(call.resource().type().gvk());
    ObjectNode options = options(call, kind);
    AdmissionChain.Admission way =
        admission.begin(call, Operation.CONNECT, kind, call.name(), options, null, null);
    if (way.plugins().isEmpty()) {
      return connect.handle(call);
    }
    ObjectNode asked = options.deepCopy();
    way.mutate();
    way.validate();
    return connect.handle(options.equals(asked) ? call : changed(call, options));
  }

  private static ObjectNode options(ApiCall call, GroupVersionKind kind) {
    ObjectNode options = Json.MAPPER.createObjectNode();
    options.put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
    Query query = call.query();
    switch (call.subresource()) {
      case "exec", "attach" -> {
        for (String flag : FLAGS) {
          if (query.isTrue(flag)) {
            options.put(flag, true);
          }
        }
        if (!query.get("container").isEmpty()) {
          options.put("container", query.get("container"));
        }
        if (query.has("command")) {
          ArrayNode command = options.putArray("command");
          query.all("command").forEach(command::add);
        }
      }
      case "portforward" -> {
        if (query.has("ports")) {
          ArrayNode ports = options.putArray("ports");
          for (String list : query.all("ports")) {
            for (String port : list.split(",")) {
              if (port.matches("[0-9]{1,9}")) {
                ports.add(Integer.parseInt(port));
              }
            }
          }
        }
      }
      default -> {
        if (!call.rest().isEmpty()) {
          options.put("path", call.rest());
        }
      }
    }
    return options;
  }

  /** The call with the options that admission has made of the client's. */
  private static ApiCall changed(ApiCall call, ObjectNode options) {
    if (call.subresource().equals("proxy")) {
      return copy(call, options.path("path").asString(""), call.query());
    }
    StringBuilder query = new StringBuilder();
    for (Map.Entry<String, JsonNode> e : options.properties()) {
      if (!e.getKey().equals("kind") && !e.getKey().equals("apiVersion")) {
        if (e.getValue().isArray()) {
          e.getValue().forEach(v -> add(query, e.getKey(), v.asString("")));
        } else {
          add(query, e.getKey(), e.getValue().asString(""));
        }
      }
    }
    return copy(call, call.rest(), Query.parse(query.toString()));
  }

  private static void add(StringBuilder query, String name, String value) {
    query
        .append(query.isEmpty() ? "" : "&")
        .append(name)
        .append('=')
        .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
  }

  private static ApiCall copy(ApiCall call, String rest, Query query) {
    return new ApiCall(
        call.user(),
        call.verb(),
        call.resource(),
        call.subresource(),
        call.namespace(),
        call.name(),
        rest,
        query,
        call.fieldManager(),
        call.body(),
        call.warnings(),
        call.audit());
  }
}
