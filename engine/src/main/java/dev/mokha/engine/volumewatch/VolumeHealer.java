package dev.mokha.engine.volumewatch;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.Containers;
import dev.mokha.engine.runtime.Command;
import dev.mokha.engine.volumewatch.VolumeEvent.Affected;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.MountEntry;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a file system writable again, as far as those who use it allow ({@link HealPolicy}).
 *
 * <p>What was only switched to read-only is switched back. After an error the kernel refuses that
 * (ext4 has given up its journal then): the file system has to be unmounted, checked and mounted
 * anew, and nobody may use it meanwhile.
 */
final class VolumeHealer {
  private static final Logger log = LoggerFactory.getLogger(VolumeHealer.class);
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final Duration CHECK = Duration.ofMinutes(30);

  /** fsck(8): 1 is "errors corrected"; 4 and more is "errors left", or worse. */
  private static final int ERRORS_LEFT = 4;

  private static final Map<String, MountFlag> FLAGS =
      Map.of(
          "nosuid", MountFlag.NO_SUID,
          "nodev", MountFlag.NO_DEV,
          "noexec", MountFlag.NO_EXEC,
          "noatime", MountFlag.NO_ATIME,
          "relatime", MountFlag.RELATIME);

  private static final Set<String> STATES =
      Set.of("rw", "ro", "emergency_ro", "shutdown", "seclabel");

  private final Containers containers;
  private final Predicate<Container> startedByOwner;

  /**
   * Heals.
   *
   * @param startedByOwner whose containers are left stopped, for their owner starts them
   */
  VolumeHealer(Containers containers, Predicate<Container> startedByOwner) {
    this.startedByOwner = requireNonNull(startedByOwner);
    this.containers = requireNonNull(containers);
  }

  /** What came of it; the message says what was done, or why nothing helped and what to do. */
  record Outcome(boolean healed, String message) {}

  /**
   * Tries to heal a file system.
   *
   * @param healthy its mount when it could be written; null when that was never seen
   */
  Outcome heal(FileSystemInUse broken, MountEntry healthy) {
    HealPolicy policy = policy(broken.affected());
    Path target = broken.mount().target();
    if (policy == HealPolicy.REPORT || !broken.onHost()) {
      return new Outcome(false, target + " stays read-only, as its containers want it");
    }
    if (!broken.byKernel()) {
      return new Outcome(false, "Somebody remounted " + target + " read-only; it stays so");
    }
    String options = options(healthy == null ? broken.mount() : healthy);
    if (remount(broken.mount(), options)) {
      return new Outcome(true, target + " was remounted and can be written again");
    }
    if (policy == HealPolicy.REMOUNT) {
      return new Outcome(
          false,
          "The kernel does not make "
              + target
              + " writable again: stop the containers that use it, unmount it, check it with fsck,"
              + " and mount it; the annotation "
              + HealPolicy.ANNOTATION
              + "=restart lets Mokha do that");
    }
    return restart(broken, options);
  }

  private HealPolicy policy(List<Affected> affected) {
    return affected.stream()
        .map(who -> containers.find(who.containerId()))
        .flatMap(Optional::stream)
        .map(container -> HealPolicy.of(container.spec()))
        .min(Comparator.naturalOrder())
        .orElse(HealPolicy.REPORT);
  }

  private static String options(MountEntry mount) {
    return mount.superOptions().stream()
        .filter(option -> !STATES.contains(option))
        .collect(Collectors.joining(","));
  }

  private static EnumSet<MountFlag> flags(MountEntry mount) {
    EnumSet<MountFlag> flags = EnumSet.noneOf(MountFlag.class);
    mount.options().stream().map(FLAGS::get).filter(f -> f != null).forEach(flags::add);
    return flags;
  }

  private static boolean remount(MountEntry mount, String options) {
    EnumSet<MountFlag> flags = flags(mount);
    flags.add(MountFlag.REMOUNT);
    try {
      Mounts.mount(null, mount.target(), null, flags, options);
    } catch (LinuxException e) {
      log.info("{} can't be remounted: {}", mount.target(), e.getMessage());
      return false;
    }
    return isWritable(mount);
  }

