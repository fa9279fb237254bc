package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Digest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Questions to a state of the image list. */
final class ImageQueries {
  private ImageQueries() {}

  /** The id a user means by a name, a digest, an id or its beginning. */
  static Optional<String> findId(ImageDatabase.State state, String reference) {
    if (Digest.isDigest(reference) && state.images().containsKey(reference)) {
      return Optional.of(reference);
    }
    try {
      Reference name = Reference.parse(reference);
      String id =
          name.digest().isPresent()
              ? state.digests().get(name.digested(name.digest().get()))
              : state.references().get(name.tagged());
      if (id != null) {
        return Optional.of(id);
      }
    } catch (EngineException notAName) {
      // It may be an id.
    }
    String prefix = reference.startsWith("sha256:") ? reference.substring(7) : reference;
    if (prefix.length() < 4 || !prefix.matches("[0-9a-f]{4,64}")) {
      return Optional.empty();
    }
    List<String> fitting =
        state.images().keySet().stream().filter(id -> id.startsWith("sha256:" + prefix)).toList();
    if (fitting.size() > 1) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "Several images have ids that begin with " + prefix + "; give more digits");
    }
    return fitting.stream().findFirst();
  }

  /** An image as callers see it. */
  static Image image(ImageDatabase.State state, String id) {
    StoredImage stored = state.images().get(id);
    return new Image(
        id,
        keysOf(state.references(), id),
        keysOf(state.digests(), id),
        stored.size(),
        stored.created(),
        stored.diffIds(),
        stored.config());
  }

  /** The names that stand for an id. */
  static List<String> keysOf(Map<String, String> map, String value) {
    return map.entrySet().stream()
        .filter(entry -> entry.getValue().equals(value))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The tag a user means, when it is one. */
  static Optional<String> nameOf(ImageDatabase.State state, String reference) {
    if (Digest.isDigest(reference) || reference.indexOf('@') >= 0) {
      return Optional.empty();
    }
    try {
      String tagged = Reference.parse(reference).tagged();
      return state.references().containsKey(tagged) ? Optional.of(tagged) : Optional.empty();
    } catch (EngineException e) {
      return Optional.empty();
    }
  }

  /** The name a user means, with tag or digest, when it is one and not an id. */
  static Optional<String> exactName(ImageDatabase.State state, String reference) {
    Optional<String> tagged = nameOf(state, reference);
    if (tagged.isPresent() || reference.indexOf('@') < 0) {
      return tagged;
    }
    Reference name = Reference.parse(reference);
    String digested = name.digested(name.digest().orElseThrow());
    return state.digests().containsKey(digested) ? Optional.of(digested) : Optional.empty();
  }

  /** How an image was made, the last step first. */
  static List<HistoryEntry> history(
      ImageDatabase.State state, String id, ObjectNode configuration, List<Long> sizes) {
    List<HistoryEntry> entries = new ArrayList<>();
    Iterator<Long> layers = sizes.iterator();
    for (JsonNode step : configuration.path("history")) {
      boolean empty = step.path("empty_layer").asBoolean(false);
      entries.add(
          new HistoryEntry(
              "",
              ImageConfigs.instant(step.path("created").asString("")),
              step.path("created_by").asString(""),
              step.path("comment").asString(""),
              List.of(),
              empty || !layers.hasNext() ? 0 : layers.next()));
    }
    while (layers.hasNext()) {
      // Its makers wrote down fewer steps than layers.
      entries.add(
          new HistoryEntry("", state.images().get(id).created(), "", "", List.of(), layers.next()));
    }
    List<HistoryEntry> newestFirst = new ArrayList<>(entries.reversed());
    String current = id;
    for (int i = 0; i < newestFirst.size() && !current.isEmpty(); i++) {
      HistoryEntry entry = newestFirst.get(i);
      newestFirst.set(
          i,
          new HistoryEntry(
              current,
              entry.created(),
              entry.createdBy(),
              entry.comment(),
              keysOf(state.references(), current),
              entry.size()));
      StoredImage image = state.images().get(current);
      current = image == null ? "" : image.parent();
      if (!state.images().containsKey(current)) {
        current = "";
      }
    }
    return newestFirst;
  }

  /** The names with tag that images of a repository have. */
  static List<String> tagsOf(ImageDatabase.State state, String repository) {
    String name = Reference.parse(repository).name();
    return state.references().keySet().stream()
        .filter(reference -> Reference.parse(reference).name().equals(name))
        .toList();
  }

  /** The instructions that made the layers, lowest first. */
  static List<String> layerSteps(ObjectNode configuration) {
    List<String> steps = new ArrayList<>();
    for (JsonNode step : configuration.path("history")) {
      if (!step.path("empty_layer").asBoolean(false)) {
        steps.add(step.path("created_by").asString(""));
      }
    }
    return steps;
  }

  /** Ids of the images that were made from one. */
  static Set<String> children(ImageDatabase.State state, String id) {
    return state.images().values().stream()
        .filter(image -> image.parent().equals(id))
        .map(StoredImage::id)
        .collect(Collectors.toSet());
  }
}
