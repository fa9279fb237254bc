package dev.mokha.engine.build.checks;

import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.dockerfile.Dockerfile.Stage;
import dev.mokha.engine.build.dockerfile.Instruction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Rules about how a Dockerfile is written, whatever of it is built. */
final class FileChecks {
  private static final Set<String> RESERVED = Set.of("scratch", "context");

  private final Dockerfile file;
  private final List<Warning> found;

  FileChecks(Dockerfile file, List<Warning> found) {
    this.file = file;
    this.found = found;
  }

  void run() {
    for (int line : file.remarks().emptyContinuations()) {
      found.add(new Warning(Rule.NO_EMPTY_CONTINUATION, line, "Empty continuation line"));
    }
    stageNames();
    casing();
    for (Instruction instruction : all()) {
      if (instruction instanceof Instruction.Maintainer) {
        add(
            Rule.MAINTAINER_DEPRECATED,
            instruction,
            "Maintainer instruction is deprecated in favor of using label");
      }
      if (instruction instanceof Instruction.Env || instruction instanceof Instruction.Label) {
        legacy(instruction);
      }
    }
  }

  private List<Instruction> all() {
    List<Instruction> all = new ArrayList<>(file.globals());
    for (Stage stage : file.stages()) {
      all.add(stage.from());
      all.addAll(stage.instructions());
    }
    return all;
  }

  private void add(Rule rule, Instruction at, String detail) {
    found.add(new Warning(rule, at.source().line(), detail));
  }

  private static String[] words(Instruction instruction) {
    return instruction.source().text().split("\\s+", -1);
  }

  private void stageNames() {
    Set<String> names = new HashSet<>();
    for (Stage stage : file.stages()) {
      Instruction.From from = stage.from();
      if (from.name().isEmpty()) {
        continue;
      }
      String[] words = words(from);
      String written = words[words.length - 1];
      String as = words[words.length - 2];
      if (!written.equals(from.name())) {
        add(Rule.STAGE_NAME_CASING, from, "Stage name '" + written + "' should be lowercase");
      }
      boolean lower = isLower(words[0]) && !isLower(as);
      boolean upper = isUpper(words[0]) && !isUpper(as);
      if (lower || upper) {
        add(
            Rule.FROM_AS_CASING,
            from,
            "'" + as + "' and '" + words[0] + "' keywords' casing do not match");
      }
      if (!names.add(from.name())) {
        add(
            Rule.DUPLICATE_STAGE_NAME,
            from,
            "Duplicate stage name \"" + written + "\", stage names should be unique");
      }
      if (RESERVED.contains(from.name())) {
        add(
            Rule.RESERVED_STAGE_NAME,
            from,
            "Stage name should not use the same name as reserved stage \"" + written + "\"");
      }
    }
  }

  private void casing() {
    int lower = 0;
    int upper = 0;
    for (Instruction instruction : all()) {
      String keyword = words(instruction)[0];
      lower += isLower(keyword) ? 1 : 0;
      upper += isUpper(keyword) ? 1 : 0;
    }
    boolean lowerWins = lower > upper;
    for (Instruction instruction : all()) {
      String keyword = words(instruction)[0];
      if (lowerWins ? !isLower(keyword) : !isUpper(keyword)) {
        add(
            Rule.CONSISTENT_INSTRUCTION_CASING,
            instruction,
            "Command '"
                + keyword
                + "' should match the case of the command majority ("
                + (lowerWins ? "lowercase" : "uppercase")
                + ")");
      }
    }
  }

  private static boolean isLower(String text) {
    return text.equals(text.toLowerCase(Locale.ROOT));
  }

  private static boolean isUpper(String text) {
    return text.equals(text.toUpperCase(Locale.ROOT));
  }

  private void legacy(Instruction instruction) {
    String[] words = words(instruction);
    if (words.length > 1 && words[1].indexOf('=') < 0) {
      String keyword = words[0].toUpperCase(Locale.ROOT);
      add(
          Rule.LEGACY_KEY_VALUE_FORMAT,
          instruction,
          "\""
              + keyword
              + " key=value\" should be used instead of legacy \""
              + keyword
              + " key value\" format");
    }
  }
}
