package dev.mokha.client.leader;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.leader.LeaderElector.Election;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The lease, read and written; used by one thread. */
final class LeaseLock {
  private static final GroupVersionResource LEASES =
      new GroupVersionResource("coordination.k8s.io", "v1", "leases");

  /** MicroTime, as Kubernetes writes it. */
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final ApiClient client;
  private final Election election;

  /** The spec that was seen last, and when this process saw it first. */
  private JsonNode seen;

  private long seenAt;

  LeaseLock(ApiClient client, Election election) {
    this.client = client;
    this.election = election;
  }

  /** Who held the lease when it was last looked at. */
  String holder() {
    return seen == null ? "" : seen.path("holderIdentity").asString("");
  }

  /**
   * Takes the lease if it may be taken, or renews it.
   *
   * @return false when another holds it
   */
  boolean acquireOrRenew() {
    Optional<KubeObject> found = client.find(LEASES, election.namespace(), election.name());
    try {
      if (found.isEmpty()) {
        ObjectNode lease = Json.MAPPER.createObjectNode();
        lease.put("apiVersion", LEASES.groupVersion()).put("kind", "Lease");
        lease
            .putObject("metadata")
            .put("namespace", election.namespace())
            .put("name", election.name());
        write(lease.putObject("spec"), 0);
        see(client.create(LEASES, election.namespace(), "", "", KubeObject.of(lease)).toTree());
        return true;
      }
      ObjectNode lease = found.get().toTree();
      see(lease);
      ObjectNode spec = lease.withObject("/spec");
      boolean own = holder().equals(election.identity());
      if (!own && !holder().isEmpty() && !election.alone() && !isOver(spec)) {
        return false;
      }
      write(spec, own ? 0 : 1);
      see(client.update(LEASES, election.namespace(), "", KubeObject.of(lease)).toTree());
      return true;
    } catch (StatusException e) {
      if (e.reason() == StatusReason.CONFLICT || e.reason() == StatusReason.ALREADY_EXISTS) {
        return false; // somebody was faster
      }
      throw e;
    }
  }

  private void see(ObjectNode lease) {
    JsonNode spec = lease.path("spec");
    if (!spec.equals(seen)) {
      seen = spec.deepCopy();
      seenAt = System.nanoTime();
    }
  }

  /** Clocks of other machines are not asked: what counts is when a renewal was seen here. */
  private boolean isOver(ObjectNode spec) {
    long seconds = spec.path("leaseDurationSeconds").asLong(election.timing().lease().toSeconds());
    return System.nanoTime() - seenAt > seconds * 1_000_000_000L;
  }

  private void write(ObjectNode spec, int transitions) {
    String now = MICROS.format(Instant.now());
    boolean own = spec.path("holderIdentity").asString("").equals(election.identity());
    spec.put("holderIdentity", election.identity());
    spec.put("leaseDurationSeconds", Math.max(1, election.timing().lease().toSeconds()));
    if (!own || !spec.hasNonNull("acquireTime")) {
      spec.put("acquireTime", now);
    }
    spec.put("renewTime", now);
    spec.put("leaseTransitions", spec.path("leaseTransitions").asInt(0) + transitions);
  }

  /** Gives the lease back: the next one need not wait. */
  void release() {
    Optional<KubeObject> found = client.find(LEASES, election.namespace(), election.name());
    if (found.isEmpty()) {
      return;
    }
    ObjectNode lease = found.get().toTree();
    ObjectNode spec = lease.withObject("/spec");
    if (!spec.path("holderIdentity").asString("").equals(election.identity())) {
      return;
    }
    spec.put("holderIdentity", "").put("leaseDurationSeconds", 1);
    spec.put("renewTime", MICROS.format(Instant.now()));
    client.update(LEASES, election.namespace(), "", KubeObject.of(lease));
  }
}
