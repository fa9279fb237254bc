package dev.mokha.docker.logging;

import dev.mokha.docker.http.DockerException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The drivers that send, by their names, and the options that all of them have. */
public final class LogDrivers {
  private static final String MODE = "mode";
  private static final String BUFFER = "max-buffer-size";
  private static final String NOT_CACHED = "cache-disabled";

  /** How large the file of a container is whose log is sent elsewhere, and how many there are. */
  private static final long CACHE_BYTES = 20L << 20;

  private static final int CACHE_FILES = 5;
  private static final long BUFFER_BYTES = 1L << 20;

  private static final Set<String> OF_ALL =
      Set.of(MODE, BUFFER, NOT_CACHED, "cache-max-size", "cache-max-file", "cache-compress");

  private final Map<String, LogDriverKind> kinds;

  /**
   * What of a container's log stays here, and how sending goes on.
   *
   * @param readable whether {@code docker logs} may read it
   * @param maxBytes size of a file of it
   * @param maxFiles how many files
   * @param bufferBytes beyond which what waits is dropped, the oldest first; 0 for nothing is
   */
  public record Delivery(boolean readable, long maxBytes, int maxFiles, long bufferBytes) {}

  /** Those of this machine. */
  public LogDrivers() {
    this(
        List.of(Path.of("/dev/log"), Path.of("/var/run/syslog"), Path.of("/var/run/log")),
        Path.of("/run/systemd/journal/socket"));
  }

  /** Those with the machine's own loggers at other places. */
  public LogDrivers(List<Path> syslog, Path journal) {
    kinds =
        List.of(
                new SyslogKind(syslog),
                new GelfKind(),
                new FluentdKind(),
                new JournaldKind(journal))
            .stream()
            .collect(Collectors.toUnmodifiableMap(LogDriverKind::name, Function.identity()));
  }

  /** One by its name; empty when none that sends is called so. */
  public Optional<LogDriverKind> kind(String name) {
    return Optional.ofNullable(kinds.get(name));
  }

  /** Whether options that are there for every driver make sense; none of them is refused. */
  public static void checkMode(Map<String, String> options) {
    String mode = options.getOrDefault(MODE, "");
    if (!Set.of("", "blocking", "non-blocking").contains(mode)) {
      throw DockerException.invalid("logger: logging mode not supported: " + mode);
    }
    String buffer = options.getOrDefault(BUFFER, "");
    if (buffer.isEmpty()) {
      return;
    }
    if (!mode.equals("non-blocking")) {
      throw DockerException.invalid(
          "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
    }
    try {
      var _ = GoWords.size(buffer);
    } catch (DockerException e) {
      throw new DockerException(400, "error parsing option max-buffer-size: " + e.getMessage(), e);
    }
  }

  /**
   * Judges all options of a driver that sends.
   *
   * @throws DockerException 400 in dockerd's words
   */
  public Delivery check(LogDriverKind kind, Map<String, String> options) {
    checkMode(options);
    boolean hidden;
    try {
      hidden = GoWords.bool(options, NOT_CACHED, false);
    } catch (DockerException e) {
      throw new DockerException(
          400, "invalid value for option cache-disabled: " + options.get(NOT_CACHED), e);
    }
    kind.check(own(options));
    String size = options.getOrDefault("cache-max-size", "");
    String files = options.getOrDefault("cache-max-file", "");
    var _ = GoWords.bool(options, "cache-compress", true);
    String buffer = options.getOrDefault(BUFFER, "");
    boolean drops = options.getOrDefault(MODE, "").equals("non-blocking");
    return new Delivery(
        !hidden,
        size.isEmpty() ? CACHE_BYTES : Math.max(1, GoWords.size(size)),
        files.isEmpty() ? CACHE_FILES : (int) Math.clamp(GoWords.unsigned(files), 1, 1000),
        !drops ? 0 : buffer.isEmpty() ? BUFFER_BYTES : Math.max(1, GoWords.size(buffer)));
  }

  /** A driver's own options. */
  static Map<String, String> own(Map<String, String> options) {
    Map<String, String> own = new TreeMap<>(options);
    own.keySet().removeAll(OF_ALL);
    return own;
  }
}
