package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

/** Where an image comes from, for the image policy asks that again when it is used. */
sealed interface Origin {
  /**
   * From a registry.
   *
   * @param name complete, with digest
   * @param proof the fingerprint of the key whose signature was verified; empty for none
   */
  record Pulled(String name, String proof) implements Origin {
    /** Both are there. */
    public Pulled {
      requireNonNull(name);
      requireNonNull(proof);
    }
  }

  /** From an archive that somebody brought who may. */
  record Loaded() implements Origin {}

  /** From here: built, committed, composed. An image that was pulled too stays so. */
  record Made() implements Origin {}
}
