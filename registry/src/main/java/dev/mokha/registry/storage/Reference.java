package dev.mokha.registry.storage;

/** What a manifest is asked for by: its digest, or a tag. */
public sealed interface Reference permits Digest, Tag {
  /**
   * Reads either; tags can't have a colon.
   *
   * @throws dev.mokha.registry.RegistryException when it is neither
   */
  static Reference parse(String text) {
    return text.indexOf(':') >= 0 ? Digest.parse(text) : Tag.parse(text);
  }
}
