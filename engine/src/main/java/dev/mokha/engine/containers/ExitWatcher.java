package dev.mokha.engine.containers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of containers' ends, as conmon writes each one's exit code into a file (inotify). */
final class ExitWatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ExitWatcher.class);

  private final Path directory;
  private final BiConsumer<String, Exit> onExit;
  private final WatchService service;

  /**
   * An end.
   *
   * @param code exit code; 128 + signal
   * @param at when
   */
  record Exit(int code, Instant at) {}

  /** Watches a directory; what is there already is told first, on the watching thread. */
  ExitWatcher(Path directory, BiConsumer<String, Exit> onExit) throws IOException {
    this.directory = directory;
    this.onExit = onExit;
    this.service = directory.getFileSystem().newWatchService();
    directory.register(
        service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
    Thread.ofVirtual().name("container-exits").start(this::run);
  }

  /** An exit file's content; empty when it is not there or not whole. */
  static Optional<Exit> read(Path file) {
    try {
      String text = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII).strip();
      return Optional.of(
          new Exit(Integer.parseInt(text), Files.getLastModifiedTime(file).toInstant()));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private void run() {
    try {
      readAll();
      while (true) {
        WatchKey key = service.take();
        for (WatchEvent<?> event : key.pollEvents()) {
          if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
            readAll();
          } else {
            tell((Path) event.context());
          }
        }
        key.reset();
      }
    } catch (ClosedWatchServiceException e) {
      log.debug("No more exits are watched");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readAll() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      files.forEach(file -> tell(file.getFileName()));
    } catch (IOException e) {
      log.error("Exit files in {} can't be read", directory, e);
    }
  }

  private void tell(Path name) {
    read(directory.resolve(name)).ifPresent(exit -> onExit.accept(name.toString(), exit));
  }

  @Override
  public void close() throws IOException {
    service.close();
  }
}
