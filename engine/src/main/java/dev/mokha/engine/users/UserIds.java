package dev.mokha.engine.users;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.containers.UserMapping;
import dev.mokha.engine.containers.UserMapping.IdRange;
import dev.mokha.linux.IdMap;
import dev.mokha.linux.Namespaces;
import dev.mokha.linux.UserNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Ranges of the host's ids for those who run with ids of their own, and their user namespaces.
 *
 * <p>A holder's range is on disk from {@link #take} to {@link #release}, through restarts and
 * reboots; its user namespace is pinned for as long as the machine runs. Other namespaces that its
 * root shall rule in, above all a network in which it may open port 80, are made in it:
 *
 * <pre>{@code
 * UserMapping mapping = ids.take("pod/" + uid);
 * UserNamespace.createIn(Path.of(mapping.namespace()), Map.of(Kind.NET, pin));
 * ... containers with .users(mapping) ...
 * ids.release("pod/" + uid);
 * }</pre>
 *
 * <p>A container whose specification says {@link UserMapping#PRIVATE} is a holder by itself, called
 * {@code container/ID}; the engine takes and releases its range.
 */
public final class UserIds {
  private static final Pattern HOLDER = Pattern.compile("[a-z]+/[A-Za-z0-9._-]+");
  private static final String CONTAINER = "container/";

  /** The same for all instances of a machine, whatever their directories. */
  private static final Path MACHINE = Path.of("/run/mokha-userids");

  private final IdRanges ranges;
  private final Path pins;

  /**
   * Ranges on record.
   *
   * @param file where they are written down
   * @param pins directory for pinned namespaces, made when missing; below /run
   */
  public UserIds(Path file, Path pins, IdPool pool) throws IOException {
    this.ranges = new IdRanges(file, pool, new MachineClaims(MACHINE, file));
    this.pins = Files.createDirectories(requireNonNull(pins));
  }

  /** A container's name as a holder. */
  public static String container(String id) {
    return CONTAINER + id;
  }

  /**
   * A holder's mapping, with its user namespace; the one it has, or a new one.
   *
   * @param holder a kind and a name, such as {@code pod/UID}
   */
  public synchronized UserMapping take(String holder) {
    Path pin = directory(holder).resolve("user");
    List<IdRange> range = List.of(new IdRange(0, ranges.take(holder), IdPool.RANGE));
    if (!Namespaces.isPinned(pin)) {
      try (UserNamespace users = UserNamespace.create(map(range, range))) {
        users.pin(pin);
      }
    }
    return new UserMapping(range, range, pin.toString());
  }

  /**
   * A network namespace that belongs to a holder's user namespace; the one it has, or a new one.
   */
  public synchronized Path network(String holder) {
    Path pin = directory(holder).resolve("net");
    if (!Namespaces.isPinned(pin)) {
      Map<Namespaces.Kind, Path> pins = new EnumMap<>(Map.of(Namespaces.Kind.NET, pin));
      UserNamespace.createIn(Path.of(take(holder).namespace()), pins);
    }
    return pin;
  }

  /** Takes a holder's namespaces away; its range stays its own. */
  public synchronized void unpin(String holder) {
    Path directory = directory(holder);
    if (!Files.isDirectory(directory)) {
      return;
    }
    for (String name : List.of("net", "user")) {
      Namespaces.unpin(directory.resolve(name));
    }
    try {
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't remove " + directory, e);
    }
  }

  /** Gives a holder's range back; nothing of it may run any more. */
  public synchronized void release(String holder) {
    unpin(holder);
    ranges.release(holder);
  }

  /** All who have a range. */
  public Set<String> holders() {
    return ranges.holders();
  }

  /** Gives back what containers have that are no more: what a new daemon says once. */
  public void retain(Set<String> containerIds) {
    for (String holder : holders()) {
      if (holder.startsWith(CONTAINER)
          && !containerIds.contains(holder.substring(CONTAINER.length()))) {
        release(holder);
      }
    }
  }

  private Path directory(String holder) {
    if (!HOLDER.matcher(holder).matches()) {
      throw new IllegalArgumentException("No holder of ids: " + holder);
    }
    return pins.resolve(holder.replace('/', '-'));
  }

  static IdMap map(List<IdRange> uids, List<IdRange> gids) {
    return new IdMap(ranges(uids), ranges(gids));
  }

  private static List<IdMap.Range> ranges(List<IdRange> ranges) {
    return ranges.stream()
        .map(range -> new IdMap.Range(range.container(), range.host(), range.size()))
        .toList();
  }
}
