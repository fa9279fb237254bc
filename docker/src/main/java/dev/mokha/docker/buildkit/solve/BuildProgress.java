package dev.mokha.docker.buildkit.solve;

import dev.mokha.engine.build.BuildEvent;
import dev.mokha.engine.build.BuildEvent.PlannedStep;
import dev.mokha.engine.build.BuildOutput;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Shows a builder's events as vertices. */
final class BuildProgress implements BuildOutput {
  private final Vertices vertices;
  private final Vertices.Vertex definition;
  private final Map<Integer, Vertices.Vertex> steps = new HashMap<>();
  private final Map<String, Instant> since = new HashMap<>();
  private List<PlannedStep> plan = List.of();
  private StepNames names = new StepNames(List.of());
  private int failed;

  /**
   * Of a build.
   *
   * @param definition the vertex of the Dockerfile, which warnings belong to
   */
  BuildProgress(Vertices vertices, Vertices.Vertex definition) {
    this.vertices = vertices;
    this.definition = definition;
  }

  @Override
  public synchronized void event(BuildEvent event) {
    switch (event) {
      case BuildEvent.Planned planned -> {
        plan = planned.plan();
        names = new StepNames(plan);
      }
      case BuildEvent.Started started ->
          names
              .of(started.step())
              .ifPresent(name -> steps.put(started.step(), vertices.begin(name)));
      case BuildEvent.Warning warning ->
          definition.warns(warning.text().replaceFirst("^\\[Warning] ", ""));
      case BuildEvent.Failed problem -> {
        failed = problem.step();
        // A step that is not shown fails all the same.
        steps
            .computeIfAbsent(problem.step(), step -> vertices.begin(text(step)))
            .end(SolveFailure.text(problem.message()));
      }
      case BuildEvent.OfStep ofStep ->
          Optional.ofNullable(steps.get(ofStep.step())).ifPresent(vertex -> show(vertex, ofStep));
      case BuildEvent.Squashed _, BuildEvent.Built _, BuildEvent.Tagged _ -> {
        // Who asked for the image shows that.
      }
    }
  }

  private void show(Vertices.Vertex vertex, BuildEvent.OfStep event) {
    switch (event) {
      case BuildEvent.Cached _ -> vertex.cached();
      case BuildEvent.Fetching fetching -> {
        String item = fetching.item() + " " + fetching.action();
        boolean over = fetching.total() > 0 && fetching.done() >= fetching.total();
        vertex.moves(
            item,
            fetching.done(),
            fetching.total(),
            since.computeIfAbsent(item, k -> vertices.now()),
            over);
      }
      case BuildEvent.Wrote wrote -> vertex.wrote(wrote.error(), wrote.text());
      case BuildEvent.Note note -> vertex.wrote(false, note.text() + "\n");
      case BuildEvent.Done _ -> vertex.end();
      case BuildEvent.Started _,
          BuildEvent.Running _,
          BuildEvent.Removed _,
          BuildEvent.Failed _ -> {
        // Seen elsewhere, or of no interest to users.
      }
    }
  }

  /** Ends what a build that failed or was given up left open. */
  synchronized void abandon(String reason) {
    steps.values().forEach(vertex -> vertex.end(reason));
  }

  private String text(int step) {
    return plan.stream()
        .filter(planned -> planned.step() == step)
        .findFirst()
        .map(PlannedStep::text)
        .orElse("step " + step);
  }

  /** The line of the step that failed, from 1; 0 when none did. */
  synchronized int failedLine() {
    return plan.stream()
        .filter(planned -> planned.step() == failed)
        .findFirst()
        .map(PlannedStep::line)
        .orElse(0);
  }
}
