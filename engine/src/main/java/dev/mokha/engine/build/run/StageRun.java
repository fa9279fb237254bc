package dev.mokha.engine.build.run;

import dev.mokha.engine.build.BuildEvent;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.cache.StepRecord;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.dockerfile.Dockerfile.Stage;
import dev.mokha.engine.build.dockerfile.Expansion;
import dev.mokha.engine.build.dockerfile.Instruction;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.ImageDetails;
import dev.mokha.engine.images.NewLayer;
import dev.mokha.engine.images.WorkTree;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/** Carries out one stage, step by step. Used by one thread. */
final class StageRun {
  /** Of an image that says none; written into what is built on it, as Docker's builder does. */
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final Build build;
  private final StageGraph graph;
  private final Stage stage;
  private final Arguments.Stage arguments;
  private final ConfigurationSteps configurations;
  private final CopyStep copies;
  private final CommandStep commands;
  private int step;

  /** Does what a step does to a file system. */
  @FunctionalInterface
  interface Work {
    void on(WorkTree tree) throws IOException, InterruptedException;
  }

  StageRun(Build build, StageGraph graph, Stage stage) {
    this.build = build;
    this.graph = graph;
    this.stage = stage;
    this.arguments = build.arguments().stage();
    this.configurations = new ConfigurationSteps(build, arguments);
    this.copies = new CopyStep(build, this);
    this.commands = new CommandStep(build, this, arguments);
  }

  int step() {
    return step;
  }

  StageState run() throws IOException, InterruptedException {
    step = graph.firstStep(stage);
    StageState state = timed(stage.from().source().text(), this::from);
    for (Instruction instruction : stage.instructions()) {
      step++;
      StageState before = state;
      state = timed(instruction.source().text(), () -> carryOut(instruction, before));
    }
    if (graph.isTarget(stage) && !build.request().labels().isEmpty()) {
      step = graph.steps();
      StageState before = state;
      List<Instruction.Pair> labels =
          new TreeMap<>(build.request().labels())
              .entrySet().stream()
                  .map(entry -> new Instruction.Pair(entry.getKey(), entry.getValue()))
                  .toList();
      StringBuilder text = new StringBuilder("LABEL");
      labels.forEach(pair -> text.append(' ').append(pair.name()).append('=').append(pair.value()));
      Instruction.Source source = new Instruction.Source(0, text.toString());
      state =
          timed(
              source.text(),
              () -> {
                Configuration after = before.configuration().copy();
                labels.forEach(pair -> after.label(pair.name(), pair.value()));
                return settle(before, after, nop(before, " " + source.text()), "", source, null);
              });
    }
    return state;
  }

  /** A step's work. */
  @FunctionalInterface
  private interface Step {
    StageState run() throws IOException, InterruptedException;
  }

  private StageState timed(String text, Step work) throws IOException, InterruptedException {
    long began = System.nanoTime();
    build.emit(new BuildEvent.Started(step, graph.steps(), stage.label(), text));
    try {
      StageState state = work.run();
      build.emit(
          new BuildEvent.Done(step, state.imageId(), Duration.ofNanos(System.nanoTime() - began)));
      return state;
    } catch (IOException | RuntimeException e) {
      if (!(e instanceof java.util.concurrent.CompletionException)) {
        build.emit(
            new BuildEvent.Failed(
                step, String.valueOf(e.getMessage()), Duration.ofNanos(System.nanoTime() - began)));
      }
      throw e;
    }
  }

  // --- FROM ---

