package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.Query;
import dev.mokha.server.storage.ObjectCache;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.storage.StoredObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Where the subresources lead that are connections: log, exec, attach and portforward of pods to
 * the kubelet of the pod's node, proxy to wherever it says. The paths of the kubelet are
 * upstream's.
 */
final class ConnectSubresources {
  /** They are not decoded and encoded, but passed through. */
  static final Set<String> NAMES = Set.of("log", "exec", "attach", "portforward", "proxy");

  private static final Map<String, String> STREAMS =
      Map.of("stdin", "input", "stdout", "output", "stderr", "error", "tty", "tty");
  private static final List<String> LOG_OPTIONS =
      List.of(
          "follow",
          "previous",
          "sinceSeconds",
          "sinceTime",
          "timestamps",
          "tailLines",
          "limitBytes",
          "stream");

  private final ObjectCache cache;
  private final StorageResource pods;
  private final StorageResource nodes;
  private final ProxyTargets proxies;

  ConnectSubresources(ObjectCache cache, Catalog catalog) {
    this.cache = requireNonNull(cache, "cache");
    this.pods = catalog.find("", "v1", "pods").storage();
    this.nodes = catalog.find("", "v1", "nodes").storage();
    this.proxies = new ProxyTargets(cache, pods);
  }

  Answer log(ApiCall call) {
    JsonNode pod = pod(call);
    StringBuilder path = containerPath("/containerLogs/", call, pod);
    char separator = '?';
    for (String option : LOG_OPTIONS) {
      String value = call.query().get(option);
      if (!value.isEmpty()) {
        path.append(separator).append(option).append('=').append(encode(value));
        separator = '&';
      }
    }
    return onNode(call, pod, path.toString());
  }

  Answer exec(ApiCall call) {
    if (call.query().all("command").isEmpty()) {
      throw StatusException.badRequest("you must specify at least 1 command for the container");
    }
    return streams(call, "/exec/");
  }

  Answer attach(ApiCall call) {
    return streams(call, "/attach/");
  }

  private Answer streams(ApiCall call, String root) {
    JsonNode pod = pod(call);
    String phase = pod.path("status").path("phase").asString("");
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      throw StatusException.badRequest(
          "cannot exec into a container in a completed pod; current phase is " + phase);
    }
    StringBuilder path = containerPath(root, call, pod);
    char separator = '?';
    Query query = call.query();
    for (Map.Entry<String, String> stream : STREAMS.entrySet()) {
      if (query.isTrue(stream.getKey())) {
        path.append(separator).append(stream.getValue()).append("=1");
        separator = '&';
      }
    }
    if (separator == '?') {
      throw StatusException.badRequest("you must specify at least one of stdin, stdout, stderr");
    }
    for (String word : query.all("command")) {
      path.append(separator).append("command=").append(encode(word));
    }
    return onNode(call, pod, path.toString());
  }

  Answer portForward(ApiCall call) {
    JsonNode pod = pod(call);
    StringBuilder path =
        new StringBuilder("/portForward/").append(call.namespace()).append('/').append(call.name());
    char separator = '?';
    for (String port : call.query().all("ports")) {
      path.append(separator).append("port=").append(encode(port));
      separator = '&';
    }
    return onNode(call, pod, path.toString());
  }

  Answer podProxy(ApiCall call) {
    return proxies.pod(call);
  }

  Answer serviceProxy(ApiCall call) {
    return proxies.service(call);
  }

  Answer nodeProxy(ApiCall call) {
    String name = call.name();
    int colon = name.indexOf(':');
    Answer.Tunnel kubelet = kubelet(colon < 0 ? name : name.substring(0, colon));
    return new Answer.Tunnel(kubelet.host(), kubelet.port(), true, ProxyTargets.pathAndQuery(call));
  }

  private JsonNode pod(ApiCall call) {
    StoredObject pod = cache.find(pods, pods.key(call.namespace(), call.name()));
    if (pod == null) {
      throw StatusException.notFound("", "pods", call.name());
    }
    return pod.object().toTree();
  }

  private Answer onNode(ApiCall call, JsonNode pod, String path) {
    String node = pod.path("spec").path("nodeName").asString("");
    if (node.isEmpty()) {
      throw StatusException.badRequest(
          "pod %s does not have a host assigned".formatted(call.name()));
    }
    Answer.Tunnel kubelet = kubelet(node);
    return new Answer.Tunnel(kubelet.host(), kubelet.port(), true, path);
  }

  /** The address of a node's kubelet. */
  private Answer.Tunnel kubelet(String name) {
    StoredObject node = cache.find(nodes, name);
    if (node == null) {
      throw StatusException.notFound("", "nodes", name);
    }
    JsonNode status = node.object().toTree().path("status");
    String host = "";
    for (String type : List.of("InternalIP", "Hostname")) {
      for (JsonNode address : status.path("addresses")) {
        if (host.isEmpty() && address.path("type").asString("").equals(type)) {
          host = address.path("address").asString("");
        }
      }
    }
    int port = status.path("daemonEndpoints").path("kubeletEndpoint").path("Port").asInt(10250);
    if (host.isEmpty()) {
      throw StatusException.internal("the node " + name + " has told no address yet");
    }
    return new Answer.Tunnel(host, port, true, "");
  }

  private static StringBuilder containerPath(String root, ApiCall call, JsonNode pod) {
    return new StringBuilder(root)
        .append(call.namespace())
        .append('/')
        .append(call.name())
        .append('/')
        .append(container(call, pod));
  }

  private static String container(ApiCall call, JsonNode pod) {
    String wanted = call.query().get("container");
    List<String> plain = names(pod, "containers");
    List<String> init = names(pod, "initContainers");
    List<String> ephemeral = names(pod, "ephemeralContainers");
    if (wanted.isEmpty()) {
      if (plain.size() == 1 && init.isEmpty() && ephemeral.isEmpty()) {
        return plain.get(0);
      }
      String message =
          "a container name must be specified for pod %s, choose one of: [%s]"
              .formatted(call.name(), String.join(" ", plain));
      if (!init.isEmpty()) {
        message += " or one of the init containers: [%s]".formatted(String.join(" ", init));
      }
      if (!ephemeral.isEmpty()) {
        message +=
            " or one of the ephemeral containers: [%s]".formatted(String.join(" ", ephemeral));
      }
      throw StatusException.badRequest(message);
    }
    if (!plain.contains(wanted) && !init.contains(wanted) && !ephemeral.contains(wanted)) {
      throw StatusException.badRequest(
          "container %s is not valid for pod %s".formatted(wanted, call.name()));
    }
    return wanted;
  }

  private static List<String> names(JsonNode pod, String list) {
    List<String> names = new ArrayList<>();
    pod.path("spec").path(list).forEach(c -> names.add(c.path("name").asString("")));
    return names;
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
