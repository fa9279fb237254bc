package dev.mokha.engine.volumes;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.Mounts;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** One volume: its users, its mount and its content, each change under its lock. */
final class LocalVolume {
  static final String DATA = "_data";

  /** Says that the content is being copied in, and is worth nothing yet. */
  private static final String FILLING = "filling";

  private final VolumeRecord made;
  private final VolumeSpec spec;
  private final Path directory;
  private final UserMarks users;
  private final UserMarks mounted;
  private final Lock lock = new ReentrantLock();
  private final SortedSet<String> known = new TreeSet<>();
  private volatile Volume now;
  private boolean removed;

  /**
   * A volume of a directory.
   *
   * @param run where it is noted who has mounted it
   */
  LocalVolume(VolumeRecord made, Path directory, Path run) {
    this.made = made;
    this.spec = made.spec();
    this.directory = directory;
    this.users = new UserMarks(directory.resolve("users"), true);
    this.mounted = new UserMarks(run, false);
    see();
  }

  static EngineException missing(String name) {
    return new EngineException(EngineException.Code.NOT_FOUND, "get " + name + ": no such volume");
  }

  private void see() {
    now = new Volume(spec, made.created(), data(), known);
  }

  /** What a daemon that was killed left: uses are read, half-made mounts and copies go. */
  void adopt() throws IOException {
    known.addAll(users.all());
    if (spec.hasDevice() && mounted.all().isEmpty()) {
      unmountDevice();
    }
    if (Files.exists(directory.resolve(FILLING))) {
      empty();
      Files.delete(directory.resolve(FILLING));
    }
    see();
  }

  Volume now() {
    return now;
  }

  Path directory() {
    return directory;
  }

  Path data() {
    return directory.resolve(DATA);
  }

  void acquire(String user) throws IOException {
    lock.lock();
    try {
      checkPresent();
      users.add(user);
      known.add(user);
      see();
    } finally {
      lock.unlock();
    }
  }

  void release(String user) throws IOException {
    lock.lock();
    try {
      if (removed) {
        return;
      }
      unmount(user);
      users.remove(user);
      known.remove(user);
      see();
    } finally {
      lock.unlock();
    }
  }

  private void checkPresent() {
    if (removed) {
      throw missing(spec.name());
    }
  }

  Path mount(String user) throws IOException {
    lock.lock();
    try {
      checkPresent();
      if (!known.contains(user)) {
        throw new EngineException(
            EngineException.Code.INVALID,
            "Volume " + spec.name() + " was not acquired by " + user + " before it is mounted");
      }
      if (!spec.hasDevice()) {
        return data();
      }
      // The note comes first: a mount without one is taken away at the next start.
      boolean noted = mounted.add(user);
      if (Mounts.find(data()).isEmpty()) {
        try {
          VolumeMount.of(spec.options()).make(data());
        } catch (RuntimeException e) {
          if (noted) {
            mounted.remove(user);
          }
          throw e;
        }
      }
      return data();
    } finally {
      lock.unlock();
    }
  }

  void unmount(String user) throws IOException {
    lock.lock();
    try {
      if (!removed && spec.hasDevice() && mounted.remove(user) && mounted.all().isEmpty()) {
        unmountDevice();
      }
    } finally {
      lock.unlock();
    }
  }

  private void unmountDevice() {
    while (Mounts.find(data()).isPresent()) {
      Mounts.unmount(data());
    }
  }

  /** What takes the directory out of the books. */
  interface Removal {
    void run() throws IOException;
  }

  void remove(Removal removal) throws IOException {
    lock.lock();
    try {
      checkPresent();
      if (!known.isEmpty()) {
        throw new EngineException(
            EngineException.Code.CONFLICT,
            "remove " + spec.name() + ": volume is in use - [" + String.join(", ", known) + "]");
      }
      unmountDevice();
      removal.run();
      removed = true;
    } finally {
      lock.unlock();
    }
  }

  void populate(String user, Path source) throws IOException {
    if (!Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    lock.lock();
    try {
      boolean before = mounted.all().contains(user);
      mount(user);
      try {
        if (isEmpty()) {
          fill(source);
        }
      } finally {
        if (!before) {
          unmount(user);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isEmpty() throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(data())) {
      return !entries.iterator().hasNext();
    }
  }

  private void fill(Path source) throws IOException {
    Path note = directory.resolve(FILLING);
    DurableFiles.replace(note, new byte[0]);
    try {
      new TreeCopy(source, data()).run();
    } catch (IOException | LinuxException e) {
      empty();
      Files.delete(note);
      throw e instanceof IOException io ? io : new IOException(e.getMessage(), e);
    }
    Files.delete(note);
  }

  /** Takes back a copy that was not finished; what others have mounted here is not looked at. */
  private void empty() throws IOException {
    if (Mounts.find(data()).isPresent()) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(data())) {
      for (Path entry : entries) {
        DurableFiles.delete(entry);
      }
    }
  }
}
