package dev.mokha.docker.containers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** Sends a log to a client, and what comes to it while the container runs. */
final class LogStream {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final DockerContainer container;
  private final LogQuery query;
  private final Multiplexed out;
  private final LogWatch watch;
  private boolean inLine;

  LogStream(DockerContainer container, LogQuery query, Multiplexed out, LogWatch watch) {
    this.container = container;
    this.query = query;
    this.out = out;
    this.watch = watch;
  }

  /**
   * Sends until the end.
   *
   * @param gone completes when the client leaves
   */
  void run(CompletableFuture<Void> gone) throws IOException, InterruptedException {
    Path path = container.engine().spec().logPath();
    if (!query.follow() || !container.isRunning()) {
      try (ContainerLog log = new ContainerLog(path, query.tail())) {
        send(log);
      }
      return;
    }
    try (LogWatch.Watched changes = watch.watch(path.getParent());
        ContainerLog log = new ContainerLog(path, query.tail())) {
      container.engine().nextExit().whenComplete((state, failure) -> changes.poke());
      gone.thenRun(changes::poke);
      Instant deadline = query.until();
      while (true) {
        long seen = changes.version();
        boolean last = !container.isRunning();
        if (!send(log) || last || gone.isDone()) {
          return;
        }
        if (!changes.await(seen, deadline)) {
          return;
        }
      }
    }
  }

  /** Sends what there is; false when the time has come after which nothing is wanted. */
  private boolean send(ContainerLog log) throws IOException {
    for (ContainerLog.Entry entry = log.next(); entry != null; entry = log.next()) {
      if (query.since() != null && entry.time().isBefore(query.since())) {
        continue;
      }
      if (query.until() != null && entry.time().isAfter(query.until())) {
        out.flush();
        return false;
      }
      if (entry.stream() == 1 ? query.stdout() : query.stderr()) {
        byte[] line = line(entry);
        out.write(entry.stream(), line, 0, line.length);
      }
    }
    out.flush();
    return true;
  }

  private byte[] line(ContainerLog.Entry entry) {
    boolean begins = !inLine;
    inLine = !entry.whole();
    if (!begins || (!query.timestamps() && query.details() == null)) {
      return entry.content();
    }
    StringBuilder head = new StringBuilder();
    if (query.timestamps()) {
      head.append(STAMP.format(entry.time())).append(' ');
    }
    if (query.details() != null) {
      head.append(query.details()).append(' ');
    }
    byte[] prefix = head.toString().getBytes(StandardCharsets.UTF_8);
    byte[] line = java.util.Arrays.copyOf(prefix, prefix.length + entry.content().length);
    System.arraycopy(entry.content(), 0, line, prefix.length, entry.content().length);
    return line;
  }
}
