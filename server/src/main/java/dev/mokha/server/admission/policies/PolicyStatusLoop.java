package dev.mokha.server.admission.policies;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.admission.matching.ServedKinds;
import dev.mokha.server.storage.ObjectReader;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes into the status of every validating policy what type checking has found, once for each of
 * its generations. It compares what is with what should be, as often as policies change.
 */
public final class PolicyStatusLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PolicyStatusLoop.class);
  private static final String GROUP = "admissionregistration.k8s.io";
  private static final String RESOURCE = "validatingadmissionpolicies";
  private static final GroupVersionResource POLICIES =
      new GroupVersionResource(GROUP, "v1", RESOURCE);

  private final ObjectReader objects;
  private final ApiClient client;
  private final TypeChecker checker;
  private final LongSupplier changes;
  private volatile Thread thread;

  /** A loop that writes through that client; {@link #start} starts it. */
  public PolicyStatusLoop(ObjectReader objects, ServedKinds kinds, ApiClient client) {
    this.objects = requireNonNull(objects, "objects");
    this.client = requireNonNull(client, "client");
    this.checker = new TypeChecker(kinds);
    this.changes = objects.changes(GROUP, RESOURCE);
  }

  /** Starts; call {@link #wake} after changes. */
  public void start() {
    thread = Thread.ofVirtual().name("policy-status").start(this::run);
  }

  /** Policies may have changed. Cheap, from any thread. */
  public void wake() {
    Thread t = thread;
    if (t != null) {
      LockSupport.unpark(t);
    }
  }

  private void run() {
    long seen = -1;
    while (!Thread.currentThread().isInterrupted()) {
      long now = changes.getAsLong();
      if (now == seen) {
        LockSupport.park(this);
        continue;
      }
      seen = now;
      for (KubeObject policy : objects.list(GROUP, RESOURCE, "")) {
        try {
          check(policy);
        } catch (StatusException e) {
          // Changed or deleted meanwhile: its change wakes us again.
          log.debug("the status of {} can't be written", policy.name(), e);
        } catch (RuntimeException e) {
          log.warn("the policy {} can't be checked", policy.name(), e);
        }
      }
    }
  }

  private void check(KubeObject policy) {
    ObjectNode tree = policy.toTree();
    if (policy.isDeleting()
        || tree.path("status").path("observedGeneration").asLong(0) >= policy.generation()) {
      return;
    }
    ObjectNode status = tree.get("status") instanceof ObjectNode s ? s : tree.putObject("status");
    status.put("observedGeneration", policy.generation());
    status.set("typeChecking", checker.check(tree.path("spec")));
    client.update(POLICIES, "", "status", KubeObject.of(tree));
  }

  @Override
  public void close() {
    Thread t = thread;
    if (t != null) {
      t.interrupt();
    }
  }
}