  private StageState from() throws IOException, InterruptedException {
    Instruction.From from = stage.from();
    String name = global(from.image());
    if (name.isBlank()) {
      throw new BuildException("base name (" + from.image() + ") should not be blank");
    }
    if (name.equals("scratch")) {
      return new StageState(
          Configuration.empty(architecture(), "linux"),
          List.of(),
          Keys.of("scratch", architecture()),
          "",
          0,
          "");
    }
    Optional<StageState> other = graph.awaitNamed(name, stage);
    StageState state;
    if (other.isPresent()) {
      StageState found = other.get();
      state =
          new StageState(
              found.configuration().copy(),
              found.diffIds(),
              found.key(),
              found.imageId(),
              found.base(),
              found.baseId());
    } else {
      state = image(name, global(from.platform()));
    }
    if (!stage.instructions().isEmpty() && !state.configuration().env().containsKey("PATH")) {
      state.configuration().env("PATH", DEFAULT_PATH);
    }
    return triggers(state);
  }

  private StageState image(String name, String platform) {
    Image image = build.image(name, step, platform);
    ImageDetails details = build.place().images().inspect(image.id());
    Configuration configuration = Configuration.of(details.configuration());
    return new StageState(
        configuration,
        image.layers(),
        Keys.of("image", image.id()),
        image.id(),
        image.layers().size(),
        image.id());
  }

  private String architecture() {
    String[] parts = build.request().platform().split("/", 3);
    return parts.length > 1 ? parts[1] : Manifest.architecture();
  }

  private String global(String text) {
    return Expansion.word(text, build.dockerfile().escape(), build.arguments()::global);
  }

  /** Runs what the base image leaves to those who build on it. */
  private StageState triggers(StageState base) throws IOException, InterruptedException {
    List<String> triggers = base.configuration().list("OnBuild");
    if (triggers.isEmpty()) {
      return base;
    }
    int count = triggers.size();
    build.emit(
        new BuildEvent.Note(
            step, "# Executing " + count + " build trigger" + (count == 1 ? "" : "s")));
    Configuration without = base.configuration().copy();
    without.config().remove("OnBuild");
    StageState state =
        new StageState(
            without, base.diffIds(), base.key(), base.imageId(), base.base(), base.baseId());
    for (String trigger : triggers) {
      state = carryOut(Dockerfile.trigger(trigger, stage.from().source().line()), state);
    }
    return state;
  }

  // --- steps ---

  private StageState carryOut(Instruction instruction, StageState before)
      throws IOException, InterruptedException {
    if (Thread.interrupted() || build.isCancelled()) {
      throw new InterruptedException();
    }
    return switch (instruction) {
      case Instruction.Copy copy -> copies.run(copy, before);
      case Instruction.Run run -> commands.run(run, before);
      case Instruction.Workdir workdir -> workdir(workdir, before);
      case Instruction.From _ -> throw new IllegalStateException("a stage has one FROM");
      default -> {
        Configuration after = before.configuration().copy();
        String text = configurations.apply(instruction, after, note());
        yield settle(before, after, nop(before, " " + text), "", instruction.source(), null);
      }
    };
  }

  private java.util.function.Consumer<String> note() {
    return text -> build.emit(new BuildEvent.Note(step, text));
  }

  private StageState workdir(Instruction.Workdir workdir, StageState before)
      throws IOException, InterruptedException {
    String path = expand(workdir.path(), before);
    if (path.isEmpty()) {
      throw new BuildException("cannot normalize nothing");
    }
    String absolute = Paths.resolve(before.configuration().workingDir(), path);
    Configuration after = before.configuration().copy();
    after.text("WorkingDir", absolute);
    return settle(
        before,
        after,
        nop(before, "WORKDIR " + absolute),
        "",
        workdir.source(),
        tree -> {
          TreeWriter writer = new TreeWriter(tree.root(), Optional.empty(), Optional.empty());
          if (!writer.isDirectory(absolute)) {
            writer.directory(Paths.components(absolute));
          }
        });
  }

  String expand(String text, StageState before) {
    return Expansion.word(
        text, build.dockerfile().escape(), name -> configurations.value(before, name));
  }

  /** What a name means here; null when it means nothing. */
  String value(StageState before, String name) {
    return configurations.value(before, name);
  }

  /** What history says of a step that runs nothing. */
  static String nop(StageState before, String text) {
    return String.join(" ", before.configuration().shell()) + " #(nop) " + text;
  }

