package dev.mokha.engine.build.run;

import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.dockerfile.Expansion;
import dev.mokha.engine.build.dockerfile.Instruction;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Build arguments and where they hold (Dockerfile reference, "ARG"): those before the first FROM in
 * FROMs alone, those of a stage from their ARG on; what the caller gives wins over defaults.
 */
final class Arguments {
  /** Arguments that need no ARG, and are in no cache key and no history. */
  static final Set<String> PREDEFINED =
      Set.of(
          "HTTP_PROXY",
          "http_proxy",
          "HTTPS_PROXY",
          "https_proxy",
          "FTP_PROXY",
          "ftp_proxy",
          "NO_PROXY",
          "no_proxy",
          "ALL_PROXY",
          "all_proxy");

  /** Given to every build. */
  static final String SOURCE_DATE_EPOCH = "SOURCE_DATE_EPOCH";

  private final Map<String, String> given;
  private final Map<String, String> platform;
  private final Map<String, String> globals = new LinkedHashMap<>();
  private final Set<String> consumed = ConcurrentHashMap.newKeySet();

  /**
   * Reads the arguments before the first stage.
   *
   * @param platform TARGETPLATFORM and its like
   */
  Arguments(Dockerfile dockerfile, Map<String, String> given, Map<String, String> platform) {
    this.given = given;
    this.platform = platform;
    for (Instruction.Arg arg : dockerfile.globals()) {
      for (Instruction.Pair pair : arg.pairs()) {
        String value =
            given(pair.name())
                .or(
                    () ->
                        Optional.ofNullable(pair.value())
                            .map(v -> Expansion.word(v, dockerfile.escape(), this::global)))
                .orElseGet(() -> platform.get(pair.name()));
        globals.put(pair.name(), value);
      }
    }
  }

  /** What the caller gives for a name; then it is consumed. */
  private Optional<String> given(String name) {
    if (!given.containsKey(name)) {
      return Optional.empty();
    }
    consumed.add(name);
    return Optional.ofNullable(given.get(name));
  }

  /** What a name means in FROM; null when it means nothing. */
  String global(String name) {
    return globals.containsKey(name) ? globals.get(name) : platform.get(name);
  }

  /** Given by the caller, and asked for by nobody. */
  Set<String> unused() {
    Set<String> unused = new TreeSet<>(given.keySet());
    unused.removeAll(consumed);
    unused.removeAll(PREDEFINED);
    unused.remove(SOURCE_DATE_EPOCH);
    unused.removeIf(name -> name.startsWith("BUILDKIT_"));
    return unused;
  }

  /** SOURCE_DATE_EPOCH as the caller gives it. */
  Optional<String> sourceDate() {
    return Optional.ofNullable(given.get(SOURCE_DATE_EPOCH)).filter(text -> !text.isEmpty());
  }

  /** The arguments of a stage, none yet. */
  Stage stage() {
    return new Stage();
  }

  /** The arguments of a stage. */
  final class Stage {
    private final Map<String, String> declared = new TreeMap<>();

    /** An ARG of the stage; its default is expanded already, null for none. */
    void declare(String name, String value) {
      declared.put(
          name, given(name).or(() -> Optional.ofNullable(value)).orElseGet(() -> global(name)));
    }

    /** What a name means; null when it means nothing. */
    String get(String name) {
      return declared.get(name);
    }

    /** Those that have a value. */
    Map<String, String> inScope() {
      Map<String, String> set = new TreeMap<>(declared);
      set.values().removeIf(Objects::isNull);
      return set;
    }

    /** Predefined ones that were given and not declared. */
    Map<String, String> undeclared() {
      Map<String, String> set = new TreeMap<>(given);
      set.entrySet()
          .removeIf(
              entry ->
                  entry.getValue() == null
                      || !PREDEFINED.contains(entry.getKey())
                      || declared.containsKey(entry.getKey()));
      return set;
    }
  }
}
