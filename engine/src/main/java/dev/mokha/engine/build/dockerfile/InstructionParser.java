package dev.mokha.engine.build.dockerfile;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.dockerfile.Instruction.Command;
import dev.mokha.engine.build.dockerfile.Instruction.Pair;
import dev.mokha.engine.build.dockerfile.Instruction.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads one instruction; says what is wrong with it in Docker's words. */
final class InstructionParser {
  private static final List<String> KEYWORDS =
      List.of(
          "ADD",
          "ARG",
          "CMD",
          "COPY",
          "ENTRYPOINT",
          "ENV",
          "EXPOSE",
          "FROM",
          "HEALTHCHECK",
          "LABEL",
          "MAINTAINER",
          "ONBUILD",
          "RUN",
          "SHELL",
          "STOPSIGNAL",
          "USER",
          "VOLUME",
          "WORKDIR");
  private static final Pattern STAGE = Pattern.compile("[a-z][a-z0-9-_.]*");
  private static final Set<String> SECURITY = Set.of("", "sandbox", "insecure");
  private static final Set<String> NETWORKS = Set.of("", "default", "none", "host");

  private final char escape;
  private final Source source;
  private final List<Heredoc> heredocs;

  private InstructionParser(char escape, Source source, List<Heredoc> heredocs) {
    this.escape = escape;
    this.source = source;
    this.heredocs = heredocs;
  }

  /**
   * Reads one.
   *
   * @throws BuildException with the line
   */
  static Instruction parse(SourceLines.Logical line, char escape) {
    Source source = new Source(line.line(), line.text());
    try {
      return new InstructionParser(escape, source, line.heredocs()).parse();
    } catch (IllegalArgumentException e) {
      throw BuildException.parse(line.line(), e.getMessage());
    }
  }

  private Instruction parse() {
    String text = source.text();
    int end = 0;
    while (end < text.length() && !Words.isSpace(text.charAt(end))) {
      end++;
    }
    String word = text.substring(0, end);
    String keyword = word.toUpperCase(Locale.ROOT);
    String rest = text.substring(end).strip();
    if (!KEYWORDS.contains(keyword)) {
      throw new IllegalArgumentException(
          "unknown instruction: " + word + Suggestion.of(keyword, KEYWORDS));
    }
    return switch (keyword) {
      case "FROM" -> from(flags(rest, "platform"));
      case "RUN" -> run(flags(rest, "mount", "network", "security"));
      case "CMD" -> new Instruction.Cmd(source, command(flags(rest).rest()));
      case "ENTRYPOINT" -> entrypoint(flags(rest).rest());
      case "COPY", "ADD" -> copy(rest, keyword.equals("ADD"));
      case "ENV" -> new Instruction.Env(source, pairs(keyword, flags(rest).rest()));
      case "LABEL" -> new Instruction.Label(source, pairs(keyword, flags(rest).rest()));
      case "ARG" -> arg(flags(rest).rest());
      case "EXPOSE" ->
          new Instruction.Expose(source, atLeastOne(keyword, Words.plain(flags(rest).rest())));
      case "VOLUME" -> volume(flags(rest).rest());
      case "SHELL" -> shell(flags(rest).rest());
      case "USER" -> new Instruction.User(source, exactlyOne(keyword, flags(rest).rest()));
      case "WORKDIR" -> new Instruction.Workdir(source, exactlyOne(keyword, flags(rest).rest()));
      case "STOPSIGNAL" ->
          new Instruction.StopSignal(source, exactlyOne(keyword, flags(rest).rest()));
      case "MAINTAINER" ->
          new Instruction.Maintainer(source, exactlyOne(keyword, flags(rest).rest()));
      case "ONBUILD" -> onBuild(flags(rest).rest());
      default ->
          healthCheck(
              flags(rest, "interval", "timeout", "start-period", "start-interval", "retries"));
    };
  }

  private Flags flags(String rest, String... strings) {
    return Flags.read(rest, escape, Set.of(strings), Set.of());
  }

  private static List<String> atLeastOne(String keyword, List<String> words) {
    if (words.isEmpty()) {
      throw new IllegalArgumentException(keyword + " requires at least one argument");
    }
    return words;
  }

