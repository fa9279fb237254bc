package dev.mokha.engine.build.run;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.dockerfile.Expansion;
import dev.mokha.engine.build.dockerfile.Instruction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Instructions that change the configuration alone. */
final class ConfigurationSteps {
  private static final Pattern PORT = Pattern.compile("(?:.*:)?([^:/]*?)(?:/([^/]*))?");
  private static final Pattern RANGE = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");
  private static final int MAX_PORT = 65535;
  private static final int MAX_SIGNAL = 64;

  private final Build build;
  private final Arguments.Stage arguments;
  private boolean commandSet;

  ConfigurationSteps(Build build, Arguments.Stage arguments) {
    this.build = build;
    this.arguments = arguments;
  }

  /** What a name means: the environment comes before arguments. */
  String value(StageState state, String name) {
    return value(state.configuration(), name);
  }

  private String value(Configuration configuration, String name) {
    String value = configuration.env().get(name);
    return value != null ? value : arguments.get(name);
  }

  /**
   * Applies one.
   *
   * @param after is changed
   * @param note hears what the user should know
   * @return what history says
   */
  String apply(Instruction instruction, Configuration after, Consumer<String> note) {
    char escape = build.dockerfile().escape();
    Map<String, String> env = after.env();
    Function<String, String> variables =
        name -> env.containsKey(name) ? env.get(name) : arguments.get(name);
    Function<String, String> expand = text -> Expansion.word(text, escape, variables);
    return switch (instruction) {
      case Instruction.Env e -> {
        StringBuilder text = new StringBuilder("ENV");
        for (Instruction.Pair pair : e.pairs()) {
          String name = expand.apply(pair.name());
          String value = expand.apply(pair.value());
          if (name.isEmpty()) {
            throw new BuildException("ENV names can not be blank");
          }
          after.env(name, value);
          text.append(' ').append(name).append('=').append(value);
        }
        yield text.toString();
      }
      case Instruction.Label l -> {
        StringBuilder text = new StringBuilder("LABEL");
        for (Instruction.Pair pair : l.pairs()) {
          String name = expand.apply(pair.name());
          String value = expand.apply(pair.value());
          after.label(name, value);
          text.append(' ').append(name).append('=').append(value);
        }
        yield text.toString();
      }
      case Instruction.Arg a -> {
        StringBuilder text = new StringBuilder("ARG");
        for (Instruction.Pair pair : a.pairs()) {
          String value = pair.value() == null ? null : expand.apply(pair.value());
          arguments.declare(pair.name(), value);
          text.append(' ').append(pair.name()).append(value == null ? "" : "=" + value);
        }
        yield text.toString();
      }
      case Instruction.Expose e -> {
        List<String> words = new ArrayList<>();
        e.ports().forEach(port -> words.addAll(Expansion.words(port, escape, variables)));
        words.forEach(word -> ports(word).forEach(port -> after.addKey("ExposedPorts", port)));
        yield "EXPOSE " + String.join(" ", words);
      }
      case Instruction.Volume v -> {
        List<String> paths = v.paths().stream().map(expand).toList();
        for (String path : paths) {
          if (path.isBlank()) {
            throw new BuildException("VOLUME specified can not be an empty string");
          }
          after.addKey("Volumes", path.strip());
        }
        yield "VOLUME " + bare(paths);
      }
      case Instruction.User u -> {
        String user = expand.apply(u.user());
        after.text("User", user);
        yield "USER " + user;
      }
      case Instruction.StopSignal s -> {
        String signal = expand.apply(s.signal());
        checkSignal(signal);
        after.text("StopSignal", signal);
        yield "STOPSIGNAL " + signal;
      }
      case Instruction.Maintainer m -> {
        after.author(m.author());
        yield "MAINTAINER " + m.author();
      }
      case Instruction.Shell s -> {
        after.list("Shell", s.words());
        yield "SHELL " + bare(s.words());
      }
      case Instruction.Cmd c -> {
        List<String> words = command(c.command(), after);
        after.list("Cmd", words);
        commandSet = !words.isEmpty();
        yield "CMD " + quoted(words);
      }
      case Instruction.Entrypoint e -> {
        List<String> words = command(e.command(), after);
        if (words.isEmpty()) {
          after.config().putNull("Entrypoint");
        } else {
          after.list("Entrypoint", words);
        }
        if (!commandSet) {
          after.config().remove("Cmd"); // it was for another entrypoint
        }
        yield "ENTRYPOINT " + quoted(words);
      }
      case Instruction.OnBuild o -> {
        List<String> triggers = new ArrayList<>(after.list("OnBuild"));
        triggers.add(o.trigger());
        after.list("OnBuild", triggers);
        yield "ONBUILD " + o.trigger();
      }
      case Instruction.HealthCheck h -> healthCheck(h, after, note);
      case Instruction.From _, Instruction.Run _, Instruction.Copy _, Instruction.Workdir _ ->
          throw new IllegalStateException("changes files: " + instruction.source().text());
    };
  }

