package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which images there are and what they are called: one JSON file, replaced as a whole with every
 * change. Readers see one immutable state.
 */
final class ImageDatabase {
  private static final int FORMAT = 1;

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
   */
  record State(
      int format,
      Map<String, StoredImage> images,
      Map<String, String> references,
      Map<String, String> digests) {
    State {
      images = java.util.Collections.unmodifiableMap(new TreeMap<>(images));
      references = java.util.Collections.unmodifiableMap(new TreeMap<>(references));
      digests = java.util.Collections.unmodifiableMap(new TreeMap<>(digests));
    }
  }

  ImageDatabase(Path file) throws IOException {
    this.file = file;
    if (!Files.exists(file)) {
      state = new State(FORMAT, Map.of(), Map.of(), Map.of());
      return;
    }
    try {
      state = json.readValue(Files.readAllBytes(file), State.class);
    } catch (JacksonException e) {
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "The image list "
              + file
              + " is damaged; move it away and import or pull the images again",
          e);
    }
    if (state.format() > FORMAT) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "The image list " + file + " was written by a newer Mokha; run that one");
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