  Optional<StageState> await(String name) throws InterruptedException {
    return graph.await(name, stage);
  }

  Stage stage() {
    return stage;
  }

  /** A step's result, if it was made before under a key. */
  Optional<StageState> cached(String key, String next, StageState before) {
    if (build.request().noCache()) {
      return Optional.empty();
    }
    Optional<StepRecord> record = build.place().cache().take(key);
    if (record.isEmpty() || !build.session().hold(record.get().diffIds())) {
      return Optional.empty();
    }
    build.uses(key);
    build.emit(new BuildEvent.Cached(step));
    Configuration configuration = Configuration.parse(record.get().configuration());
    List<String> diffIds = record.get().diffIds();
    return Optional.of(
        new StageState(
            configuration,
            diffIds,
            next.isEmpty() ? keyAfter(before, configuration) : next,
            configuration.id(diffIds),
            before.base(),
            before.baseId()));
  }

  /** The key of a step whose result came by another key: its history says what it was. */
  private static String keyAfter(StageState before, Configuration after) {
    return key(before, after.history().getLast().path("created_by").asString(""), "");
  }

  static String key(StageState before, String createdBy, String more) {
    return Keys.of(before.key(), createdBy, more);
  }

  /**
   * Takes a step's result from the cache, or does the work and puts it there.
   *
   * @param createdBy what history says, with everything the result depends on
   * @param more what it depends on besides
   * @param work what makes the layer; null when there is none
   */
  StageState settle(
      StageState before,
      Configuration after,
      String createdBy,
      String more,
      Instruction.Source source,
      Work work)
      throws IOException, InterruptedException {
    return settle(before, after, createdBy, more, source, work, true);
  }

  /**
   * The same.
   *
   * @param told whether history says all that the result depends on, so that an image with that
   *     history has it
   */
  StageState settle(
      StageState before,
      Configuration after,
      String createdBy,
      String more,
      Instruction.Source source,
      Work work,
      boolean told)
      throws IOException, InterruptedException {
    String key = key(before, createdBy, more);
    Optional<StageState> known = cached(key, key, before);
    if (known.isPresent()) {
      return known.get();
    }
    List<String> diffIds = new ArrayList<>(before.diffIds());
    long bytes = 0;
    boolean empty = true;
    if (work != null) {
      Optional<String> borrowed =
          told ? build.cacheFrom().layer(step, before, createdBy) : Optional.empty();
      if (borrowed.isPresent()) {
        build.emit(new BuildEvent.Cached(step));
        diffIds.add(borrowed.get());
        empty = false;
      } else {
        NewLayer layer = layer(before, work);
        empty = layer.empty();
        if (!empty) {
          diffIds.add(layer.diffId());
          bytes = layer.size();
        }
      }
    }
    after.addHistory(build.now(), createdBy, empty);
    String json = after.json(diffIds);
    build.uses(key);
    build
        .place()
        .cache()
        .put(new StepRecord(key, before.key(), source.text(), json, diffIds, bytes));
    return new StageState(after, diffIds, key, after.id(diffIds), before.base(), before.baseId());
  }

  /** Puts a step's result under one more key, by which it is found with less work. */
  void remember(String key, StageState before, StageState after, Instruction.Source source) {
    build.uses(key);
    build
        .place()
        .cache()
        .put(
            new StepRecord(
                key,
                before.key(),
                source.text(),
                after.configuration().json(after.diffIds()),
                after.diffIds(),
                0));
  }

  private NewLayer layer(StageState before, Work work) throws IOException, InterruptedException {
    build.slots().acquire();
    try (WorkTree tree = build.session().mount(before.diffIds())) {
      work.on(tree);
      return tree.commit(build.sourceDate());
    } finally {
      build.slots().release();
    }
  }

  /** Whether two names of a stage or image mean this very stage. */
  boolean isSelf(String name) {
    return name.toLowerCase(Locale.ROOT).equals(stage.from().name()) && !name.isEmpty()
        || name.equals(Integer.toString(stage.index()));
  }
}
