package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which images there are and what they are called: one JSON file, replaced as a whole with every
 * change. Readers see one immutable state.
 */
final class ImageDatabase {
  static final int FORMAT = 2;

  private final Path file;
  private final JsonMapper json = JsonMapper.builder().build();
  private volatile State state;

  /**
   * All of it.
   *
   * @param format of the file
   * @param images by id
   * @param references complete names with tag, and the id each stands for
   * @param digests complete names with digest, the same
   * @param origins for images that were pulled, by id: the names with digest they were pulled by,
   *     each with the fingerprint of the key whose signature was verified then, empty for none
   */
  record State(
      int format,
      Map<String, StoredImage> images,
      Map<String, String> references,
      Map<String, String> digests,
      Map<String, Map<String, String>> origins) {
    State {
      images = Collections.unmodifiableMap(new TreeMap<>(images));
      references = Collections.unmodifiableMap(new TreeMap<>(references));
      digests = Collections.unmodifiableMap(new TreeMap<>(digests));
      // A list from before origins were kept: what has a digest may have been pulled.
      Map<String, Map<String, String>> from = new TreeMap<>(origins == null ? Map.of() : origins);
      if (origins == null) {
        digests.forEach((name, id) -> from.computeIfAbsent(id, i -> new TreeMap<>()).put(name, ""));
      }
      from.keySet().retainAll(images.keySet());
      from.replaceAll((id, names) -> Collections.unmodifiableMap(new TreeMap<>(names)));
      origins = Collections.unmodifiableMap(from);
    }

    /** No image at all. */
    static State empty() {
      return new State(FORMAT, Map.of(), Map.of(), Map.of(), Map.of());
    }

    /** The same with other images and names; where images came from stays. */
    State with(
        Map<String, StoredImage> newImages,
        Map<String, String> newReferences,
        Map<String, String> newDigests) {
      return new State(FORMAT, newImages, newReferences, newDigests, origins);
    }

    /** An image was pulled. */
    State pulled(String id, String name, String proof) {
      Map<String, Map<String, String>> all = new TreeMap<>(origins);
      Map<String, String> names = new TreeMap<>(all.getOrDefault(id, Map.of()));
      names.put(name, proof);
      all.put(id, names);
      return new State(FORMAT, images, references, digests, all);
    }

    /** Somebody who may load images has vouched for one. */
    State loaded(String id) {
      Map<String, Map<String, String>> all = new TreeMap<>(origins);
      all.remove(id);
      return new State(FORMAT, images, references, digests, all);
    }
  }

  /**
   * Reads the list.
   *
   * @param content where the documents of a list of an older format are
   */
  ImageDatabase(Path file, ContentStore content) throws IOException {
    this.file = file;
    if (!Files.exists(file)) {
      state = State.empty();
      return;
    }
    try {
      JsonNode root = json.readTree(Files.readAllBytes(file));
      int format = root.path("format").asInt(0);
      if (format > FORMAT) {
        throw new EngineException(
            EngineException.Code.INVALID,
            "The image list " + file + " was written by a newer Mokha; run that one");
      }
      if (format == 1) {
        state = FormatOne.upgrade(root, content, json);
        DurableFiles.replace(file, json.writeValueAsBytes(state));
      } else {
        state = json.treeToValue(root, State.class);
      }
    } catch (JacksonException e) {
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "The image list "
              + file
              + " is damaged; move it away and import or pull the images again",
          e);
    }
  }

  State state() {
    return state;
  }

  /** Changes it; the change is on the disk when this returns. */
  synchronized State update(UnaryOperator<State> change) throws IOException {
    State next = change.apply(state);
    if (!next.equals(state)) {
      DurableFiles.replace(file, json.writeValueAsBytes(next));
      state = next;
    }
    return next;
  }
}
