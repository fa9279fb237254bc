package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.dockerfile.Dockerfile.Stage;
import dev.mokha.engine.build.dockerfile.Instruction;
import dev.mokha.engine.build.dockerfile.Instruction.RunMount;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What can be asked of a Dockerfile instead of a build ({@code docker build --call}): which
 * arguments, secrets and caches a target takes ({@code frontend.outline}), and which targets there
 * are ({@code frontend.targets}). Answers are JSON and a text to show.
 */
final class Questions {
  static final String OUTLINE = "frontend.outline";
  static final String TARGETS = "frontend.targets";
  static final String DESCRIBE = "frontend.subrequests.describe";

  private static final String VERSION = "1.0.0";
  private static final String DEFAULT = "(default)";

  private final byte[] text;
  private final Dockerfile dockerfile;
  private final String[] lines;

  /** Of a Dockerfile. */
  Questions(byte[] text, String name) {
    this.text = text;
    this.dockerfile = Dockerfile.parse(text, name);
    this.lines = new String(text, StandardCharsets.UTF_8).split("\n", -1);
  }

  /**
   * Answers.
   *
   * @param question its name
   * @param target the stage that is meant; empty for the last
   * @return what a result's metadata has
   * @throws Failure when there is no such question here
   */
  Map<String, byte[]> answer(String question, String target, Map<String, String> arguments) {
    return switch (question) {
      case OUTLINE -> outline(target, arguments);
      case TARGETS -> targets();
      case DESCRIBE -> describe();
      default ->
          throw new Failure(
              Failure.Code.UNIMPLEMENTED,
              "this builder does not answer " + question + "; ask for outline, targets or check");
    };
  }

