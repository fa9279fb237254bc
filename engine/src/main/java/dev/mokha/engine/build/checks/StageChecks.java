package dev.mokha.engine.build.checks;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.dockerfile.Dockerfile.Stage;
import dev.mokha.engine.build.dockerfile.Expansion;
import dev.mokha.engine.build.dockerfile.Instruction;
import dev.mokha.engine.build.dockerfile.Suggestion;
import dev.mokha.engine.images.Reference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Rules about what a stage does. A stage that another begins with has to be looked at first. */
final class StageChecks {
  private static final Pattern SECRET =
      Pattern.compile(
          "(?:.*_)?(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_.*)?");
  private static final Pattern PUBLIC = Pattern.compile("(?:.*_)?public(?:_.*)?");
  private static final Pattern TARGET = Pattern.compile("\\$(?:TARGETPLATFORM|\\{TARGETPLATFORM})");

  private final Dockerfile file;
  private final BuildChecks.Facts facts;
  private final List<Warning> found;
  private final Map<Integer, State> ends = new HashMap<>();

  /** What is known where an instruction stands. */
  private static final class State {
    /** Null when not all names are known. */
    private Set<String> names;

    private boolean shell;
    private boolean workdir;

    State(Set<String> names, boolean shell, boolean workdir) {
      this.names = names;
      this.shell = shell;
      this.workdir = workdir;
    }

    State copy() {
      return new State(names == null ? null : new TreeSet<>(names), shell, workdir);
    }
  }

  StageChecks(Dockerfile file, BuildChecks.Facts facts, List<Warning> found) {
    this.file = file;
    this.facts = facts;
    this.found = found;
  }

  void check(Stage stage) {
    from(stage.from());
    State state = begin(stage);
    onlyLast(stage);
    for (Instruction instruction : stage.instructions()) {
      for (String word : words(instruction)) {
        undefined(instruction, word, state);
      }
      look(instruction, state);
    }
    ends.put(stage.index(), state);
  }

  private State begin(Stage stage) {
    String image = expanded(stage.from().image(), true);
    Optional<Stage> other = file.stage(image, stage.index());
    if (other.isPresent() && ends.containsKey(other.get().index())) {
      return ends.get(other.get().index()).copy();
    }
    Set<String> names = new TreeSet<>(Set.of("PATH"));
    if (!image.equals("scratch")) {
      Optional<Set<String>> known = facts.environment().apply(image);
      if (known.isEmpty()) {
        return new State(null, false, false);
      }
      names.addAll(known.get());
    }
    return new State(names, false, false);
  }

  private void add(Rule rule, Instruction at, String detail) {
    found.add(new Warning(rule, at.source().line(), detail));
  }

  // --- FROM ---

  private String global(String name, boolean given) {
    if (given && facts.arguments().get(name) != null) {
      return facts.arguments().get(name);
    }
    for (Instruction.Arg arg : file.globals().reversed()) {
      for (Instruction.Pair pair : arg.pairs()) {
        if (pair.name().equals(name)) {
          return pair.value() == null
              ? null
              : Expansion.word(pair.value(), file.escape(), other -> earlier(arg, other, given));
        }
      }
    }
    return null;
  }

  /** What a name means in the default of a global argument: those before it count. */
  private String earlier(Instruction.Arg before, String name, boolean given) {
    if (given && facts.arguments().get(name) != null) {
      return facts.arguments().get(name);
    }
    for (Instruction.Arg arg : file.globals()) {
      if (arg == before) {
        return null;
      }
      for (Instruction.Pair pair : arg.pairs()) {
        if (pair.name().equals(name) && pair.value() != null) {
          return Expansion.word(pair.value(), file.escape(), other -> earlier(arg, other, given));
        }
      }
    }
    return null;
  }

  private String expanded(String text, boolean given) {
    try {
      return Expansion.word(text, file.escape(), name -> global(name, given));
    } catch (BuildException e) {
      return "";
    }
  }

  private void from(Instruction.From from) {
    String platform = from.platform();
    if (TARGET.matcher(platform).matches()) {
      add(
          Rule.REDUNDANT_TARGET_PLATFORM,
          from,
          "Setting platform to predefined "
              + platform
              + " in FROM is redundant as this is the default behavior");
    } else if (!platform.isEmpty() && platform.indexOf('$') < 0 && !named(from, platform)) {
      add(
          Rule.FROM_PLATFORM_FLAG_CONST_DISALLOWED,
          from,
          "FROM --platform flag should not use constant value \"" + platform + "\"");
    }
    Set<String> declared = new TreeSet<>();
    file.globals().forEach(arg -> arg.pairs().forEach(pair -> declared.add(pair.name())));
    for (String text : List.of(from.image(), platform)) {
      for (String name : unset(text, declared)) {
        if (!facts.arguments().containsKey(name) || !isPlatform(name)) {
          add(
              Rule.UNDEFINED_ARG_IN_FROM,
              from,
              "FROM argument '" + name + "' is not declared" + Suggestion.of(name, declared));
        }
      }
    }
    if (from.image().indexOf('$') >= 0 && !isName(expanded(from.image(), false))) {
      add(
          Rule.INVALID_DEFAULT_ARG_IN_FROM,
          from,
          "Default value for ARG " + from.image() + " results in empty or invalid base image name");
    }
  }

  private static boolean isPlatform(String name) {
    return name.startsWith("TARGET") || name.startsWith("BUILD");
  }