  private static boolean isWritable(MountEntry mount) {
    return Mounts.find(mount.target()).filter(now -> !now.readOnly()).isPresent();
  }

  // --- stop, unmount, check, mount, start ---

  private Outcome restart(FileSystemInUse broken, String options) {
    List<String> stopped = new ArrayList<>();
    try {
      for (String id : ids(broken)) {
        Optional<Container> container = containers.find(id);
        if (container.isPresent()) {
          container.get().stop(GRACE);
          if (!startedByOwner.test(container.get())) {
            stopped.add(id);
          }
        }
      }
      return mountAnew(broken.mount(), options);
    } catch (EngineException | LinuxException e) {
      return new Outcome(false, broken.mount().target() + " was not healed: " + e.getMessage());
    } finally {
      stopped.forEach(this::start);
    }
  }

  private static List<String> ids(FileSystemInUse broken) {
    return broken.affected().stream().map(Affected::containerId).distinct().toList();
  }

  private void start(String id) {
    try {
      containers.find(id).ifPresent(Container::start);
    } catch (EngineException e) {
      log.error("Container {} could not be started again: {}", id, e.getMessage());
    }
  }

  /** Its mounts on the host are taken away and made again, the whole one first. */
  private static Outcome mountAnew(MountEntry whole, String options) {
    List<MountEntry> mounts =
        Mounts.list().stream().filter(mount -> mount.device().equals(whole.device())).toList();
    if (mounts.isEmpty()) {
      return new Outcome(true, "The volume on " + whole.target() + " is mounted anew for each run");
    }
    if (!whole.root().equals("/")) {
      return new Outcome(
          false,
          whole.source() + " is not mounted as a whole; unmount it, check it and mount it again");
    }
    List<MountEntry> gone = new ArrayList<>();
    try {
      for (MountEntry mount : mounts.reversed()) {
        Mounts.unmountNow(mount.target());
        gone.addFirst(mount);
      }
    } catch (LinuxException inUse) {
      gone.forEach(mount -> mountOne(mount, whole, options, false));
      return new Outcome(
          false,
          whole.target()
              + " is in use by others than containers, so it can't be unmounted and checked");
    }
    Optional<String> left = check(whole);
    for (MountEntry mount : gone) {
      mountOne(mount, whole, options, left.isPresent());
    }
    if (left.isPresent()) {
      return new Outcome(
          false,
          whole.source()
              + " has errors that fsck does not mend by itself, and is mounted read-only: "
              + left.get());
    }
    return isWritable(whole)
        ? new Outcome(
            true, whole.target() + " was unmounted, checked and mounted again; its containers run")
        : new Outcome(false, whole.target() + " is still read-only: something else holds it");
  }

  private static void mountOne(
      MountEntry mount, MountEntry whole, String options, boolean readOnly) {
    EnumSet<MountFlag> flags = flags(mount);
    if (readOnly || mount.options().contains("ro")) {
      flags.add(MountFlag.READ_ONLY);
    }
    if (mount.root().equals("/")) {
      Mounts.mount(whole.source(), mount.target(), whole.type(), flags, options);
    } else {
      Mounts.bindOne(whole.target().resolve(mount.root().substring(1)), mount.target());
      Mounts.remountBind(mount.target(), flags);
    }
  }

  /** What fsck left; empty when the file system is whole, or checks itself when it is mounted. */
  private static Optional<String> check(MountEntry whole) {
    if (!whole.type().startsWith("ext")) {
      return Optional.empty();
    }
    Command.Result result = Command.run(CHECK, Arrays.asList("e2fsck", "-p", whole.source()));
    log.info("e2fsck of {}: {}", whole.source(), result.output());
    return result.exitCode() < ERRORS_LEFT ? Optional.empty() : Optional.of(result.output());
  }
}
