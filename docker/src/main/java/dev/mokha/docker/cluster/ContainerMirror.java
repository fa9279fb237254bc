package dev.mokha.docker.cluster;

import static dev.mokha.docker.cluster.ContainerResource.CONTAINERS;
import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import dev.mokha.client.controller.WorkQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Shows one node's Docker containers in the cluster: for each an object called by the first twelve
 * digits of its id. Level-triggered: {@link #changed} says which container to look at, and what the
 * object should be is asked anew. A container whose namespace the cluster does not have is not
 * shown until it has. An object is only ever a picture: deleting it, or its namespace, does nothing
 * to the container.
 */
public final class ContainerMirror implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ContainerMirror.class);

  /** The label that names the node, by which a node finds its own objects. */
  static final String NODE = "engine.mokha.dev/node";

  private static final int SHORT = 12;

  /** How soon a container is tried again that the cluster did not take. */
  private static final Duration AGAIN = Duration.ofSeconds(30);

  private final ApiClient client;
  private final String nodeName;
  private final Source source;
  private final WorkQueue<String> queue = WorkQueue.create("docker-containers");
  private final Map<String, Sent> sent = new HashMap<>();
  private final Thread worker;

  /** Where the containers are. */
  public interface Source {
    /** All of them. */
    List<ShownContainer> all();

    /** The one of that id. */
    Optional<ShownContainer> find(String id);
  }

  private record Sent(String namespace, ObjectNode object) {}

  private ContainerMirror(ApiClient client, String nodeName, Source source) {
    this.client = requireNonNull(client, "client");
    this.nodeName = requireNonNull(nodeName, "nodeName");
    this.source = requireNonNull(source, "source");
    this.worker = Thread.ofVirtual().name("container-mirror").unstarted(this::work);
  }

  /** Begins: shows what there is, takes away what is no more. Never blocks. */
  public static ContainerMirror start(ApiClient client, String nodeName, Source source) {
    ContainerMirror mirror = new ContainerMirror(client, nodeName, source);
    mirror.worker.start();
    return mirror;
  }

  /** A container was made, has changed or is gone. */
  public void changed(String id) {
    queue.add(id);
  }

  private void work() {
    try {
      while (!adopt()) {
        Thread.sleep(AGAIN);
      }
      source.all().forEach(container -> queue.add(container.id()));
      while (true) {
        String id = queue.take();
        try {
          sync(id);
          queue.forget(id);
        } catch (StatusException e) {
          log.warn(
              "Container {} is not shown as it is: {}", id.substring(0, SHORT), e.getMessage());
          queue.addAfter(id, AGAIN);
        } finally {
          queue.done(id);
        }
      }
    } catch (InterruptedException closed) {
      log.debug("Docker's containers are shown no more");
    }
  }

  /** Takes over what an earlier daemon of this node has shown. */
  private boolean adopt() {
    try {
      for (KubeObject object :
          client.list(CONTAINERS, "", ListOptions.labels(NODE + "=" + nodeName)).items()) {
        ObjectNode tree = object.toTree();
        String id = tree.path("spec").path("containerID").asString("");
        sent.put(id, new Sent(object.namespace(), essence(tree)));
        queue.add(id);
      }
      return true;
    } catch (StatusException e) {
      log.debug("Docker's containers can't be shown yet: {}", e.getMessage());
      return false;
    }
  }

  private void sync(String id) {
    Optional<ShownContainer> found = source.find(id);
    Sent before = sent.get(id);
    if (found.isEmpty()) {
      if (before != null) {
        delete(before.namespace(), id);
        sent.remove(id);
      }
      return;
    }
    ShownContainer container = found.get();
    ObjectNode wanted = object(container);
    if (before != null && !before.namespace().equals(container.namespace())) {
      delete(before.namespace(), id);
      sent.remove(id);
    } else if (before != null && before.object().equals(essence(wanted))) {
      return;
    }
    client.patch(
        CONTAINERS,
        container.namespace(),
        id.substring(0, SHORT),
        "",
        ApiClient.PatchType.APPLY,
        KubeObject.of(wanted).json(),
        true);
    sent.put(id, new Sent(container.namespace(), essence(wanted)));
  }

  private void delete(String namespace, String id) {
    try {
      client.delete(CONTAINERS, namespace, id.substring(0, SHORT), ApiClient.DeleteOptions.DEFAULT);
    } catch (StatusException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  /** What of an object says whether it is as it should be. */
  private static ObjectNode essence(ObjectNode object) {
    ObjectNode essence = Json.MAPPER.createObjectNode();
    essence.set("spec", object.path("spec"));
    essence.set("status", object.path("status"));
    return essence;
  }

  private ObjectNode object(ShownContainer c) {
    ObjectNode object = Json.MAPPER.createObjectNode();
    object.put("apiVersion", CONTAINERS.group() + "/" + CONTAINERS.version());
    object.put("kind", "Container");
    object
        .putObject("metadata")
        .put("name", c.id().substring(0, SHORT))
        .put("namespace", c.namespace())
        .putObject("labels")
        .put(NODE, nodeName);
    ObjectNode spec = object.putObject("spec");
    spec.put("nodeName", nodeName).put("containerID", c.id()).put("containerName", c.name());
    spec.put("owner", c.owner()).put("image", c.image()).put("imageID", c.imageId());
    c.command().forEach(spec.putArray("command")::add);
    c.ports().forEach(spec.putArray("ports")::add);
    if (c.cpuMillis() > 0) {
      spec.put("cpu", c.cpuMillis() + "m");
    }
    if (c.memoryBytes() > 0) {
      spec.put("memory", Long.toString(c.memoryBytes()));
    }
    ObjectNode status = object.putObject("status");
    status.put("state", c.state()).put("health", c.health()).put("exitCode", c.exitCode());
    put(status, "startedAt", c.started());
    put(status, "finishedAt", c.finished());
    status.put("address", c.address());
    return object;
  }

  private static void put(ObjectNode status, String field, Instant at) {
    if (at != null) {
      status.put(field, at.toString());
    }
  }

  /** Shows nothing more; what is shown stays. */
  @Override
  public void close() {
    worker.interrupt();
    queue.close();
  }
}
