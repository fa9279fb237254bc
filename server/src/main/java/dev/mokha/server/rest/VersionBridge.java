package dev.mokha.server.rest;

import dev.mokha.api.resource.GroupVersionKind;
import tools.jackson.databind.node.ObjectNode;

/** Turns an object of one version into the same object of another. */
@FunctionalInterface
public interface VersionBridge {
  /**
   * Converts.
   *
   * @param object in any served version; the receiver may change and return it
   */
  ObjectNode convert(ObjectNode object, GroupVersionKind to);
}
