package dev.mokha.engine.build.checks;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.dockerfile.Dockerfile.Stage;
import dev.mokha.engine.build.dockerfile.Instruction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Looks at a Dockerfile with Docker's rules.
 *
 * <pre>{@code
 * Dockerfile file = Dockerfile.parse(text, "Dockerfile");
 * List<Warning> warnings = new BuildChecks(file, facts).run(options);
 * }</pre>
 */
public final class BuildChecks {
  private final Dockerfile file;
  private final Facts facts;

  /**
   * What the Dockerfile does not say.
   *
   * @param target the stage that is built; empty for all
   * @param arguments what whoever builds gives, TARGETPLATFORM and its like included
   * @param environment of an image by its name; empty when the image is not here, and then no
   *     variable of what is built on it is called undefined
   * @param ignored whether the context is without a file, by its path
   */
  public record Facts(
      String target,
      Map<String, String> arguments,
      Function<String, Optional<Set<String>>> environment,
      Predicate<String> ignored) {
    /** Copies the arguments. */
    public Facts {
      requireNonNull(target);
      requireNonNull(environment);
      requireNonNull(ignored);
      arguments = new java.util.HashMap<>(arguments);
    }
  }

  /** Of a Dockerfile. */
  public BuildChecks(Dockerfile file, Facts facts) {
    this.file = requireNonNull(file);
    this.facts = requireNonNull(facts);
  }

  /** What the rules that count say, in the order of the lines. */
  public List<Warning> run(CheckOptions options) {
    List<Warning> found = new ArrayList<>();
    new FileChecks(file, found).run();
    StageChecks stages = new StageChecks(file, facts, found);
    for (Stage stage : wanted()) {
      stages.check(stage);
    }
    found.removeIf(warning -> !options.counts(warning.rule()));
    found.sort(Comparator.comparingInt(Warning::line));
    return found;
  }

  private List<Stage> wanted() {
    if (facts.target().isEmpty()) {
      return file.stages();
    }
    Set<Integer> indices = new HashSet<>();
    file.stage(facts.target(), file.stages().size()).ifPresent(stage -> collect(stage, indices));
    return file.stages().stream().filter(stage -> indices.contains(stage.index())).toList();
  }

  private void collect(Stage stage, Set<Integer> indices) {
    if (!indices.add(stage.index())) {
      return;
    }
    List<String> names = new ArrayList<>(List.of(stage.from().image()));
    for (Instruction instruction : stage.instructions()) {
      switch (instruction) {
        case Instruction.Copy copy -> names.add(copy.from());
        case Instruction.Run run -> run.mounts().forEach(mount -> names.add(mount.from()));
        default -> {
          // Needs no other stage.
        }
      }
    }
    for (String name : names) {
      if (!name.isEmpty()) {
        file.stage(name.toLowerCase(Locale.ROOT), stage.index())
            .ifPresent(other -> collect(other, indices));
      }
    }
  }
}
