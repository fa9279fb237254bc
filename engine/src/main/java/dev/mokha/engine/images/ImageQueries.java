package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Digest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  /** An image pulled by digest has no tag, but a name. */
  static boolean isNamed(ImageDatabase.State state, String id) {
    return state.references().containsValue(id) || state.digests().containsValue(id);
  }
}
