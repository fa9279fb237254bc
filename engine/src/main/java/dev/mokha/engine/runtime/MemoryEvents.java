package dev.mokha.engine.runtime;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.EventCounter;
import dev.mokha.linux.FileChanges;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.ReadyDescriptors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Tells when the kernel finds no memory for a cgroup, and kills in it: by an eventfd for {@code
 * memory.oom_control} (cgroup v1, memory.rst, section 10), or by changes of {@code memory.events}
 * (v2). The count of kills may follow a little after the event, and not each event is a kill: an
 * ancestor that is out of memory is told of too, and so is the end of a cgroup.
 */
public final class MemoryEvents implements AutoCloseable {
  private final Cgroups cgroups;
  private final ReadyDescriptors ready;
  private FileChanges changes;
  private boolean closed;

  /** A cgroup that is watched. */
  public interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Watches nothing yet.
   *
   * @param ready its thread is the one that tells
   */
  public MemoryEvents(Cgroups cgroups, ReadyDescriptors ready) {
    this.cgroups = requireNonNull(cgroups);
    this.ready = requireNonNull(ready);
  }

  /**
   * Watches a cgroup, until that is closed.
   *
   * @param event is called on the thread that watches; must be short
   * @return empty when the cgroup is gone, or the kernel does not tell
   */
  public Optional<Watch> watch(String cgroup, Runnable event) {
    Path directory = cgroups.directory("memory", cgroup);
    try {
      return Optional.of(cgroups.isV2() ? v2(directory, event) : v1(directory, event));
    } catch (LinuxException | IOException e) {
      return Optional.empty();
    }
  }

  private Watch v1(Path directory, Runnable event) throws IOException {
    EventCounter counter = new EventCounter();
    ReadyDescriptors.Watch watch = null;
    try (FileDescriptor control =
        FileDescriptor.open(directory.resolve("memory.oom_control"), FileDescriptor.READ_ONLY)) {
      watch =
          ready.watch(
              counter.descriptor(),
              () -> {
                counter.take();
                event.run();
              });
      Files.writeString(
          directory.resolve("cgroup.event_control"),
          counter.descriptor() + " " + control.number(),
          StandardOpenOption.WRITE);
      ReadyDescriptors.Watch watching = watch;
      return () -> {
        watching.close();
        counter.close();
      };
    } catch (LinuxException | IOException e) {
      if (watch != null) {
        watch.close();
      }
      counter.close();
      throw e;
    }
  }

  private synchronized Watch v2(Path directory, Runnable event) throws IOException {
    if (closed) {
      throw new IOException("nothing is watched any more");
    }
    if (changes == null) {
      changes = new FileChanges(ready);
    }
    return changes.watch(directory.resolve("memory.events"), event)::close;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (changes != null) {
      changes.close();
    }
  }
}
