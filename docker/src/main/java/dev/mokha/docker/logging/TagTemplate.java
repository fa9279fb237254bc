package dev.mokha.docker.logging;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The option {@code tag}: text with actions in double braces, of which those are known that name a
 * property ({@code {{.Name}}}), pass it on to a function ({@code {{.Name | upper}}}, {@code {{upper
 * .Name}}}), or look up a label ({@code {{index .ContainerLabels "team"}}}).
 */
public final class TagTemplate {
  /** What dockerd takes when no tag is given. */
  public static final String DEFAULT = "{{.ID}}";

  private static final Pattern INDEX =
      Pattern.compile("index\\s+\\.ContainerLabels\\s+\"([^\"]*)\"");
  private static final Pattern FIELD = Pattern.compile("\\.([A-Za-z]+)");
  private static final Pattern CALL = Pattern.compile("([a-z]+)\\s+(\\.[A-Za-z]+)");

  private static final Map<String, UnaryOperator<String>> FUNCTIONS =
      Map.of(
          "upper", text -> text.toUpperCase(Locale.ROOT),
          "lower", text -> text.toLowerCase(Locale.ROOT),
          "title", TagTemplate::title,
          "print", text -> text);

  private final String text;

  private TagTemplate(String text) {
    this.text = text;
  }

  /**
   * The one that options ask for.
   *
   * @throws IllegalArgumentException in the words of dockerd's template engine
   */
  public static TagTemplate of(Map<String, String> options) {
    String text = options.getOrDefault("tag", "");
    TagTemplate template = new TagTemplate(text.isEmpty() ? DEFAULT : text);
    var _ = template.expand(NOBODY); // refuses what it can't do
    return template;
  }

  private static final LogSource NOBODY =
      new LogSource("", "", "", "", java.time.Instant.EPOCH, List.of(), List.of(), Map.of(), "");

  /** The tag of a container. */
  public String expand(LogSource source) {
    StringBuilder tag = new StringBuilder();
    int at = 0;
    while (true) {
      int open = text.indexOf("{{", at);
      if (open < 0) {
        return tag.append(text, at, text.length()).toString();
      }
      tag.append(text, at, open);
      int close = text.indexOf("}}", open);
      if (close < 0) {
        throw refused(": unclosed action");
      }
      String action = text.substring(open + 2, close);
      if (action.startsWith("- ")) {
        trimEnd(tag);
        action = action.substring(2);
      }
      at = close + 2;
      if (action.endsWith(" -")) {
        action = action.substring(0, action.length() - 2);
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
          at++;
        }
      }
      tag.append(evaluate(action.strip(), source));
    }
  }

  private static void trimEnd(StringBuilder tag) {
    while (!tag.isEmpty() && Character.isWhitespace(tag.charAt(tag.length() - 1))) {
      tag.setLength(tag.length() - 1);
    }
  }

  private String evaluate(String action, LogSource source) {
    if (action.isEmpty()) {
      throw refused(": missing value for command");
    }
    List<String> pipeline = new ArrayList<>(List.of(action.split("\\|")));
    String value = first(pipeline.removeFirst().strip(), source);
    for (String function : pipeline) {
      value = function(function.strip()).apply(value);
    }
    return value;
  }

  private String first(String word, LogSource source) {
    Matcher index = INDEX.matcher(word);
    if (index.matches()) {
      return source.labels().getOrDefault(index.group(1), "");
    }
    Matcher call = CALL.matcher(word);
    if (call.matches()) {
      return function(call.group(1)).apply(first(call.group(2), source));
    }
    Matcher field = FIELD.matcher(word);
    if (!field.matches()) {
      throw refused(": unexpected \"" + word + "\" in command");
    }
    return field(field.group(1), source);
  }

  private UnaryOperator<String> function(String name) {
    UnaryOperator<String> function = FUNCTIONS.get(name);
    if (function == null) {
      throw refused(": function \"" + name + "\" not defined");
    }
    return function;
  }

  private String field(String name, LogSource source) {
    return switch (name) {
      case "ID" -> source.shortId();
      case "FullID", "ContainerID" -> source.id();
      case "Name" -> source.name();
      case "ContainerName" -> "/" + source.name();
      case "ImageID" -> source.shortImageId();
      case "ImageFullID", "ContainerImageID" -> source.imageId();
      case "ImageName", "ContainerImageName" -> source.imageName();
      case "Command" -> String.join(" ", source.command());
      case "ContainerEntrypoint" -> source.command().isEmpty() ? "" : source.command().getFirst();
      case "ContainerArgs" ->
          "["
              + String.join(
                  " ",
                  source
                      .command()
                      .subList(Math.min(1, source.command().size()), source.command().size()))
              + "]";
      case "ContainerCreated" -> source.created().toString();
      case "DaemonName" -> "docker";
      case "Hostname" -> source.hostname();
      default ->
          throw refused(
              ":1:2: executing \"log-tag\" at <."
                  + name
                  + ">: can't evaluate field "
                  + name
                  + " in type *logger.Info");
    };
  }

  private static String title(String text) {
    StringBuilder titled = new StringBuilder();
    boolean begins = true;
    for (char c : text.toCharArray()) {
      titled.append(begins ? Character.toUpperCase(c) : c);
      begins = Character.isWhitespace(c);
    }
    return titled.toString();
  }

  private static IllegalArgumentException refused(String why) {
    return new IllegalArgumentException(
        "template: log-tag" + (why.startsWith(":1") ? why : ":1" + why));
  }
}
