package dev.mokha.engine.build.run;

import dev.mokha.engine.images.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Layers of images that the caller names with {@code --cache-from}. An image fits when its layers
 * and its history begin with those of the build; what comes next in it is then what the next step
 * would make, if its history says the same.
 */
final class CacheFrom {
  private CacheFrom() {}

  /** The layer that a step would make, held by the build's session. */
  static Optional<String> layer(Build build, StageState before, String createdBy) {
    if (build.request().noCache()) {
      return Optional.empty();
    }
    for (String name : build.request().cacheFrom()) {
      Optional<Image> image = build.place().images().find(name);
      if (image.isEmpty() || image.get().layers().size() <= before.diffIds().size()) {
        continue;
      }
      List<String> layers = image.get().layers();
      if (!layers.subList(0, before.diffIds().size()).equals(before.diffIds())) {
        continue;
      }
      Configuration theirs =
          Configuration.of(build.place().images().inspect(image.get().id()).configuration());
      List<String> history = steps(theirs);
      List<String> mine = steps(before.configuration());
      mine.add("+" + createdBy);
      if (history.size() >= mine.size()
          && history.subList(0, mine.size()).equals(mine)
          && build.session().hold(layers.subList(0, before.diffIds().size() + 1))) {
        return Optional.of(layers.get(before.diffIds().size()));
      }
    }
    return Optional.empty();
  }

  private static List<String> steps(Configuration configuration) {
    List<String> steps = new ArrayList<>();
    for (JsonNode entry : configuration.history()) {
      String sign = entry.path("empty_layer").asBoolean(false) ? "-" : "+";
      steps.add(sign + entry.path("created_by").asString(""));
    }
    return steps;
  }
}