  /** A stage whose name says for what platform it is may be for that alone. */
  private static boolean named(Instruction.From from, String platform) {
    for (String part : platform.split("/", -1)) {
      if (from.name().contains(part.toLowerCase(Locale.ROOT)) && !part.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static boolean isName(String image) {
    try {
      Reference.parse(image);
      return !image.isBlank();
    } catch (EngineException e) {
      return false;
    }
  }

  private List<String> unset(String text, Set<String> names) {
    try {
      return Expansion.unset(text, file.escape(), name -> names.contains(name) ? "x" : null);
    } catch (BuildException e) {
      return List.of(); // the build says so
    }
  }

  // --- what follows ---

  private void onlyLast(Stage stage) {
    Map<Class<?>, Instruction> last = new HashMap<>();
    for (Instruction instruction : stage.instructions().reversed()) {
      String keyword =
          switch (instruction) {
            case Instruction.Cmd _ -> "CMD";
            case Instruction.Entrypoint _ -> "ENTRYPOINT";
            case Instruction.HealthCheck _ -> "HEALTHCHECK";
            default -> "";
          };
      if (!keyword.isEmpty() && last.putIfAbsent(instruction.getClass(), instruction) != null) {
        add(
            Rule.MULTIPLE_INSTRUCTIONS_DISALLOWED,
            instruction,
            "Multiple "
                + keyword
                + " instructions should not be used in the same stage because only the last one"
                + " will be used");
      }
    }
  }

  /** What of an instruction has its variables expanded by the builder. */
  private static List<String> words(Instruction instruction) {
    List<String> words = new ArrayList<>();
    switch (instruction) {
      case Instruction.Env env -> pairs(env.pairs(), words);
      case Instruction.Label label -> pairs(label.pairs(), words);
      case Instruction.Arg arg -> pairs(arg.pairs(), words);
      case Instruction.Copy copy -> {
        words.addAll(copy.sources());
        words.add(copy.destination());
        words.add(copy.chown());
        words.add(copy.chmod());
      }
      case Instruction.Workdir workdir -> words.add(workdir.path());
      case Instruction.User user -> words.add(user.user());
      case Instruction.Volume volume -> words.addAll(volume.paths());
      case Instruction.Expose expose -> words.addAll(expose.ports());
      case Instruction.StopSignal signal -> words.add(signal.signal());
      default -> {
        // A shell expands the rest.
      }
    }
    return words;
  }

  private static void pairs(List<Instruction.Pair> pairs, List<String> words) {
    for (Instruction.Pair pair : pairs) {
      if (pair.value() != null) {
        words.add(pair.value());
      }
    }
  }

  private void undefined(Instruction instruction, String word, State state) {
    if (state.names == null) {
      return;
    }
    for (String name : unset(word, state.names)) {
      add(
          Rule.UNDEFINED_VAR,
          instruction,
          "Usage of undefined variable '$" + name + "'" + Suggestion.ofVariable(name, state.names));
    }
  }

  private void look(Instruction instruction, State state) {
    switch (instruction) {
      case Instruction.Arg arg ->
          arg.pairs().forEach(pair -> declare(arg, "ARG", pair.name(), state));
      case Instruction.Env env ->
          env.pairs().forEach(pair -> declare(env, "ENV", pair.name(), state));
      case Instruction.Shell _ -> state.shell = true;
      case Instruction.Cmd cmd -> json(cmd, "CMD", cmd.command(), state);
      case Instruction.Entrypoint entrypoint ->
          json(entrypoint, "ENTRYPOINT", entrypoint.command(), state);
      case Instruction.Workdir workdir -> {
        String path = workdir.path();
        if (!state.workdir && !path.startsWith("/") && !path.startsWith("$")) {
          add(
              Rule.WORKDIR_RELATIVE_PATH,
              workdir,
              "Relative workdir \""
                  + path
                  + "\" can have unexpected results if the base image changes");
        }
        state.workdir = true;
      }
      case Instruction.Expose expose -> expose.ports().forEach(port -> port(expose, port));
      case Instruction.Copy copy when copy.from().isEmpty() ->
          copy.sources().stream()
              .filter(source -> source.indexOf('$') < 0 && facts.ignored().test(source))
              .forEach(
                  source ->
                      add(
                          Rule.COPY_IGNORED_FILE,
                          copy,
                          "Attempting to "
                              + (copy.add() ? "Add" : "Copy")
                              + " file \""
                              + source
                              + "\" that is excluded by .dockerignore"));
      default -> {
        // No rule is about it.
      }
    }
  }

  private void declare(Instruction at, String keyword, String name, State state) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (SECRET.matcher(lower).matches() && !PUBLIC.matcher(lower).matches()) {
      add(
          Rule.SECRETS_USED_IN_ARG_OR_ENV,
          at,
          "Do not use ARG or ENV instructions for sensitive data ("
              + keyword
              + " \""
              + name
              + "\")");
    }
    if (state.names != null) {
      state.names.add(name);
    }
  }

  private void json(Instruction at, String keyword, Instruction.Command command, State state) {
    if (command.shell() && !state.shell && !command.words().getFirst().isBlank()) {
      add(
          Rule.JSON_ARGS_RECOMMENDED,
          at,
          "JSON arguments recommended for "
              + keyword
              + " to prevent unintended behavior related to OS signals");
    }
  }

  private void port(Instruction.Expose expose, String port) {
    int slash = port.indexOf('/');
    String protocol = slash < 0 ? "" : port.substring(slash + 1);
    if (!protocol.equals(protocol.toLowerCase(Locale.ROOT)) && protocol.indexOf('$') < 0) {
      add(
          Rule.EXPOSE_PROTO_CASING,
          expose,
          "Defined protocol '" + port + "' in EXPOSE instruction should be lowercase");
    }
    String bare = port.replaceAll("\\$\\{[^}]*}", "");
    if (bare.indexOf(':') >= 0) {
      add(
          Rule.EXPOSE_INVALID_FORMAT,
          expose,
          "EXPOSE instruction should not define an IP address or host-port mapping, found '"
              + port
              + "'");
    }
  }
}
