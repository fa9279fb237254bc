package dev.mokha.node.status;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.ResourceClient;
import dev.mokha.node.pod.BoundPod;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells the API what changed of the pods' statuses: for each pod the newest status only, one
 * request at a time, tried again with back-off until the API has it. A thread exists only while
 * there is something to send.
 */
public final class StatusManager implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StatusManager.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(200);
  private static final Duration LAST_RETRY = Duration.ofSeconds(10);

  private final ResourceClient<Pod> pods;
  private final Map<String, Sender> senders = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /** A manager that writes through a client. */
  public StatusManager(ResourceClient<Pod> pods) {
    this.pods = requireNonNull(pods, "pods");
  }

  /** What the API was last told of the pod, or else has by itself. */
  public PodStatus last(BoundPod pod) {
    Sender sender = senders.get(pod.uid());
    return sender == null ? pod.pod().getStatus() : sender.newest();
  }

  /** Has the status sent if it differs from what the API has. Does not block. */
  public void set(BoundPod pod, PodStatus status) {
    senders.computeIfAbsent(pod.uid(), uid -> new Sender(pod)).set(status);
  }

  /** Waits until the API has the pod's newest status; false when that takes longer. */
  public boolean awaitSent(String uid, Duration atMost) {
    Sender sender = senders.get(uid);
    return sender == null || sender.awaitSent(atMost);
  }

  /** Forgets a pod that is gone. */
  public void forget(String uid) {
    Sender sender = senders.remove(uid);
    if (sender != null) {
      sender.cancel();
    }
  }

  @Override
  public void close() {
    closed = true;
    senders.values().forEach(Sender::cancel);
  }

  /** Sends one pod's status. */
  private final class Sender {
    private final String namespace;
    private final String name;
    private final String uid;
    private PodStatus sent;
    private PodStatus newest;
    private Thread thread;
    private boolean cancelled;

    Sender(BoundPod pod) {
      this.namespace = pod.namespace();
      this.name = pod.name();
      this.uid = pod.uid();
      this.sent = pod.pod().getStatus();
      this.newest = sent;
    }

    synchronized PodStatus newest() {
      return newest;
    }

    synchronized boolean awaitSent(Duration atMost) {
      long end = System.nanoTime() + atMost.toNanos();
      try {
        while (thread != null) {
          long millis = (end - System.nanoTime()) / 1_000_000;
          if (millis <= 0) {
            return false;
          }
          wait(millis);
        }
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    synchronized void cancel() {
      cancelled = true;
      if (thread != null) {
        thread.interrupt();
      }
    }

    synchronized void set(PodStatus status) {
      newest = status;
      if (thread == null && !cancelled && !closed) {
        if (StatusPatch.between(sent, status, uid).isEmpty()) {
          return;
        }
        thread = Thread.ofVirtual().name("status-" + namespace + "/" + name).start(this::send);
      }
    }

    /** The next thing to send, or nothing: then the thread is no longer this sender's. */
    private synchronized Optional<PodStatus> next() {
      if (cancelled || closed || StatusPatch.between(sent, newest, uid).isEmpty()) {
        thread = null;
        notifyAll();
        return Optional.empty();
      }
      return Optional.of(newest);
    }

    private void send() {
      Duration retry = FIRST_RETRY;
      while (true) {
        Optional<PodStatus> next = next();
        if (next.isEmpty()) {
          break;
        }
        PodStatus from;
        synchronized (this) {
          from = sent;
        }
        ObjectNode patch = StatusPatch.between(from, next.get(), uid).orElseThrow();
        try {
          pods.patch(namespace, name, "status", PatchType.STRATEGIC, patch);
          synchronized (this) {
            sent = next.get();
          }
          retry = FIRST_RETRY;
        } catch (StatusException e) {
          if (e.isNotFound() || (e.isConflict() && isGone())) {
            stop();
            break;
          }
          log.debug(
              "Status of pod {}/{} not sent, will try again: {}", namespace, name, e.getMessage());
          retry = pause(retry);
        } catch (RuntimeException e) {
          log.warn("Status of pod {}/{} not sent, will try again", namespace, name, e);
          retry = pause(retry);
        }
      }
    }

    private boolean isGone() {
      try {
        return pods.find(namespace, name)
            .map(p -> !uid.equals(p.getMetadata().getUid()))
            .orElse(true);
      } catch (StatusException e) {
        return false;
      }
    }

    private synchronized void stop() {
      cancelled = true;
      thread = null;
      notifyAll();
    }

    private Duration pause(Duration retry) {
      try {
        Thread.sleep(retry);
      } catch (InterruptedException e) {
        synchronized (this) {
          cancelled |= closed;
        }
      }
      Duration next = retry.multipliedBy(2);
      return next.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : next;
    }
  }
}
