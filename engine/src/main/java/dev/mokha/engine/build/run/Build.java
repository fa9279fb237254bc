package dev.mokha.engine.build.run;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildEvent;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.BuildNetwork;
import dev.mokha.engine.build.BuildOutput;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.build.cache.BuildCache;
import dev.mokha.engine.build.cache.CacheMounts;
import dev.mokha.engine.build.context.DigestIndex;
import dev.mokha.engine.build.context.DirectoryTree;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.git.GitRepositories;
import dev.mokha.engine.containers.Containers;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.Platform;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.LayerSession;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.Reference;
import dev.mokha.engine.images.WorkTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** One build: what its stages share. Closing it gives everything back. */
final class Build implements AutoCloseable {
  private static final int MIN_SLOTS = 2;

  private final Place place;
  private final BuildRequest request;
  private final BuildOutput output;
  private final LayerSession session;
  private final Dockerfile dockerfile;
  private final FileTree context;
  private final NamedContexts named;
  private final Arguments arguments;
  private final Optional<Instant> sourceDate;
  private final Semaphore slots =
      new Semaphore(Math.max(MIN_SLOTS, Runtime.getRuntime().availableProcessors()));
  private final CacheFrom cacheFrom = new CacheFrom(this);
  private final Map<List<String>, Shown> shown = new HashMap<>();
  private final Map<String, String> pulled = new HashMap<>();
  private final Set<String> usedKeys = new HashSet<>();
  private final Set<Runnable> running = new HashSet<>();
  private boolean cancelled;
  private boolean failed;
  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();

  /**
   * Where builds are carried out.
   *
   * @param scratch for temporary files, on the disk of the layers
   * @param run for what must not outlive a reboot, such as secrets
   * @param network asked at each step
   */
  record Place(
      Images images,
      Containers containers,
      BuildCache cache,
      CacheMounts mounts,
      DigestIndex digests,
      Path scratch,
      Path run,
      Supplier<BuildNetwork> network) {}

  /** Layers mounted to copy from. */
  record Shown(WorkTree work, FileTree tree) {}

  Build(
      Place place,
      BuildRequest request,
      BuildOutput output,
      LayerSession session,
      ContextReader.Context context,
      NamedContexts named) {
    this.place = place;
    this.request = request;
    this.output = output;
    this.session = session;
    this.context = context.tree();
    this.named = named;
    this.dockerfile = Dockerfile.parse(context.dockerfile(), context.name());
    this.arguments = new Arguments(dockerfile, request.buildArgs(), platform(request));
    this.sourceDate = arguments.sourceDate().map(Build::date);
  }

  private static Instant date(String text) {
    try {
      return Instant.ofEpochSecond(Long.parseLong(text));
    } catch (NumberFormatException | java.time.DateTimeException e) {
      throw new BuildException(
          "invalid SOURCE_DATE_EPOCH: \"" + text + "\" is not a number of seconds since 1970", e);
    }
  }

  /** TARGETPLATFORM and its like. */
  static Map<String, String> platform(BuildRequest request) {
    String here = "linux/" + Manifest.architecture();
    String target = request.platform().isEmpty() ? here : request.platform();
    Map<String, String> values = new HashMap<>();
    putPlatform(values, "BUILD", here);
    putPlatform(values, "TARGET", target);
    return values;
  }

  private static void putPlatform(Map<String, String> values, String prefix, String platform) {
    String[] parts = platform.split("/", 3);
    values.put(prefix + "PLATFORM", platform);
    values.put(prefix + "OS", parts[0]);
    values.put(prefix + "ARCH", parts.length > 1 ? parts[1] : Manifest.architecture());
    values.put(prefix + "VARIANT", parts.length > 2 ? parts[2] : "");
  }

  Place place() {
    return place;
  }

  BuildRequest request() {
    return request;
  }

  LayerSession session() {
    return session;
  }

  Dockerfile dockerfile() {
    return dockerfile;
  }

  FileTree context() {
    return context;
  }

  /** Layers of images that the caller names. */
  CacheFrom cacheFrom() {
    return cacheFrom;
  }

  /** Contexts besides the one. */
  NamedContexts named() {
    return named;
  }

  Arguments arguments() {
    return arguments;
  }

  Optional<Instant> sourceDate() {
    return sourceDate;
  }

  /** Fetches git repositories with what the client may show their hosts. */
  GitRepositories git() {
    return new GitRepositories(place.scratch(), request.secrets(), GitRepositories.Limits.DEFAULT);
  }

  /** When something is made: now, or as SOURCE_DATE_EPOCH says. */
  Instant now() {
    return sourceDate.orElseGet(Instant::now);
  }

  /**
   * Ends the commands that run, and lets no more begin. Interrupting their threads is not enough:
   * an interrupt may come while something below waits that takes it for its own.
   */
  void cancel() {
    List<Runnable> all;
    synchronized (running) {
      cancelled = true;
      all = List.copyOf(running);
    }
    all.forEach(Runnable::run);
  }

  /** Whether the build has ended, and its stages are only ending. */
  boolean isCancelled() {
    synchronized (running) {
      return cancelled;
    }
  }

  /** Runs something when the build is cancelled, now if it is. */
  void onCancel(Runnable kill) {
    synchronized (running) {
      running.add(kill);
      if (!cancelled) {
        return;
      }
    }
    kill.run();
  }

  /** Takes that back. */
  void ended(Runnable kill) {
    synchronized (running) {
      running.remove(kill);
    }
  }

  /** How many steps may work at once. */
  Semaphore slots() {
    return slots;
  }

