package dev.mokha.docker.buildkit.solve;

import dev.mokha.engine.build.BuildEvent.PlannedStep;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How steps are shown: {@code [build 2/4] RUN make}. Only what makes files is a step to users of
 * BuildKit; counted are those of a stage, which has a name only where there are several.
 */
final class StepNames {
  private static final Set<String> SHOWN = Set.of("FROM", "RUN", "COPY", "ADD", "WORKDIR");
  private static final String SCRATCH = "scratch";

  private final Map<Integer, String> names = new HashMap<>();

  /** Of a build's plan. */
  StepNames(List<PlannedStep> plan) {
    Map<Integer, Integer> totals = new HashMap<>();
    Set<String> stages = new HashSet<>();
    plan.forEach(step -> stages.add(step.stage().toLowerCase(Locale.ROOT)));
    plan.stream()
        .filter(step -> isShown(step, stages))
        .forEach(step -> totals.merge(step.index(), 1, Integer::sum));
    boolean several = plan.stream().anyMatch(step -> step.index() > 0);
    Map<Integer, Integer> counts = new HashMap<>();
    for (PlannedStep step : plan) {
      if (isShown(step, stages)) {
        int number = counts.merge(step.index(), 1, Integer::sum);
        String total = Integer.toString(totals.get(step.index()));
        String stage =
            !several ? "" : (step.stage().isEmpty() ? "stage-" + step.index() : step.stage()) + " ";
        names.put(
            step.step(),
            "[%s%s/%s] %s"
                .formatted(
                    stage,
                    " ".repeat(total.length() - Integer.toString(number).length()) + number,
                    total,
                    line(step.text())));
      }
    }
  }

  private static String word(PlannedStep step) {
    return step.text().strip().split("\\s", 2)[0].toUpperCase(Locale.ROOT);
  }

  private static boolean isShown(PlannedStep step, Set<String> stages) {
    if (step.index() < 0 || !SHOWN.contains(word(step))) {
      return false;
    }
    if (!word(step).equals("FROM")) {
      return true;
    }
    String[] words = step.text().strip().split("\\s+", -1);
    for (int i = 1; i < words.length; i++) {
      if (!words[i].startsWith("--")) {
        String image = words[i].toLowerCase(Locale.ROOT);
        return !image.equals(SCRATCH) && !stages.contains(image);
      }
    }
    return true;
  }

  /** An instruction in one line. */
  private static String line(String text) {
    String joined = text.strip().replaceAll("\\s*\\\\?\\R\\s*", " ");
    int space = joined.indexOf(' ');
    return space < 0
        ? joined
        : joined.substring(0, space).toUpperCase(Locale.ROOT) + joined.substring(space);
  }

  /** How a step is shown; empty when it is not. */
  Optional<String> of(int step) {
    return Optional.ofNullable(names.get(step));
  }
}
