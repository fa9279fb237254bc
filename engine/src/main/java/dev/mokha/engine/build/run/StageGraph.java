package dev.mokha.engine.build.run;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildEvent;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.dockerfile.Dockerfile.Stage;
import dev.mokha.engine.build.dockerfile.Expansion;
import dev.mokha.engine.build.dockerfile.Instruction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stages that the target needs, each on a thread of its own. One that needs another waits for
 * it; the first failure ends all.
 */
final class StageGraph {
  private static final Logger log = LoggerFactory.getLogger(StageGraph.class);

  private final Build build;
  private final Stage target;
  private final TreeMap<Integer, CompletableFuture<StageState>> needed = new TreeMap<>();
  private final Map<Integer, Integer> firstStep = new HashMap<>();
  private final int steps;

  StageGraph(Build build) {
    this.build = build;
    Dockerfile dockerfile = build.dockerfile();
    checkNames(dockerfile);
    String wanted = build.request().target();
    this.target =
        wanted.isEmpty()
            ? dockerfile.stages().getLast()
            : dockerfile
                .stage(wanted, dockerfile.stages().size())
                .orElseThrow(
                    () -> new BuildException("target stage \"" + wanted + "\" could not be found"));
    collect(target);
    int next = 1 + dockerfile.globals().size();
    for (int index : needed.keySet()) {
      firstStep.put(index, next);
      next += 1 + dockerfile.stages().get(index).instructions().size();
    }
    steps = next - 1 + (build.request().labels().isEmpty() ? 0 : 1);
  }

  private static void checkNames(Dockerfile dockerfile) {
    Set<String> names = new HashSet<>();
    for (Stage stage : dockerfile.stages()) {
      String name = stage.from().name();
      if (!name.isEmpty() && !names.add(name)) {
        throw BuildException.parse(stage.from().source().line(), name + " stage name already used");
      }
    }
  }

  private void collect(Stage stage) {
    if (needed.putIfAbsent(stage.index(), new CompletableFuture<>()) != null) {
      return;
    }
    from(stage).ifPresent(this::collect);
    for (Instruction instruction : stage.instructions()) {
      switch (instruction) {
        case Instruction.Copy copy when !copy.from().isEmpty() -> other(stage, copy.from());
        case Instruction.Run run ->
            run.mounts().stream()
                .filter(mount -> !mount.from().isEmpty())
                .forEach(mount -> other(stage, mount.from()));
        default -> {
          // Needs no other stage.
        }
      }
    }
  }

  private void other(Stage stage, String name) {
    if (build.named().has(name)) {
      return;
    }
    build.dockerfile().stage(name, stage.index()).ifPresent(this::collect);
  }

  /** The stage that a stage begins with, when it is not an image. */
  private Optional<Stage> from(Stage stage) {
    String image = expand(stage.from().image());
    if (build.named().has(image)) {
      return Optional.empty();
    }
    // Only names count here: FROM 0 would be an image.
    return build
        .dockerfile()
        .stage(image, stage.index())
        .filter(found -> found.from().name().equalsIgnoreCase(image));
  }

  private String expand(String text) {
    return Expansion.word(text, build.dockerfile().escape(), build.arguments()::global);
  }

  /** How many steps there are. */
  int steps() {
    return steps;
  }

  private List<BuildEvent.PlannedStep> plan() {
    List<BuildEvent.PlannedStep> plan = new ArrayList<>();
    for (Instruction.Arg global : build.dockerfile().globals()) {
      plan.add(planned(plan.size() + 1, "", -1, global.source()));
    }
    for (int index : needed.keySet()) {
      Stage stage = build.dockerfile().stages().get(index);
      String name = stage.from().name();
      plan.add(planned(plan.size() + 1, name, index, stage.from().source()));
      for (Instruction instruction : stage.instructions()) {
        plan.add(planned(plan.size() + 1, name, index, instruction.source()));
      }
    }
    return plan;
  }

  private static BuildEvent.PlannedStep planned(
      int step, String stage, int index, Instruction.Source source) {
    return new BuildEvent.PlannedStep(step, stage, index, source.line(), source.text());
  }

  /** Runs them; where the target has come to. */
  StageState run() throws InterruptedException {
    build.emit(new BuildEvent.Planned(steps, plan()));
    int step = 1;
    for (Instruction.Arg global : build.dockerfile().globals()) {
      build.emit(new BuildEvent.Started(step, steps, "", global.source().text()));
      build.emit(new BuildEvent.Done(step, null, Duration.ZERO));
      step++;
    }
    CompletableFuture<StageState> first = new CompletableFuture<>();
    ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    try {
      for (Map.Entry<Integer, CompletableFuture<StageState>> entry : needed.entrySet()) {
        Stage stage = build.dockerfile().stages().get(entry.getKey());
        executor.submit(
            () -> {
              try {
                entry.getValue().complete(new StageRun(build, this, stage).run());
              } catch (Throwable t) {
                first.completeExceptionally(t); // before those who wait hear of it
                entry.getValue().completeExceptionally(t);
              }
              if (stage == target) {
                first.complete(entry.getValue().getNow(null));
              }
            });
      }
      return first.get();
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    } finally {
      executor.shutdownNow(); // interrupts those that go on
      Uninterrupted.run(
          () -> {
            build.cancel();
            end(executor);
          });
    }
  }

  private static void end(ExecutorService executor) {
    try {
      // Once interrupted they clean up, and must not be interrupted in that.
      while (!executor.awaitTermination(1, TimeUnit.MINUTES)) {
        log.warn("A build takes long to end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static RuntimeException rethrown(Throwable cause) {
    return switch (cause) {
      case RuntimeException known -> known;
      case InterruptedException e ->
          new EngineException(EngineException.Code.INTERNAL, "The build was interrupted", e);
      default -> {
        boolean full = String.valueOf(cause.getMessage()).contains("No space left");
        yield new EngineException(
            full ? EngineException.Code.NO_SPACE : EngineException.Code.INTERNAL,
            full
                ? "No space left to build; free some or prune the build cache"
                : "The build failed: " + cause.getMessage(),
            cause);
      }
    };
  }

  int firstStep(Stage stage) {
    return firstStep.get(stage.index());
  }

  boolean isTarget(Stage stage) {
    return stage == target;
  }

  /**
   * Waits for another stage.
   *
   * @param name its name or number
   * @return empty when there is no such stage before this one
   */
  Optional<StageState> await(String name, Stage before) throws InterruptedException {
    if (build.named().has(name)) {
      return Optional.empty();
    }
    Optional<Stage> stage = build.dockerfile().stage(name, before.index());
    if (stage.isEmpty()) {
      return Optional.empty();
    }
    CompletableFuture<StageState> future = needed.get(stage.get().index());
    if (future == null) {
      throw new BuildException(
          "a trigger of the base image needs stage " + name + ", which the target does not");
    }
    try {
      return Optional.of(future.get());
    } catch (ExecutionException e) {
      // Its own thread tells the failure; this one only ends.
      throw new CompletionException(e.getCause());
    }
  }

  /** As {@link #await}, for FROM: numbers are images there. */
  Optional<StageState> awaitNamed(String name, Stage before) throws InterruptedException {
    if (build.named().has(name)) {
      return Optional.empty();
    }
    List<Stage> named = new ArrayList<>(build.dockerfile().stages().subList(0, before.index()));
    named.removeIf(stage -> !stage.from().name().equalsIgnoreCase(name));
    return named.isEmpty() ? Optional.empty() : await(named.getLast().from().name(), before);
  }
}
