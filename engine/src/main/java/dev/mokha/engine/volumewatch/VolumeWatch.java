package dev.mokha.engine.volumewatch;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Containers;
import dev.mokha.engine.volumewatch.VolumeEvent.Affected;
import dev.mokha.engine.volumewatch.VolumeEvent.Kind;
import dev.mokha.linux.MountEntry;
import dev.mokha.linux.Mounts;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the file systems that running containers have mounted writable.
 *
 * <pre>{@code
 * engine.volumeWatch().onEvent(event -> log.warn("{}", event.message()));
 * }</pre>
 */
public final class VolumeWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(VolumeWatch.class);

  /** How often it looks. What happened is told within this time and the time of a look. */
  static final Duration INTERVAL = Duration.ofSeconds(2);

  /** The kernel's own, the containers' roots, and memory: none of these has a disk to fail. */
  private static final Set<String> WITHOUT_DISK =
      Set.of(
          "overlay",
          "tmpfs",
          "devtmpfs",
          "proc",
          "sysfs",
          "devpts",
          "mqueue",
          "cgroup",
          "cgroup2",
          "nsfs",
          "ramfs",
          "hugetlbfs",
          "debugfs",
          "tracefs",
          "securityfs",
          "bpf",
          "autofs");

  private final Containers containers;
  private final VolumeHealer healer;
  private final List<Consumer<VolumeEvent>> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, Seen> seen = new HashMap<>();
  private final Map<String, Using> using = new HashMap<>();
  private final Map<String, Path> healing = new ConcurrentHashMap<>();
  private final Thread thread;
  private volatile Predicate<Container> ownStarts = container -> false;
  private volatile boolean closed;

  /** What a file system was like when last looked at. */
  private record Seen(boolean writable, boolean told, long errors, MountEntry healthy) {}

  /** What a run of a container has mounted writable; it does not change while it runs. */
  private record Using(int pid, List<MountEntry> mounts) {}

  /** Begins to watch. */
  public VolumeWatch(Containers containers) {
    this.containers = requireNonNull(containers);
    this.healer = new VolumeHealer(containers, container -> ownStarts.test(container));
    this.thread = Thread.ofVirtual().name("volume-watch").start(this::watch);
  }

  /** Has a listener told of each event. It must not block for long. */
  public void onEvent(Consumer<VolumeEvent> listener) {
    listeners.add(requireNonNull(listener));
  }

  /**
   * Says whose containers are started again by their owner, after they were stopped so that a file
   * system can be mended. Their owner asks {@link #isHealing} before he starts any.
   */
  public void startedByOwner(Predicate<Container> which) {
    ownStarts = requireNonNull(which);
  }

  /**
   * Whether a path lies in a file system that is being mended: it may be unmounted, and what is
   * written now would get in the directory below.
   */
  public boolean isHealing(Path path) {
    return healing.values().stream().anyMatch(path::startsWith);
  }

  private void watch() {
    while (!closed) {
      try {
        Thread.sleep(INTERVAL);
        look();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        log.error("The volumes could not be looked at", e);
      }
    }
  }

  /** One look at everything. */
  synchronized void look() {
    Map<String, FileSystemInUse> now = inUse();
    seen.keySet().retainAll(now.keySet());
    now.forEach(this::compare);
  }

  private Map<String, FileSystemInUse> inUse() {
    Map<String, List<Affected>> affected = new LinkedHashMap<>();
    Map<String, MountEntry> inside = new HashMap<>();
    List<String> running = new ArrayList<>();
    for (Container container : containers.list("")) {
      int pid = container.state().pid();
      if (pid == 0) {
        continue;
      }
      running.add(container.id());
      Using known = using.get(container.id());
      if (known == null || known.pid() != pid) {
        known = new Using(pid, writable(pid));
        using.put(container.id(), known);
      }
      for (MountEntry mount : known.mounts()) {
        affected
            .computeIfAbsent(mount.device(), device -> new ArrayList<>())
            .add(new Affected(container.id(), mount.target().toString()));
        inside.putIfAbsent(mount.device(), mount);
      }
    }
    using.keySet().retainAll(running);
    if (affected.isEmpty()) {
      return Map.of();
    }
    Map<String, MountEntry> host = new HashMap<>();
    for (MountEntry mount : Mounts.list()) {
      MountEntry before = host.get(mount.device());
      // The whole file system rather than a part of it that is bound somewhere.
      if (before == null || before.root().length() > mount.root().length()) {
        host.put(mount.device(), mount);
      }
    }
    Map<String, FileSystemInUse> all = new LinkedHashMap<>();
    affected.forEach(
        (device, who) -> {
          MountEntry mount = host.getOrDefault(device, fresh(inside.get(device), who.getFirst()));
          all.put(device, new FileSystemInUse(mount, host.containsKey(device), who));
        });
    return all;
  }

  /** A mount that only containers see, as it is now. */
  private MountEntry fresh(MountEntry mount, Affected who) {
    return Mounts.of(using.get(who.containerId()).pid()).stream()
        .filter(entry -> entry.id() == mount.id())
        .findFirst()
        .orElse(mount);
  }

  private static List<MountEntry> writable(int pid) {
    return Mounts.of(pid).stream()
        .filter(mount -> !mount.options().contains("ro"))
        .filter(mount -> !WITHOUT_DISK.contains(mount.type()))
        .filter(mount -> !mount.target().startsWith("/dev"))
        .toList();
  }

  private void compare(String device, FileSystemInUse now) {
    Seen before = seen.get(device);
    boolean writable = !now.readOnly();
    long errors = now.errors();
    MountEntry healthy = writable ? now.mount() : before == null ? null : before.healthy();
    // One that was read-only from the start was meant so, unless the kernel says it failed.
    boolean turned = !writable && (before == null ? now.mount().failed() : before.writable());
    if (turned && !healing.containsKey(device)) {
      tell(
          event(
              Kind.READ_ONLY,
              now,
              now.mount().source()
                  + " on "
                  + now.mount().target()
                  + (now.byKernel()
                      ? " was made read-only by the kernel, as after an error; look at the kernel's"
                          + " log and at the disk"
                      : " was remounted read-only")));
      heal(device, now, healthy);
    } else if (healing.containsKey(device)) {
      return; // whoever heals it tells what came of it
    } else if (writable && before != null && !before.writable() && before.told()) {
      tell(event(Kind.HEALED, now, now.mount().target() + " can be written again"));
    } else if (writable && before != null && errors > before.errors()) {
      tell(
          event(
              Kind.ERRORS,
              now,
              "The kernel found errors in the file system on "
                  + now.mount().target()
                  + "; check it soon"));
    }
    boolean told = !writable && (turned || before != null && before.told());
    seen.put(device, new Seen(writable, told, errors, healthy));
  }

  private void heal(String device, FileSystemInUse now, MountEntry healthy) {
    if (healing.putIfAbsent(device, now.mount().target()) != null) {
      return;
    }
    Thread.ofVirtual()
        .name("volume-heal-" + device)
        .start(
            () -> {
              try {
                VolumeHealer.Outcome outcome = healer.heal(now, healthy);
                if (outcome.healed()) {
                  forget(device);
                }
                healing.remove(device);
                tell(
                    event(
                        outcome.healed() ? Kind.HEALED : Kind.NOT_HEALED, now, outcome.message()));
              } catch (RuntimeException e) {
                log.error("The file system on {} could not be healed", now.mount().target(), e);
                tell(event(Kind.NOT_HEALED, now, e.getMessage()));
              } finally {
                healing.remove(device);
              }
            });
  }

  private synchronized void forget(String device) {
    seen.remove(device);
  }

  private static VolumeEvent event(Kind kind, FileSystemInUse now, String message) {
    return new VolumeEvent(
        Instant.now(),
        kind,
        now.mount().source(),
        now.mount().type(),
        Path.of(now.mount().target().toString()),
        now.affected(),
        message);
  }

  private void tell(VolumeEvent event) {
    log.warn("{}: {}", event.kind(), event.message());
    for (Consumer<VolumeEvent> listener : listeners) {
      try {
        listener.accept(event);
      } catch (RuntimeException e) {
        log.error("A listener of volumes failed", e);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
