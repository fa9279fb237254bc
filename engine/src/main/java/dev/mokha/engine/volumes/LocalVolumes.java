package dev.mokha.engine.volumes;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Mounts;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Volumes as directories: {@code NAME/volume.json}, {@code NAME/users/}, {@code NAME/_data}. A
 * directory whose name begins with a dot is one on its way in or out, and goes at the next start.
 */
public final class LocalVolumes implements Volumes {
  private static final Logger LOG = LoggerFactory.getLogger(LocalVolumes.class);

  private final Path root;
  private final Path run;
  private final Map<String, LocalVolume> volumes = new ConcurrentHashMap<>();

  /** Held for a moment, when a name comes or goes; taken after a volume's own lock. */
  private final Lock names = new ReentrantLock();

  private final List<Consumer<Change>> listeners = new CopyOnWriteArrayList<>();

  /**
   * The volumes of a directory.
   *
   * @param root where they are
   * @param run where it is noted who has mounted them; does not survive a reboot
   */
  public LocalVolumes(Path root, Path run) throws IOException {
    this.root = Files.createDirectories(root);
    this.run = Files.createDirectories(run);
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx-----x"));
    List<Path> directories = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(root)) {
      stream.forEach(directories::add);
    }
    for (Path directory : directories) {
      String name = directory.getFileName().toString();
      if (name.startsWith(".")) {
        Mounts.unmountTree(directory);
        DurableFiles.delete(directory);
      } else if (!Files.exists(directory.resolve(VolumeRecord.FILE))) {
        LOG.warn("{} is no volume of this engine and is left alone", directory);
      } else {
        VolumeRecord read = VolumeRecord.read(directory);
        LocalVolume volume = new LocalVolume(read, directory, run.resolve(name));
        volume.adopt();
        volumes.put(name, volume);
      }
    }
  }

  @Override
  public Volume create(VolumeSpec spec) {
    spec.check();
    LocalVolume volume;
    names.lock();
    try {
      LocalVolume present = volumes.get(spec.name());
      if (present != null) {
        return present.now();
      }
      volume = make(spec);
      volumes.put(spec.name(), volume);
    } catch (IOException e) {
      throw failed("create", spec.name(), e);
    } finally {
      names.unlock();
    }
    Volume made = volume.now();
    listeners.forEach(listener -> listener.accept(new Change(made, true)));
    return made;
  }

  private LocalVolume make(VolumeSpec spec) throws IOException {
    VolumeRecord made = VolumeRecord.of(spec, Instant.now());
    Path directory = root.resolve(spec.name());
    Path temporary = Files.createDirectory(root.resolve(".new-" + UUID.randomUUID()));
    try {
      Path data = Files.createDirectory(temporary.resolve(LocalVolume.DATA));
      Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwx-----x"));
      made.write(temporary);
      Files.move(temporary, directory, StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncDirectory(root);
    } catch (IOException e) {
      DurableFiles.delete(temporary);
      throw e;
    }
    return new LocalVolume(made, directory, run.resolve(spec.name()));
  }

  @Override
  public Optional<Volume> find(String name) {
    return Optional.ofNullable(volumes.get(name)).map(LocalVolume::now);
  }

  @Override
  public Volume get(String name) {
    return present(name).now();
  }

  private LocalVolume present(String name) {
    LocalVolume volume = volumes.get(name);
    if (volume == null) {
      throw LocalVolume.missing(name);
    }
    return volume;
  }

  @Override
  public List<Volume> list() {
    return volumes.values().stream()
        .map(LocalVolume::now)
        .sorted(Comparator.comparing(Volume::name))
        .toList();
  }

  @Override
  public void remove(String name) {
    LocalVolume volume = present(name);
    Volume last = volume.now();
    Path gone = root.resolve(".gone-" + UUID.randomUUID());
    try {
      volume.remove(
          () -> {
            names.lock();
            try {
              Files.move(volume.directory(), gone, StandardCopyOption.ATOMIC_MOVE);
              volumes.remove(name, volume);
              DurableFiles.syncDirectory(root);
            } finally {
              names.unlock();
            }
          });
      DurableFiles.delete(gone);
    } catch (IOException e) {
      throw failed("remove", name, e);
    }
    listeners.forEach(listener -> listener.accept(new Change(last, false)));
  }

  @Override
  public Pruned prune(Predicate<Volume> which) {
    List<String> removed = new ArrayList<>();
    long bytes = 0;
    for (Volume volume : list()) {
      if (!volume.users().isEmpty() || !which.test(volume)) {
        continue;
      }
      try {
        long size = volume.spec().hasDevice() ? 0 : size(volume.name());
        remove(volume.name());
        bytes += size;
        removed.add(volume.name());
      } catch (EngineException e) {
        if (e.code() != EngineException.Code.CONFLICT
            && e.code() != EngineException.Code.NOT_FOUND) {
          throw e;
        }
        LOG.debug("Volume {} is not pruned: {}", volume.name(), e.getMessage());
      }
    }
    return new Pruned(removed, bytes);
  }

  @Override
  public void acquire(String name, String user) {
    try {
      present(name).acquire(user);
    } catch (IOException e) {
      throw failed("acquire", name, e);
    }
  }

  @Override
  public void release(String name, String user) {
    LocalVolume volume = volumes.get(name);
    if (volume != null) {
      try {
        volume.release(user);
      } catch (IOException e) {
        throw failed("release", name, e);
      }
    }
  }

  @Override
  public void retainUsers(Predicate<String> known) {
    for (LocalVolume volume : volumes.values()) {
      for (String user : volume.now().users()) {
        if (!known.test(user)) {
          release(volume.now().name(), user);
        }
      }
    }
  }

  @Override
  public Path mount(String name, String user) {
    try {
      return present(name).mount(user);
    } catch (IOException e) {
      throw failed("mount", name, e);
    }
  }

  @Override
  public void unmount(String name, String user) {
    LocalVolume volume = volumes.get(name);
    if (volume != null) {
      try {
        volume.unmount(user);
      } catch (IOException e) {
        throw failed("unmount", name, e);
      }
    }
  }

  @Override
  public void populate(String name, String user, Path source) {
    try {
      present(name).populate(user, source);
    } catch (IOException e) {
      throw failed("populate", name, e);
    }
  }

  @Override
  public long size(String name) {
    try {
      return DirectorySize.of(present(name).data());
    } catch (IOException e) {
      throw failed("measure", name, e);
    }
  }

  @Override
  public void onChange(Consumer<Change> listener) {
    listeners.add(listener);
  }

  private static EngineException failed(String what, String name, IOException e) {
    boolean full = String.valueOf(e.getMessage()).contains("No space left");
    return new EngineException(
        full ? EngineException.Code.NO_SPACE : EngineException.Code.INTERNAL,
        what + " " + name + ": " + e.getMessage(),
        e);
  }
}