  private static List<String> command(Instruction.Command command, Configuration after) {
    if (!command.shell()) {
      return command.words();
    }
    List<String> words = new ArrayList<>(after.shell());
    words.addAll(command.words());
    return words;
  }

  /** As Go prints a list of strings with %v. */
  private static String bare(List<String> words) {
    return "[" + String.join(" ", words) + "]";
  }

  /** As Go prints a list of strings with %q. */
  private static String quoted(List<String> words) {
    return words.stream()
        .map(word -> "\"" + word.replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
        .collect(Collectors.joining(" ", "[", "]"));
  }

  private static List<String> ports(String word) {
    Matcher matcher = PORT.matcher(word);
    if (!matcher.matches()) {
      throw new BuildException("Invalid containerPort: " + word);
    }
    String numbers = matcher.group(1);
    String protocol = matcher.group(2) == null ? "tcp" : matcher.group(2).toLowerCase(Locale.ROOT);
    if (numbers.isEmpty()) {
      throw new BuildException("No port specified: " + word + "<empty>");
    }
    if (!List.of("tcp", "udp", "sctp").contains(protocol)) {
      throw new BuildException("Invalid proto: " + protocol);
    }
    Matcher range = RANGE.matcher(numbers);
    if (!range.matches()) {
      throw new BuildException("Invalid containerPort: " + numbers);
    }
    int first = Integer.parseInt(range.group(1));
    int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
    if (first > last || last > MAX_PORT) {
      throw new BuildException("Invalid containerPort: " + numbers);
    }
    List<String> ports = new ArrayList<>();
    for (int port = first; port <= last; port++) {
      ports.add(port + "/" + protocol);
    }
    return ports;
  }

  private static void checkSignal(String signal) {
    String name = signal.toUpperCase(Locale.ROOT);
    if (name.matches("\\d{1,3}")) {
      int number = Integer.parseInt(name);
      if (number >= 1 && number <= MAX_SIGNAL) {
        return;
      }
    } else if (SignalNames.isName(name.startsWith("SIG") ? name.substring(3) : name)) {
      return;
    }
    throw new BuildException("invalid signal: " + signal);
  }

  private static String healthCheck(
      Instruction.HealthCheck check, Configuration after, Consumer<String> note) {
    JsonNode old = after.config().path("Healthcheck").path("Test");
    if (!old.isMissingNode() && !old.isEmpty()) {
      note.accept(
          "Note: overriding previous HEALTHCHECK: "
              + bare(old.valueStream().map(node -> node.asString("")).toList()));
    }
    List<String> test = new ArrayList<>();
    if (check.command() == null) {
      test.add("NONE");
    } else {
      test.add(check.command().shell() ? "CMD-SHELL" : "CMD");
      test.addAll(check.command().words());
    }
    ObjectNode node = after.config().putObject("Healthcheck");
    test.forEach(node.putArray("Test")::add);
    putNanos(node, "Interval", check.interval());
    putNanos(node, "Timeout", check.timeout());
    putNanos(node, "StartPeriod", check.startPeriod());
    putNanos(node, "StartInterval", check.startInterval());
    if (check.retries() > 0) {
      node.put("Retries", check.retries());
    }
    return "HEALTHCHECK &{"
        + bare(test)
        + " "
        + seconds(check.interval())
        + " "
        + seconds(check.timeout())
        + " "
        + seconds(check.startPeriod())
        + " "
        + seconds(check.startInterval())
        + " "
        + check.retries()
        + "}";
  }

  private static void putNanos(ObjectNode node, String field, Duration duration) {
    if (!duration.isZero()) {
      node.put(field, duration.toNanos());
    }
  }

  private static String seconds(Duration duration) {
    long nanos = duration.toNanos();
    return nanos % 1_000_000_000L == 0 ? nanos / 1_000_000_000L + "s" : nanos / 1_000_000L + "ms";
  }
}
