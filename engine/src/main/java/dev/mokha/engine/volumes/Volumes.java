package dev.mokha.engine.volumes;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The volumes of an engine, of the driver that Docker calls {@code local}.
 *
 * <p>Life of a volume: {@link #create} makes its directory and its record, both or neither; a user
 * (a container, by its id) {@link #acquire}s it when it is made and {@link #release}s it when it is
 * removed, and for as long as that lasts the volume can't be removed; around each run the user
 * {@link #mount}s and {@link #unmount}s it. A volume with a device (tmpfs, NFS, a directory of the
 * host) is mounted by the first of its users and unmounted after the last; one without is just its
 * directory. {@link #populate} fills an empty volume with what an image has at the place.
 *
 * <pre>{@code
 * Volume data = engine.volumes().create(VolumeSpec.named("data"));
 * engine.volumes().acquire("data", container);         // docker create
 * engine.volumes().populate("data", container, root.resolve("var/lib/db"));
 * Path path = engine.volumes().mount("data", container); // docker start: bind this into it
 * engine.volumes().unmount("data", container);         // it exited
 * engine.volumes().release("data", container);         // docker rm
 * engine.volumes().remove("data");
 * }</pre>
 *
 * <p>Users are on disk, so a daemon that was killed finds them again; mounts are noted in the run
 * directory, which like them does not survive a reboot. {@link #retainUsers} forgets users that
 * were never quite made. Every method may be called from any thread; errors are {@link
 * dev.mokha.engine.EngineException} with the text that Docker's daemon has for them.
 */
public interface Volumes {
  /** The name of the only driver. */
  String DRIVER = "local";

  /**
   * Makes a volume, or gives the one that has this name already, as it is.
   *
   * @throws dev.mokha.engine.EngineException INVALID for a name or an option that makes no sense
   */
  Volume create(VolumeSpec spec);

  /** The volume of that name. */
  Optional<Volume> find(String name);

  /**
   * The volume of that name.
   *
   * @throws dev.mokha.engine.EngineException NOT_FOUND
   */
  Volume get(String name);

  /** All volumes, by name. */
  List<Volume> list();

  /**
   * Removes a volume and what is in it; of one with a device only the record.
   *
   * @throws dev.mokha.engine.EngineException NOT_FOUND; CONFLICT when somebody uses it
   */
  void remove(String name);

  /** Removes every volume that nobody uses and that the predicate takes. */
  Pruned prune(Predicate<Volume> which);

  /** Books a user, durably; nothing happens when it is one already. */
  void acquire(String name, String user);

  /** Ends a use, the user's mount included; nothing happens when it is none, or no such volume. */
  void release(String name, String user);

  /** Ends all uses by whoever the predicate does not know; call once after adoption. */
  void retainUsers(Predicate<String> known);

  /**
   * Makes a volume's content reachable for a user that has acquired it.
   *
   * @return the directory
   * @throws dev.mokha.engine.EngineException RUNTIME when its device can't be mounted
   */
  Path mount(String name, String user);

  /** Takes back what {@link #mount} did for this user; nothing happens when it did nothing. */
  void unmount(String name, String user);

  /**
   * Copies a directory's content, with owners, modes, times, attributes and hard links, into a
   * volume that is empty; the volume's root gets the directory's owner and mode. One that has
   * content is left as it is. A kill in the middle leaves the volume empty at the next start.
   *
   * @param user who has acquired it
   * @param source a directory that nobody changes meanwhile; other files are ignored
   */
  void populate(String name, String user, Path source);

  /** Bytes of all files of a volume, each hard-linked one once; walks all of them. */
  long size(String name);

  /** Hears of volumes made and removed. The listener must not block. */
  void onChange(Consumer<Change> listener);

  /**
   * What a prune removed.
   *
   * @param names the volumes
   * @param bytes that are free again
   */
  record Pruned(List<String> names, long bytes) {
    /** Copies the names. */
    public Pruned {
      names = List.copyOf(names);
    }
  }

  /** A volume was made or removed. */
  record Change(Volume volume, boolean created) {}
}
