package dev.mokha.client.leader;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.ApiClient;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does a work as long as this process leads.
 *
 * <pre>{@code
 * var election = new LeaderElector.Election("kube-system", "kube-scheduler", "host1_4c1f", false);
 * try (LeaderElector elector = LeaderElector.start(client, election, () -> Scheduler.start(...))) {
 *   ...                     // the scheduler runs whenever this process leads
 * }                         // is closed, and the lease given back
 * }</pre>
 *
 * <p>Its life: it tries every two seconds to get the lease, which is free when nobody holds it or
 * its holder was not seen to renew it for the lease's fifteen seconds, by this process's own clock.
 * As leader it starts the work and renews every two seconds. When it could not renew for ten
 * seconds it ends the work, before any other may begin it, and tries to get the lease anew. (The
 * figures are those of Kubernetes' own components.)
 *
 * <p>An identity that comes back after a crash gets its own lease again at once. Where no other
 * process can be, the work starts in {@link #start} itself, and the lease only shows who leads.
 */
public final class LeaderElector implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderElector.class);

  /**
   * What is elected for.
   *
   * @param namespace the lease's
   * @param name the lease's
   * @param identity who this process is; as long as it lives nobody else may use it
   * @param alone true when no other process can take part: the work then starts at once, and is
   *     never ended but by {@link #close}
   * @param timing how long everything may take
   */
  public record Election(
      String namespace, String name, String identity, boolean alone, Timing timing) {
    /** Refuses nulls. */
    public Election {
      requireNonNull(namespace);
      requireNonNull(name);
      requireNonNull(identity);
      requireNonNull(timing);
    }

    /** With Kubernetes' own times. */
    public Election(String namespace, String name, String identity, boolean alone) {
      this(namespace, name, identity, alone, Timing.DEFAULT);
    }
  }

  /**
   * Times.
   *
   * @param lease so long a lease counts after it was last seen to be renewed; whole seconds
   * @param giveUp so long a leader goes on that can't renew; less than the lease
   * @param retry how often is tried and renewed
   */
  public record Timing(Duration lease, Duration giveUp, Duration retry) {
    /** What kube-controller-manager and kube-scheduler use. */
    public static final Timing DEFAULT =
        new Timing(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
  }

  /** What a leader does. */
  @FunctionalInterface
  public interface Work {
    /** Begins and returns; closing the result ends it. */
    AutoCloseable begin();
  }

  private final LeaseLock lock;
  private final Election election;
  private final Work work;
  private final Thread thread;
  private volatile boolean closed;
  private volatile AutoCloseable running;

  private LeaderElector(ApiClient client, Election election, Work work) {
    this.lock = new LeaseLock(client, election);
    this.election = election;
    this.work = requireNonNull(work);
    this.thread =
        Thread.ofVirtual().name("leader-election " + election.name()).unstarted(this::run);
  }

  /** Begins to take part. */
  public static LeaderElector start(ApiClient client, Election election, Work work) {
    LeaderElector elector =
        new LeaderElector(requireNonNull(client), requireNonNull(election), work);
    if (election.alone()) {
      elector.lead();
    }
    elector.thread.start();
    return elector;
  }

  /** True while this process does the work. */
  public boolean isLeader() {
    return running != null;
  }

  private void run() {
    long renewed = System.nanoTime();
    while (!closed) {
      // A renewal counts from when it was asked for: the answer may have been long on its way.
      long asked = System.nanoTime();
      try {
        boolean held = attempt(renewed);
        if (held) {
          renewed = asked;
        }
        if (held && running == null && !closed && !isSilentSince(renewed)) {
          LOG.info("{} leads: {}", election.identity(), election.name());
          lead();
        } else if (!held && running != null && !election.alone()) {
          LOG.warn("{} lost {} to {}", election.identity(), election.name(), lock.holder());
          stop();
        }
      } catch (StatusException e) {
        LOG.debug("the lease {} could not be renewed", election.name(), e);
      } catch (InterruptedException e) {
        continue; // close() did that, or nobody: the loop looks
      } catch (RuntimeException e) {
        LOG.warn("the election for {} failed and goes on", election.name(), e);
      }
      stopIfSilent(renewed);
      pause();
    }
    stop();
  }

  /** One try, on a thread of its own: however long it takes, the work ends in time. */
  private boolean attempt(long renewed) throws InterruptedException {
    FutureTask<Boolean> trying = new FutureTask<>(lock::acquireOrRenew);
    Thread.ofVirtual().name("lease " + election.name()).start(trying);
    try {
      if (running != null && !election.alone()) {
        long left = election.timing().giveUp().toNanos() - (System.nanoTime() - renewed);
        try {
          return trying.get(Math.max(0, left), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          stopIfSilent(renewed);
        }
      }
      return trying.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(e.getCause());
    }
  }

  private boolean isSilentSince(long renewed) {
    return System.nanoTime() - renewed >= election.timing().giveUp().toNanos();
  }

  private void stopIfSilent(long renewed) {
    if (running != null && !election.alone() && isSilentSince(renewed)) {
      LOG.warn("{} could not renew {} and stops", election.identity(), election.name());
      stop();
    }
  }

  private void lead() {
    running = requireNonNull(work.begin(), "work");
  }

  private void stop() {
    AutoCloseable ending = running;
    running = null;
    if (ending == null) {
      return;
    }
    try {
      ending.close();
    } catch (Exception e) {
      LOG.error("the work of {} did not end in good order", election.name(), e);
    }
  }

  private void pause() {
    // Alone nobody waits for the lease, and each renewal is a write.
    long millis =
        (election.alone() ? election.timing().giveUp() : election.timing().retry()).toMillis();
    // Those who wait spread; who leads keeps its pace.
    long jitter = running == null ? ThreadLocalRandom.current().nextLong(millis / 5 + 1) : 0;
    try {
      if (!closed) {
        Thread.sleep(millis + jitter);
      }
    } catch (InterruptedException e) {
      // close() ends the waiting; whatever else it was, the loop looks around and goes on.
    }
  }

  /** Ends the work and gives the lease back, so that another need not wait for its end. */
  @Override
  public void close() {
    closed = true;
    boolean led = running != null;
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (led && !election.alone()) {
      try {
        lock.release();
      } catch (RuntimeException e) {
        LOG.debug("the lease {} is left to run out", election.name(), e);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
