package dev.mokha.engine.build.run;

import dev.mokha.engine.build.BuildEvent;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.Builder;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.LayerSession;
import dev.mokha.engine.images.NewImage;
import dev.mokha.engine.images.NewLayer;
import dev.mokha.engine.images.Reference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a build came to. Holds the build's layers and mounts until it is closed. */
final class Outcome implements Builder.Result {
  private final Images images;
  private final Build build;
  private final StageState state;
  private final Runnable afterwards;
  private final AtomicBoolean closed = new AtomicBoolean();
  private Configuration configuration;
  private List<String> layers;

  /**
   * Where a build's target has come to.
   *
   * @param afterwards what is to be done when it is closed
   */
  Outcome(Images images, Build build, StageState state, Runnable afterwards) {
    this.images = images;
    this.build = build;
    this.state = state;
    this.afterwards = afterwards;
    Set<String> unused = build.arguments().unused();
    if (!unused.isEmpty()) {
      build.emit(
          new BuildEvent.Warning(
              "[Warning] One or more build-args ["
                  + String.join(" ", unused)
                  + "] were not consumed"));
    }
  }

  @Override
  public boolean empty() {
    return state.imageId().isEmpty() && state.configuration().history().isEmpty();
  }

  @Override
  public String configuration() {
    return state.configuration().json(state.diffIds());
  }

  @Override
  public List<String> layers() {
    return state.diffIds();
  }

  @Override
  public Path root() {
    return shown().work().root();
  }

  @Override
  public FileTree files() {
    return shown().tree();
  }

  private Build.Shown shown() {
    try {
      return build.show(state.diffIds());
    } catch (IOException e) {
      throw StageGraph.rethrown(e);
    }
  }

  @Override
  public Image register(List<String> names) {
    if (empty()) {
      throw new BuildException("No image was generated. Is your Dockerfile empty?");
    }
    boolean squash = build.request().squash() && state.diffIds().size() > state.base();
    prepare(squash);
    String json = configuration.json(layers);
    Optional<Image> here = images.find(Digest.of(json).toString());
    Image image;
    if (here.isPresent()) {
      image = build.session().hold(here.get().id()); // nothing changed, or nothing but a FROM
      for (String name : names) {
        if (!image.references().contains(Reference.parse(name).tagged())) {
          images.tag(image.id(), name);
        }
      }
    } else if (!squash && state.imageId().equals(state.baseId())) {
      image = images.find(state.baseId()).orElseThrow();
      for (String name : names) {
        images.tag(image.id(), name);
      }
    } else {
      image =
          build.session().create(new NewImage(Configuration.parse(json).root(), layers, names, ""));
    }
    if (squash) {
      build.emit(new BuildEvent.Squashed(image.id()));
    }
    build.emit(new BuildEvent.Built(image.id()));
    for (String name : names) {
      Reference reference = Reference.parse(name);
      String familiar =
          name.lastIndexOf(':') > name.lastIndexOf('/') ? name : name + ":" + reference.tag();
      build.emit(new BuildEvent.Tagged(familiar));
    }
    return image;
  }

  private void prepare(boolean squash) {
    if (layers != null) {
      return;
    }
    configuration = state.configuration();
    List<String> all = state.diffIds();
    if (squash) {
      NewLayer one = build.session().squash(all, state.base());
      all = new ArrayList<>(all.subList(0, state.base()));
      configuration = squashed(one.empty());
      if (!one.empty()) {
        all.add(one.diffId());
      }
    }
    layers = all;
  }

  /** The configuration of a squashed image: its history has no layers but the last. */
  private Configuration squashed(boolean empty) {
    Configuration one = state.configuration().copy();
    int count = 0;
    for (JsonNode entry : one.history()) {
      if (!entry.path("empty_layer").asBoolean(false) && ++count > state.base()) {
        ((ObjectNode) entry).put("empty_layer", true);
      }
    }
    one.addHistory(build.now(), "", empty);
    ((ObjectNode) one.history().getLast())
        .put("comment", "merge " + state.imageId() + " to " + state.baseId());
    return one;
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      end(build, build.session());
    } finally {
      afterwards.run();
    }
  }

  /**
   * Ends a build and lets go of its layers.
   *
   * @param build null when it has not begun
   */
  static void end(Build build, LayerSession session) {
    try (session) {
      if (build != null) {
        build.close();
      }
    }
  }
}
