package dev.mokha.engine.images;

import java.util.List;

/**
 * Something that is wrong with what images are made of.
 *
 * @param kind of what
 * @param subject digest of the blob, or chain id of the layer
 * @param images ids of the images that need it
 * @param problem what is wrong, one sentence
 * @param repaired whether it is whole again
 * @param remedy what was done, or what somebody must do
 */
public record Finding(
    Kind kind,
    String subject,
    List<String> images,
    String problem,
    boolean repaired,
    String remedy) {
  /** What can be damaged. */
  public enum Kind {
    /** A blob that is missing or has another digest. */
    BLOB,
    /** An unpacked layer that is missing, or differs from its archive. */
    LAYER,
    /** A record that makes no sense. */
    RECORD
  }

  /** Copies the list. */
  public Finding {
    images = List.copyOf(images);
  }
}
