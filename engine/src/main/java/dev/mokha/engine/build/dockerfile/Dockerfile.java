package dev.mokha.engine.build.dockerfile;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.dockerfile.Instruction.Arg;
import dev.mokha.engine.build.dockerfile.Instruction.From;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A Dockerfile that was read.
 *
 * @param escape the character that continues lines and takes the meaning of others away
 * @param globals ARGs before the first stage
 * @param stages at least one
 * @param remarks what only checks look at
 */
public record Dockerfile(char escape, List<Arg> globals, List<Stage> stages, Remarks remarks) {
  /** Longest Dockerfile that is read, in bytes. */
  public static final int MAX_BYTES = 16 << 20;

  /** Copies the collections. */
  public Dockerfile {
    globals = List.copyOf(globals);
    stages = List.copyOf(stages);
  }

  /**
   * What changes nothing of a build.
   *
   * @param check value of {@code # check=}; empty for none
   * @param emptyContinuations last lines of instructions in which a line that goes on is followed
   *     by an empty one
   */
  public record Remarks(String check, List<Integer> emptyContinuations) {
    /** Copies the lines. */
    public Remarks {
      emptyContinuations = List.copyOf(emptyContinuations);
    }
  }

  /**
   * A stage.
   *
   * @param index its number, from 0
   * @param from how it begins
   * @param instructions what follows
   */
  public record Stage(int index, From from, List<Instruction> instructions) {
    /** Copies the instructions. */
    public Stage {
      instructions = List.copyOf(instructions);
    }

    /** Its name, or its number when it has none. */
    public String label() {
      return from.name().isEmpty() ? Integer.toString(index) : from.name();
    }
  }

  /**
   * Reads one.
   *
   * @param name its path, for messages
   * @throws BuildException with line and reason
   */
  public static Dockerfile parse(byte[] text, String name) {
    if (text.length == 0) {
      throw new BuildException("the Dockerfile (" + name + ") cannot be empty");
    }
    if (text.length > MAX_BYTES) {
      throw new BuildException(
          "the Dockerfile (" + name + ") is longer than " + (MAX_BYTES >> 20) + " MiB");
    }
    SourceLines.Read read = SourceLines.read(new String(text, StandardCharsets.UTF_8));
    if (read.lines().isEmpty()) {
      throw new BuildException("failed to parse Dockerfile: file with no instructions");
    }
    List<Arg> globals = new ArrayList<>();
    List<Stage> stages = new ArrayList<>();
    From from = null;
    List<Instruction> body = new ArrayList<>();
    for (SourceLines.Logical line : read.lines()) {
      Instruction instruction = InstructionParser.parse(line, read.escape());
      if (instruction instanceof From next) {
        if (from != null) {
          stages.add(new Stage(stages.size(), from, body));
        }
        from = next;
        body = new ArrayList<>();
      } else if (from != null) {
        body.add(instruction);
      } else if (instruction instanceof Arg global) {
        globals.add(global);
      } else {
        throw BuildException.parse(line.line(), "no build stage in current context");
      }
    }
    if (from == null) {
      throw new BuildException("no build stage in current context");
    }
    stages.add(new Stage(stages.size(), from, body));
    return new Dockerfile(read.escape(), globals, stages, read.remarks());
  }

  /**
   * Reads a trigger that an image brings.
   *
   * @param line of the FROM that names the image
   */
  public static Instruction trigger(String text, int line) {
    SourceLines.Read read = SourceLines.read(text);
    if (read.lines().size() != 1) {
      throw BuildException.parse(line, "the image's ONBUILD trigger is no instruction: " + text);
    }
    SourceLines.Logical first = read.lines().getFirst();
    return InstructionParser.parse(
        new SourceLines.Logical(line, first.text(), first.heredocs()), read.escape());
  }

  /**
   * The stage that a name or number means, among those before another.
   *
   * @param before number of the first that does not count
   */
  public Optional<Stage> stage(String nameOrNumber, int before) {
    String wanted = nameOrNumber.toLowerCase(Locale.ROOT);
    for (int i = Math.min(before, stages.size()) - 1; i >= 0; i--) {
      if (stages.get(i).from().name().equals(wanted)) {
        return Optional.of(stages.get(i));
      }
    }
    try {
      int index = Integer.parseInt(nameOrNumber);
      if (index >= 0 && index < before && index < stages.size()) {
        return Optional.of(stages.get(index));
      }
    } catch (NumberFormatException notANumber) {
      // It is the name of something else.
    }
    return Optional.empty();
  }
}
