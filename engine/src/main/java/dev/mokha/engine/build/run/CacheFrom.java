package dev.mokha.engine.build.run;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildEvent;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.images.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Layers of images that the caller names with {@code --cache-from}. An image fits when its layers
 * and its history begin with those of the build; what comes next in it is then what the next step
 * would make, if its history says the same: of a COPY it has the digest of what is copied. Images
 * that are not here are pulled when the first step is to be carried out; those that can't be had,
 * and those of other builders, whose history says less, cost nothing but that.
 */
final class CacheFrom {
  private final Build build;
  private List<Candidate> candidates;

  /** An image whose layers may be taken. */
  private record Candidate(List<String> layers, List<String> history) {}

  CacheFrom(Build build) {
    this.build = build;
  }

  /** The layer that a step would make, held by the build's session. */
  Optional<String> layer(int step, StageState before, String createdBy) {
    if (build.request().noCache()) {
      return Optional.empty();
    }
    List<String> mine = steps(before.configuration());
    mine.add("+" + createdBy);
    int depth = before.diffIds().size();
    for (Candidate candidate : candidates(step)) {
      if (begins(candidate.layers(), before.diffIds())
          && candidate.layers().size() > depth
          && begins(candidate.history(), mine)
          && build.session().hold(candidate.layers().subList(0, depth + 1))) {
        return Optional.of(candidate.layers().get(depth));
      }
    }
    return Optional.empty();
  }

  private static boolean begins(List<String> list, List<String> with) {
    return list.size() >= with.size() && list.subList(0, with.size()).equals(with);
  }

  private synchronized List<Candidate> candidates(int step) {
    if (candidates == null) {
      candidates = new ArrayList<>();
      for (String name : build.request().cacheFrom()) {
        try {
          Image image = build.anyImage(name, step);
          Configuration theirs =
              Configuration.of(build.place().images().inspect(image.id()).configuration());
          candidates.add(new Candidate(image.layers(), steps(theirs)));
        } catch (EngineException | BuildException e) {
          build.emit(
              new BuildEvent.Note(step, "cache-from " + name + " is not used: " + e.getMessage()));
        }
      }
    }
    return candidates;
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
