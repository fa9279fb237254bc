package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Signals;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that an earlier daemon ran inside a container ({@link HeldExec}). What it writes is
 * read and thrown away, as its client is gone.
 */
final class AdoptedExec implements Container.ExecSession {
  private static final Logger log = LoggerFactory.getLogger(AdoptedExec.class);

  /** Of one that was killed, which is the end of all that left no code. */
  private static final int KILLED = 137;

  private final Path files;
  private final CompletableFuture<Void> exit;
  private final int pid;

  private AdoptedExec(Path files, CompletableFuture<Void> exit, int pid) {
    this.files = files;
    this.exit = exit;
    this.pid = pid;
  }

  static Optional<Container.ExecSession> find(ManagedContainer container, String id) {
    Path files = HeldExec.directory(container.bundle(), id);
    if (!Files.isDirectory(files)) {
      return Optional.empty();
    }
    int pid = number(files.resolve("pid"));
    int holder = number(files.resolve(HeldExec.HOLDER));
    if (isHeld(holder, files)) {
      AdoptedExec found =
          new AdoptedExec(files, container.host().processExits().onExit(holder), pid);
      found.drain(HeldExec.OUT);
      found.drain(HeldExec.ERR);
      return Optional.of(found);
    }
    if (holder == 0 && container.processes().contains((long) pid)) {
      // It had a terminal, or was cut off as it began: nobody would ever hear of it again.
      Signals.send(pid, Signals.KILL);
    }
    return Optional.of(new AdoptedExec(files, CompletableFuture.completedFuture(null), pid));
  }

  /** A process of the same number is not the shell that was started with this directory. */
  private static boolean isHeld(int holder, Path files) {
    if (holder == 0) {
      return false;
    }
    try {
      byte[] words = Files.readAllBytes(Path.of("/proc", Integer.toString(holder), "cmdline"));
      return new String(words, StandardCharsets.UTF_8).contains("\0" + files + "\0");
    } catch (IOException e) {
      return false;
    }
  }

  private static int number(Path file) {
    try {
      return Integer.parseInt(Files.readString(file).strip());
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  private void drain(String name) {
    Path fifo = files.resolve(name);
    if (!Files.exists(fifo)) {
      return;
    }
    Thread.ofPlatform()
        .daemon()
        .name("exec-drain")
        .start(
            () -> {
              // Its holder has the FIFO open for writing, so this waits for nobody.
              try (FileInputStream in = new FileInputStream(fifo.toFile())) {
                in.transferTo(OutputStream.nullOutputStream());
              } catch (IOException e) {
                log.debug("The output of an exec is read no further: {}", e.getMessage());
              }
            });
  }

  @Override
  public OutputStream stdin() {
    return OutputStream.nullOutputStream();
  }

  @Override
  public InputStream stdout() {
    return InputStream.nullInputStream();
  }

  @Override
  public InputStream stderr() {
    return InputStream.nullInputStream();
  }

  @Override
  public void resize(int columns, int rows) {
    // One that has a terminal does not outlive it.
  }

  @Override
  public int pid() {
    return pid;
  }

  @Override
  public String failure() {
    return "";
  }

  @Override
  public int awaitExit() throws InterruptedException {
    try {
      exit.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    Path file = files.resolve(HeldExec.EXIT);
    try {
      return Integer.parseInt(Files.readString(file).strip());
    } catch (IOException | NumberFormatException e) {
      return KILLED;
    }
  }

  @Override
  public void close() {
    if (!exit.isDone()) {
      return; // another daemon may ask for it
    }
    try {
      DurableFiles.delete(files);
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "What is left of an exec can't be removed: " + e.getMessage(),
          e);
    }
  }
}
