package dev.mokha.docker.buildkit.solve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.build.BuildEvent.PlannedStep;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepNamesTest {
  private static List<String> names(PlannedStep... steps) {
    StepNames names = new StepNames(List.of(steps));
    return List.of(steps).stream().map(step -> names.of(step.step()).orElse("")).toList();
  }

  @Test
  void oneStageHasNoName() {
    assertThat(
            names(
                new PlannedStep(1, "", -1, 1, "ARG V=1"),
                new PlannedStep(2, "", 0, 2, "FROM busybox"),
                new PlannedStep(3, "", 0, 3, "ENV A=b"),
                new PlannedStep(4, "", 0, 4, "run make \\\n   all")))
        .containsExactly("", "[1/2] FROM busybox", "", "[2/2] RUN make all");
  }

  @Test
  void stagesOfStagesAndOfNothingBeginWithoutAStep() {
    assertThat(
            names(
                new PlannedStep(1, "build", 0, 1, "FROM --platform=$BUILDPLATFORM jdk AS build"),
                new PlannedStep(2, "build", 0, 2, "WORKDIR /src"),
                new PlannedStep(3, "", 1, 3, "FROM build"),
                new PlannedStep(4, "", 1, 4, "ADD a b"),
                new PlannedStep(5, "last", 2, 5, "FROM scratch AS last"),
                new PlannedStep(6, "last", 2, 6, "COPY --from=1 /b /")))
        .containsExactly(
            "[build 1/2] FROM --platform=$BUILDPLATFORM jdk AS build",
            "[build 2/2] WORKDIR /src",
            "",
            "[stage-1 1/1] ADD a b",
            "",
            "[last 1/1] COPY --from=1 /b /");
  }

  @Test
  void numbersAreAsWideAsTheirTotal() {
    PlannedStep[] steps = new PlannedStep[10];
    steps[0] = new PlannedStep(1, "", 0, 1, "FROM a");
    for (int i = 1; i < steps.length; i++) {
      steps[i] = new PlannedStep(i + 1, "", 0, i + 1, "RUN " + i);
    }
    assertThat(names(steps)).contains("[ 1/10] FROM a", "[10/10] RUN 9");
  }
}