  private static Map<String, byte[]> result(Object json, String shown) {
    Map<String, byte[]> result = new LinkedHashMap<>();
    result.put("result.json", Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
    result.put("result.txt", shown.getBytes(StandardCharsets.UTF_8));
    result.put("version", VERSION.getBytes(StandardCharsets.UTF_8));
    return result;
  }

  private static ObjectNode location(ObjectNode json, Instruction.Source source) {
    ObjectNode range = json.putObject("location").putArray("ranges").addObject();
    range.putObject("start").put("line", source.line());
    range.putObject("end").put("line", source.line());
    return json;
  }

  /** What a comment above a line says of a name: {@code # NAME says what it is for}. */
  private String described(int line, String name) {
    String above = line >= 2 && line - 2 < lines.length ? lines[line - 2].strip() : "";
    String comment = above.startsWith("#") ? above.substring(1).strip() : "";
    return !name.isEmpty() && comment.startsWith(name + " ")
        ? comment.substring(name.length() + 1).strip()
        : "";
  }

  // --- targets ---

  private Map<String, byte[]> targets() {
    ObjectNode json = Json.object();
    ArrayNode list = json.putArray("targets");
    List<List<String>> rows = new ArrayList<>(List.of(List.of("TARGET", "DESCRIPTION")));
    for (Stage stage : dockerfile.stages()) {
      String name = stage.from().name();
      boolean last = stage.index() == dockerfile.stages().size() - 1;
      String about = described(stage.from().source().line(), name);
      ObjectNode one = list.addObject();
      put(one, "name", name);
      if (last) {
        one.put("default", true);
      }
      put(one, "description", about);
      put(one, "base", stage.from().image());
      put(one, "platform", stage.from().platform());
      location(one, stage.from().source());
      rows.add(List.of((name + (last ? " " + DEFAULT : "")).strip(), about));
    }
    json.putArray("sources").add(Base64.getEncoder().encodeToString(text));
    return result(json, table(rows));
  }

  private static void put(ObjectNode json, String name, String value) {
    if (!value.isEmpty()) {
      json.put(name, value);
    }
  }

  // --- outline ---

  private Map<String, byte[]> outline(String target, Map<String, String> arguments) {
    Stage wanted = stage(target);
    Set<Stage> needed = new LinkedHashSet<>();
    collect(wanted, needed);
    ObjectNode json = Json.object();
    put(json, "name", wanted.from().name());
    String about = described(wanted.from().source().line(), wanted.from().name());
    put(json, "description", about);
    StringBuilder shown = new StringBuilder();
    if (!wanted.from().name().isEmpty() || !about.isEmpty()) {
      List<List<String>> rows = new ArrayList<>();
      String name = wanted.from().name();
      rows.add(List.of("TARGET:", name.isEmpty() ? DEFAULT : name));
      if (!about.isEmpty()) {
        rows.add(List.of("DESCRIPTION:", about));
      }
      shown.append(table(rows)).append('\n');
    }
    arguments(json, needed, arguments, shown);
    mounts(json, needed, shown);
    json.putArray("sources").add(Base64.getEncoder().encodeToString(text));
    return result(json, shown.toString());
  }

  private Stage stage(String target) {
    return target.isEmpty()
        ? dockerfile.stages().getLast()
        : dockerfile
            .stage(target, dockerfile.stages().size())
            .orElseThrow(
                () -> new BuildException("target stage \"" + target + "\" could not be found"));
  }

  private void collect(Stage stage, Set<Stage> needed) {
    if (!needed.add(stage)) {
      return;
    }
    dockerfile.stage(stage.from().image(), stage.index()).ifPresent(one -> collect(one, needed));
    for (Instruction instruction : stage.instructions()) {
      if (instruction instanceof Instruction.Copy copy) {
        dockerfile.stage(copy.from(), stage.index()).ifPresent(one -> collect(one, needed));
      } else if (instruction instanceof Instruction.Run run) {
        for (RunMount mount : run.mounts()) {
          dockerfile.stage(mount.from(), stage.index()).ifPresent(one -> collect(one, needed));
        }
      }
    }
  }

  private void arguments(
      ObjectNode json, Set<Stage> needed, Map<String, String> given, StringBuilder shown) {
    Map<String, ObjectNode> all = new LinkedHashMap<>();
    List<Instruction.Arg> declared = new ArrayList<>(dockerfile.globals());
    needed.stream()
        .sorted((a, b) -> Integer.compare(a.index(), b.index()))
        .flatMap(stage -> stage.instructions().stream())
        .filter(Instruction.Arg.class::isInstance)
        .forEach(arg -> declared.add((Instruction.Arg) arg));
    for (Instruction.Arg arg : declared) {
      for (Instruction.Pair pair : arg.pairs()) {
        ObjectNode one = all.computeIfAbsent(pair.name(), n -> Json.object().put("name", n));
        put(one, "description", described(arg.source().line(), pair.name()));
        String value = given.getOrDefault(pair.name(), pair.value());
        put(one, "value", value == null ? "" : value);
        location(one, arg.source());
      }
    }
    if (all.isEmpty()) {
      return;
    }
    ArrayNode array = json.putArray("args");
    List<List<String>> rows =
        new ArrayList<>(List.of(List.of("BUILD ARG", "VALUE", "DESCRIPTION")));
    all.values()
        .forEach(
            one -> {
              array.add(one);
              rows.add(
                  List.of(
                      one.path("name").asString(""),
                      one.path("value").asString(""),
                      one.path("description").asString("")));
            });
    shown.append(table(rows)).append('\n');
  }

  private static void mounts(ObjectNode json, Set<Stage> needed, StringBuilder shown) {
    mounts(
        json,
        needed,
        shown,
        "secret",
        "secrets",
        "SECRET",
        (one, mount) -> {
          one.put("name", mount.id());
          if (mount.required()) {
            one.put("required", true);
          }
        });
    mounts(
        json,
        needed,
        shown,
        "ssh",
        "ssh",
        "SSH",
        (one, mount) -> {
          one.put("name", mount.id().isEmpty() ? "default" : mount.id());
          if (mount.required()) {
            one.put("required", true);
          }
        });
    mounts(
        json,
        needed,
        shown,
        "cache",
        "cache",
        "CACHE MOUNT",
        (one, mount) -> one.put("ID", mount.id().isEmpty() ? mount.target() : mount.id()));
  }

  private static void mounts(
      ObjectNode json,
      Set<Stage> needed,
      StringBuilder shown,
      String type,
      String field,
      String title,
      BiConsumer<ObjectNode, RunMount> tell) {
    Map<String, ObjectNode> all = new LinkedHashMap<>();
    for (Stage stage : needed) {
      for (Instruction instruction : stage.instructions()) {
        if (instruction instanceof Instruction.Run run) {
          for (RunMount mount : run.mounts()) {
            if (mount.type().equals(type)) {
              ObjectNode one = Json.object();
              tell.accept(one, mount);
              location(one, run.source());
              all.putIfAbsent(one.path("name").asString(one.path("ID").asString("")), one);
            }
          }
        }
      }
    }
    if (all.isEmpty()) {
      return;
    }
    ArrayNode array = json.putArray(field);
    boolean cache = type.equals("cache");
    List<List<String>> rows = new ArrayList<>();
    rows.add(cache ? List.of(title) : List.of(title, "REQUIRED"));
    all.forEach(
        (name, one) -> {
          array.add(one);
          rows.add(
              cache
                  ? List.of(name)
                  : List.of(name, one.path("required").asBoolean(false) ? "true" : ""));
        });
    shown.append(table(rows)).append('\n');
  }

  // --- what can be asked ---

  private static Map<String, byte[]> describe() {
    ArrayNode all = Json.array();
    List<List<String>> rows = new ArrayList<>(List.of(List.of("NAME", "VERSION", "DESCRIPTION")));
    Map.of(
            OUTLINE, "What a target takes: arguments, secrets, agents, caches",
            TARGETS, "The targets that can be built")
        .entrySet()
        .stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry -> {
              all.addObject()
                  .put("name", entry.getKey())
                  .put("version", VERSION)
                  .put("type", "rpc")
                  .put("description", entry.getValue());
              rows.add(List.of(entry.getKey(), VERSION, entry.getValue()));
            });
    return result(all, table(rows));
  }

  /** Columns as wide as their widest word, three spaces apart. */
  private static String table(List<List<String>> rows) {
    List<Integer> widths = new ArrayList<>();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        int width = row.get(i).length() + 3;
        if (i == widths.size()) {
          widths.add(width);
        } else {
          widths.set(i, Math.max(widths.get(i), width));
        }
      }
    }
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i)).append(" ".repeat(widths.get(i) - row.get(i).length()));
      }
      table.append(line.toString().stripTrailing()).append('\n');
    }
    return table.toString();
  }
}
