package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container.State;
import dev.mokha.engine.containers.Container.Status;
import dev.mokha.engine.containers.ContainerRecord.Current;
import dev.mokha.engine.containers.ContainerRecord.Definition;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What those who act on one container share: its definition and state, in memory and on disk; its
 * ground; who waits for it. Definition and state are changed under the lock and read without.
 */
final class ContainerCore {
  private static final Logger log = LoggerFactory.getLogger(ContainerCore.class);

  final RuntimeHost host;
  final ContainerRecord record;
  final ContainerGround ground;
  final ReentrantLock lock = new ReentrantLock();
  final RunEnds ends = new RunEnds();
  final Attachments attachments = new Attachments();
  private final Keeper keeper;
  private final ManagedContainer container;
  private volatile Definition definition;
  private volatile Current current;

  /** Set before a removal begins: from then on no run does. */
  volatile boolean removing;

  volatile boolean removed;

  /** Whether the last run ended since this daemon adopted or started it. */
  volatile boolean endedHere;

  /** Whether the last run may have left something; under the lock. */
  boolean unsettled;

  ContainerCore(
      RuntimeHost host, Definition definition, Keeper keeper, ManagedContainer container) {
    this.host = host;
    this.definition = definition;
    this.keeper = keeper;
    this.container = container;
    String id = definition.spec().id();
    this.record = new ContainerRecord(host.dataDir().resolve(id));
    this.ground = new ContainerGround(host, id, definition.cgroup());
    this.current =
        new Current(new State(Status.UNKNOWN, 0, definition.created(), null, null, 0, false, ""));
  }

  String id() {
    return definition.spec().id();
  }

  ContainerSpec spec() {
    return definition.spec();
  }

  Definition definition() {
    return definition;
  }

  Current current() {
    return current;
  }

  State state() {
    return current.state();
  }

  ManagedContainer container() {
    return container;
  }

  Keeper keeper() {
    return keeper;
  }

  /** Whether it has a process. */
  boolean isActive() {
    Status status = state().status();
    return status == Status.RUNNING || status == Status.PAUSED;
  }

  /** Its status in small letters. */
  String word() {
    return state().status().name().toLowerCase(Locale.ROOT);
  }

  void requirePresent() {
    if (removing) {
      throw new EngineException(
          EngineException.Code.NOT_FOUND, "Container " + id() + " was removed");
    }
  }

  /** Keeps a state, on disk too. That somebody stopped it must survive a power cut. */
  void put(Current next) throws IOException {
    boolean intent = next.stopped() != current.stopped() && definition.lasting();
    current = next;
    record.write(next, intent);
  }

  /** Keeps a state that is on disk already, or not to be written yet. */
  void take(Current next) {
    current = next;
  }

  /** Keeps a specification, on disk first. */
  void put(Definition next) throws IOException {
    record.write(next);
    definition = next;
    keeper.respecified(container);
  }

  void tell() {
    keeper.changed(container);
  }

  Optional<Preparation> preparation() {
    return keeper.preparation(spec().owner());
  }

  /** Clears away what the last run left. Under the lock, and only when nothing runs. */
  void settle() throws IOException {
    if (unsettled) {
      ground.release(!current.starting());
      unsettled = false;
    }
    Optional<Preparation> preparation = preparation();
    if (current.prepared() && preparation.isPresent()) {
      preparation.get().release(container);
      put(current.starting(current.starting(), false));
    }
  }

  /** Clears away what the last run left, when no other has begun. */
  void settleQuietly() {
    lock.lock();
    try {
      if (!removed && !isActive() && !current.starting()) {
        settle();
      }
    } catch (IOException | RuntimeException e) {
      log.warn("Container {} is not wholly released: {}", id(), e.getMessage());
    } finally {
      lock.unlock();
    }
  }

  /** Takes everything away, in the order that lets a daemon that is killed meanwhile go on. */
  void discard() throws IOException {
    removing = true;
    settle();
    preparation().ifPresent(preparation -> preparation.release(container));
    if (spec().logPath() != null) {
      LogFiles.delete(spec().logPath());
    }
    record.deleteDefinition();
    ground.clear();
    record.delete();
    removed = true;
    attachments.end();
    ends.close(id());
    keeper.removed(container);
  }
}
