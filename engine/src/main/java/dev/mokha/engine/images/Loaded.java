package dev.mokha.engine.images;

import java.util.List;
import java.util.Map;

/**
 * An image that came out of an archive.
 *
 * @param image the image
 * @param references the names the archive gives it, complete; none when it names it by id alone
 * @param renamed of those, which stood for another image before, and for which
 */
public record Loaded(Image image, List<String> references, Map<String, String> renamed) {
  /** Copies the collections. */
  public Loaded {
    references = List.copyOf(references);
    renamed = Map.copyOf(renamed);
  }
}
