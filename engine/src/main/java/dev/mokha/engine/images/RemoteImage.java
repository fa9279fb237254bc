package dev.mokha.engine.images;

import dev.mokha.engine.content.Descriptor;
import java.util.List;

/**
 * What a name stands for at its registry (Docker API, {@code /distribution/{name}/json}).
 *
 * @param descriptor of the index or manifest
 * @param platforms what it is for, such as {@code linux/arm64/v8}
 */
public record RemoteImage(Descriptor descriptor, List<String> platforms) {
  /** Copies the list. */
  public RemoteImage {
    platforms = List.copyOf(platforms);
  }
}