  void emit(BuildEvent event) {
    synchronized (output) {
      if (event instanceof BuildEvent.Failed) {
        if (failed) {
          return; // one step failed, the others were only interrupted
        }
        failed = true;
      }
      output.event(event);
    }
  }

  /** Keeps a cached step from being pruned while the build goes on. */
  void uses(String key) {
    synchronized (usedKeys) {
      if (usedKeys.add(key)) {
        place.cache().use(key);
      }
    }
  }

  /** Has something closed with the build. */
  void closeLater(AutoCloseable something) {
    synchronized (toClose) {
      toClose.push(something);
    }
  }

  /**
   * An image that a FROM names; fetched when it is not here, or as the request says.
   *
   * @param step who needs it
   * @param platform empty for the request's
   */
  Image image(String asked, int step, String platform) {
    String name = named.image(asked).orElse(asked);
    if (name.equals(asked) && named.has(asked)) {
      throw named.notAnImage(asked);
    }
    return fetched(name, step, platform);
  }

  /** An image of the caller's choice, which no named context stands for. */
  Image anyImage(String name, int step) {
    return fetched(name, step, "");
  }

  private Image fetched(String name, int step, String ofStage) {
    String platform = ofStage.isEmpty() ? request.platform() : ofStage;
    Reference reference;
    try {
      reference = Reference.parse(name);
    } catch (EngineException e) {
      if (place.images().find(name).isPresent()) {
        Image image = session.hold(name); // an id
        Optional<String> refusal = place.images().refusal(image.id());
        if (refusal.isPresent()) {
          throw new BuildException(refusal.get(), e);
        }
        if (!isFor(platform, image)) {
          throw new BuildException(mismatch(name, platform, image), e);
        }
        return image;
      }
      throw new BuildException(invalid(name), e);
    }
    synchronized (pulled) {
      String known = pulled.get(name + " " + platform);
      if (known != null) {
        return session.hold(known);
      }
      Optional<Image> here = place.images().find(name);
      boolean refused = here.isPresent() && place.images().refusal(here.get().id()).isPresent();
      boolean fits = here.isEmpty() || isFor(platform, here.get());
      if (here.isPresent() && !refused && fits && !request.pull()) {
        return session.hold(here.get().id());
      }
      Image image = pull(name, reference, step, platform, fits ? Optional.empty() : here);
      pulled.put(name + " " + platform, image.id());
      return session.hold(image.id());
    }
  }

  /**
   * Pulls a base.
   *
   * @param other what has the name here, for another platform
   */
  private Image pull(
      String name, Reference reference, int step, String platform, Optional<Image> other) {
    Image image;
    try {
      image =
          place
              .images()
              .pull(
                  name,
                  new PullOptions(
                      request.credentials().apply(reference.registry()),
                      (item, action, done, total) ->
                          emit(new BuildEvent.Fetching(step, item, action, done, total)),
                      platform));
    } catch (EngineException e) {
      if (other.isEmpty()) {
        throw e;
      }
      throw new EngineException(
          e.code(), mismatch(name, platform, other.get()) + ": " + e.getMessage(), e);
    }
    if (!isFor(platform, image)) { // the registry has one image, and no choice of them
      emit(
          new BuildEvent.Warning(
              ("[Warning] InvalidBaseImagePlatform: Base image %s was pulled with platform \"%s\","
                      + " expected \"%s\" for current build")
                  .formatted(name, of(image).text(), Platform.parse(platform).text())));
    }
    return image;
  }

  /** Whether an image is what a build asks for; one that says no platform takes any. */
  private boolean isFor(String platform, Image image) {
    return platform.isEmpty() || Platform.parse(platform).takes(of(image));
  }

  private Platform of(Image image) {
    JsonNode made = place.images().inspect(image.id()).configuration();
    return new Platform(
        made.path("os").asString(""),
        made.path("architecture").asString(""),
        made.path("variant").asString(""));
  }

  private String mismatch(String name, String platform, Image image) {
    return ("image with reference %s was found but its platform (%s) does not match the specified"
            + " platform (%s)")
        .formatted(name, of(image).text(), Platform.parse(platform).text());
  }

  /** What dockerd says of a name that is none. */
  private static String invalid(String name) {
    boolean cased = !name.equals(name.toLowerCase(Locale.ROOT)) && name.indexOf(':') < 0;
    if (!cased) {
      return "invalid reference format";
    }
    return "invalid reference format: repository name ("
        + (name.indexOf('/') < 0 ? "library/" : "")
        + name
        + ") must be lowercase";
  }

  /** Layers to read from; the mount lasts as long as the build. */
  Shown show(List<String> diffIds) throws IOException {
    synchronized (shown) {
      Shown known = shown.get(diffIds);
      if (known == null) {
        WorkTree work = session.view(diffIds);
        closeLater(work);
        known = new Shown(work, new DirectoryTree(work.root(), place.digests(), true));
        shown.put(List.copyOf(diffIds), known);
      }
      return known;
    }
  }

  @Override
  public void close() {
    synchronized (usedKeys) {
      usedKeys.forEach(place.cache()::release);
      usedKeys.clear();
    }
    RuntimeException problem = null;
    synchronized (toClose) {
      while (!toClose.isEmpty()) {
        try {
          toClose.pop().close();
        } catch (Exception e) {
          problem =
              problem == null
                  ? new EngineException(
                      EngineException.Code.INTERNAL,
                      "A build was not cleaned up well: " + e.getMessage(),
                      e)
                  : problem;
        }
      }
    }
    context.close();
    named.close();
    if (problem != null) {
      throw problem;
    }
  }
}