  private static String exactlyOne(String keyword, String rest) {
    if (rest.isEmpty()) {
      throw new IllegalArgumentException(keyword + " requires exactly one argument");
    }
    return rest;
  }

  private static Command command(String rest) {
    Optional<List<String>> words = Words.json(rest);
    return words.isPresent() ? new Command(false, words.get()) : new Command(true, List.of(rest));
  }

  private Instruction from(Flags flags) {
    List<String> words = Words.plain(flags.rest());
    if (words.size() != 1 && (words.size() != 3 || !words.get(1).equalsIgnoreCase("as"))) {
      throw new IllegalArgumentException("FROM requires either one or three arguments");
    }
    String name = words.size() == 3 ? words.get(2).toLowerCase(Locale.ROOT) : "";
    if (words.size() == 3 && !STAGE.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "invalid name for build stage: \""
              + words.get(2)
              + "\", name can't start with a number or contain symbols");
    }
    return new Instruction.From(source, words.get(0), flags.get("platform"), name);
  }

  private Instruction run(Flags flags) {
    String network = flags.get("network");
    if (!NETWORKS.contains(network)) {
      throw new IllegalArgumentException("invalid network mode \"" + network + "\"");
    }
    String security = flags.get("security");
    if (!SECURITY.contains(security)) {
      throw new IllegalArgumentException("security \"" + security + "\" is not supported");
    }
    List<Instruction.RunMount> mounts = flags.all("mount").stream().map(RunMounts::parse).toList();
    Command command = command(flags.rest());
    return new Instruction.Run(source, command, mounts, network, security, heredocs);
  }

  private Instruction entrypoint(String rest) {
    return new Instruction.Entrypoint(source, command(rest));
  }

  private Instruction copy(String arguments, boolean add) {
    Set<String> strings =
        add
            ? Set.of("chown", "chmod", "checksum", "exclude")
            : Set.of("chown", "chmod", "from", "exclude");
    Set<String> booleans =
        add ? Set.of("link", "keep-git-dir", "unpack") : Set.of("link", "parents");
    Flags flags = Flags.read(arguments, escape, strings, booleans);
    String keyword = add ? "ADD" : "COPY";
    String rest = flags.rest();
    List<String> words = Words.json(rest).orElseGet(() -> Words.plain(rest));
    if (words.size() < 2) {
      throw new IllegalArgumentException(
          keyword
              + " requires at least two arguments, but only one was provided. Destination could"
              + " not be determined");
    }
    if (flags.get("from").contains("$")) {
      throw new IllegalArgumentException(
          "variable expansion is not supported for --from, define a new stage with FROM using ARG"
              + " from global scope as a workaround");
    }
    List<String> sources = new ArrayList<>(words.subList(0, words.size() - 1));
    if (!heredocs.isEmpty()) {
      sources.removeIf(word -> Heredoc.of(word).isPresent());
    }
    return new Instruction.Copy(
        source,
        add,
        sources,
        words.getLast(),
        flags.get("from"),
        flags.get("chown"),
        flags.get("chmod"),
        flags.is("link"),
        flags.is("parents"),
        flags.all("exclude"),
        flags.get("checksum"),
        optional(flags, "keep-git-dir"),
        optional(flags, "unpack"),
        heredocs);
  }

  /** A flag that may be left out; null then. */
  private static Boolean optional(Flags flags, String name) {
    return flags.get(name).isEmpty() ? null : Boolean.valueOf(flags.is(name));
  }

  private List<Pair> pairs(String keyword, String rest) {
    List<String> words = Words.quoted(rest, escape);
    if (words.isEmpty()) {
      throw new IllegalArgumentException(keyword + " requires at least one argument");
    }
    if (words.get(0).indexOf('=') < 0) {
      // The old form: a name, and all the rest is its value.
      int end = words.get(0).length();
      String value = rest.substring(end).strip();
      if (value.isEmpty()) {
        throw new IllegalArgumentException(keyword + " must have two arguments");
      }
      return List.of(new Pair(words.get(0), value));
    }
    List<Pair> pairs = new ArrayList<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException(
            "Syntax error - can't find = in \"" + word + "\". Must be of the form: name=value");
      }
      if (equals == 0) {
        throw new IllegalArgumentException(keyword + " names can not be blank");
      }
      pairs.add(new Pair(word.substring(0, equals), word.substring(equals + 1)));
    }
    return pairs;
  }

  private Instruction arg(String rest) {
    List<Pair> pairs = new ArrayList<>();
    for (String word : atLeastOne("ARG", Words.quoted(rest, escape))) {
      int equals = word.indexOf('=');
      if (equals == 0) {
        throw new IllegalArgumentException("ARG names can not be blank");
      }
      pairs.add(
          equals < 0
              ? new Pair(word, null)
              : new Pair(word.substring(0, equals), word.substring(equals + 1)));
    }
    return new Instruction.Arg(source, pairs);
  }

  private Instruction volume(String rest) {
    List<String> words = Words.json(rest).orElseGet(() -> Words.plain(rest));
    for (String word : atLeastOne("VOLUME", words)) {
      if (word.isBlank()) {
        throw new IllegalArgumentException("VOLUME specified can not be an empty string");
      }
    }
    return new Instruction.Volume(source, words);
  }

  private Instruction shell(String rest) {
    List<String> words =
        Words.json(rest)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "SHELL requires the arguments to be in JSON form"));
    return new Instruction.Shell(source, atLeastOne("SHELL", words));
  }

  private Instruction onBuild(String rest) {
    if (rest.isEmpty()) {
      throw new IllegalArgumentException("ONBUILD requires at least one argument");
    }
    String keyword = Words.plain(rest).get(0).toUpperCase(Locale.ROOT);
    if (keyword.equals("ONBUILD")) {
      throw new IllegalArgumentException("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    }
    if (keyword.equals("FROM") || keyword.equals("MAINTAINER")) {
      throw new IllegalArgumentException(keyword + " isn't allowed as an ONBUILD trigger");
    }
    // Read now, so that who writes the trigger hears what is wrong with it.
    parse(new SourceLines.Logical(source.line(), rest, heredocs), escape);
    StringBuilder trigger = new StringBuilder(rest);
    if (!heredocs.isEmpty()) {
      trigger.append('\n');
      heredocs.forEach(heredoc -> trigger.append(heredoc.text()));
    }
    return new Instruction.OnBuild(source, trigger.toString());
  }

  private Instruction healthCheck(Flags flags) {
    String rest = flags.rest();
    if (rest.isEmpty()) {
      throw new IllegalArgumentException("HEALTHCHECK requires at least one argument");
    }
    String type = Words.plain(rest).get(0);
    String arguments = rest.substring(type.length()).strip();
    Command command;
    switch (type.toUpperCase(Locale.ROOT)) {
      case "NONE" -> {
        if (!arguments.isEmpty()) {
          throw new IllegalArgumentException("HEALTHCHECK NONE takes no arguments");
        }
        command = null;
      }
      case "CMD" -> {
        command = command(arguments);
        if (arguments.isEmpty() || command.words().isEmpty()) {
          throw new IllegalArgumentException("Missing command after HEALTHCHECK CMD");
        }
      }
      default ->
          throw new IllegalArgumentException(
              "Unknown type \"" + type.toUpperCase(Locale.ROOT) + "\" in HEALTHCHECK (try CMD)");
    }
    return new Instruction.HealthCheck(
        source,
        command,
        duration(flags, "interval"),
        duration(flags, "timeout"),
        duration(flags, "start-period"),
        duration(flags, "start-interval"),
        retries(flags.get("retries")));
  }

  private static int retries(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    try {
      int retries = Integer.parseInt(text);
      if (retries < 0) {
        throw new IllegalArgumentException("--retries cannot be negative (" + retries + ")");
      }
      return retries;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "strconv.ParseInt: parsing \"" + text + "\": invalid syntax", e);
    }
  }

  private static Duration duration(Flags flags, String name) {
    String text = flags.get(name);
    if (text.isEmpty()) {
      return Duration.ZERO;
    }
    Duration duration = GoDuration.parse(text);
    if (!duration.isZero() && duration.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("Interval \"" + name + "\" cannot be less than 1ms");
    }
    return duration;
  }
}
